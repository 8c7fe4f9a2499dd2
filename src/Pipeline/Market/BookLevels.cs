using AkkaCrypto.Contracts.Market;

namespace AkkaCrypto.Pipeline.Market;

/// <summary>Both sides of a book that changes. Each price is there once.</summary>
internal sealed class BookLevels
{
    private readonly SortedSet<BookLevel> _bids = new(Comparer<BookLevel>.Create((left, right) => right.Price.CompareTo(left.Price)));
    private readonly SortedSet<BookLevel> _asks = new(Comparer<BookLevel>.Create((left, right) => left.Price.CompareTo(right.Price)));

    /// <summary>Best first.</summary>
    public IReadOnlyList<BookLevel> Bids => [.. _bids];

    /// <summary>Best first.</summary>
    public IReadOnlyList<BookLevel> Asks => [.. _asks];

    /// <inheritdoc cref="OrderBook.IsCrossed"/>
    public bool IsCrossed => _bids.Count > 0 && _asks.Count > 0 && _bids.Min.Price >= _asks.Min.Price;

    public void Reset(IReadOnlyList<BookLevel> bids, IReadOnlyList<BookLevel> asks)
    {
        _bids.Clear();
        _asks.Clear();
        Apply(bids, asks);
    }

    /// <summary>Sets each price to its new quantity; 0 removes it.</summary>
    public void Apply(IReadOnlyList<BookLevel> bids, IReadOnlyList<BookLevel> asks)
    {
        Apply(_bids, bids);
        Apply(_asks, asks);
    }

    /// <summary>Forgets what is deeper than so many levels a side.</summary>
    public void Cut(int depth)
    {
        Cut(_bids, depth);
        Cut(_asks, depth);
    }

    private static void Apply(SortedSet<BookLevel> side, IReadOnlyList<BookLevel> levels)
    {
        foreach (var level in levels)
        {
            side.Remove(level);
            if (level.Quantity > 0)
            {
                side.Add(level);
            }
        }
    }

    private static void Cut(SortedSet<BookLevel> side, int depth)
    {
        while (side.Count > depth)
        {
            side.Remove(side.Max);
        }
    }
}
