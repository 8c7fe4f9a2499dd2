using AkkaCrypto.Simulator.Market;

namespace AkkaCrypto.Simulator.Coinone;

/// <summary>
/// A book whose levels are merged to multiples of a unit: bids downwards, asks upwards, so that grouping never crosses it.
/// </summary>
internal static class BookGrouping
{
    private const int RawLevelsPerGroup = 60;

    /// <param name="unit">0 for the book as it is.</param>
    public static MarketBook Read(MarketModel market, MarketPair pair, DateTimeOffset now, int size, decimal unit)
    {
        if (unit == 0)
        {
            return market.Book(pair, now, size);
        }

        var raw = market.Book(pair, now, size * RawLevelsPerGroup);
        return new MarketBook(
            raw.Time,
            Merge(raw.Bids, size, price => Digits.Floor(price, unit)),
            Merge(raw.Asks, size, price => Digits.Ceiling(price, unit)));
    }

    private static List<MarketLevel> Merge(IReadOnlyList<MarketLevel> levels, int size, Func<decimal, decimal> grouped) =>
        [.. levels.GroupBy(l => grouped(l.Price)).Where(g => g.Key > 0).Take(size)
            .Select(g => new MarketLevel(g.Key, g.Sum(l => l.Quantity)))];
}
