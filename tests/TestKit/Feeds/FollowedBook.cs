using AkkaCrypto.Contracts.Market;

namespace AkkaCrypto.TestKit.Feeds;

/// <summary>A book as a reader of the provider's documentation keeps it, for the tests of normalisers and rules.</summary>
public sealed class FollowedBook(int? depth = null)
{
    private readonly SortedDictionary<MarketNumber, MarketNumber> _bids =
        new(Comparer<MarketNumber>.Create((left, right) => right.CompareTo(left)));
    private readonly SortedDictionary<MarketNumber, MarketNumber> _asks = [];

    public IReadOnlyList<BookLevel> Bids => Levels(_bids);

    public IReadOnlyList<BookLevel> Asks => Levels(_asks);

    public void Begin(OrderBook book)
    {
        _bids.Clear();
        _asks.Clear();
        Put(_bids, book.Bids);
        Put(_asks, book.Asks);
    }

    public void Apply(OrderBookDelta delta)
    {
        Put(_bids, delta.Bids);
        Put(_asks, delta.Asks);
    }

    private static BookLevel[] Levels(SortedDictionary<MarketNumber, MarketNumber> side) =>
        [.. side.Select(level => new BookLevel(level.Key, level.Value))];

    private void Put(SortedDictionary<MarketNumber, MarketNumber> side, IReadOnlyList<BookLevel> levels)
    {
        foreach (var level in levels)
        {
            // Removed first, so that the price is kept with the digits that came last.
            side.Remove(level.Price);
            if (level.Quantity > 0)
            {
                side.Add(level.Price, level.Quantity);
            }
        }

        foreach (var beyond in side.Keys.Skip(depth ?? int.MaxValue).ToList())
        {
            side.Remove(beyond);
        }
    }
}
