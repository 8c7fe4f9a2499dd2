namespace AkkaCrypto.Simulator.Market;

/// <summary>What makes one book of the next: each changed level with its new quantity, zero where it is gone.</summary>
public sealed record BookChanges(IReadOnlyList<MarketLevel> Bids, IReadOnlyList<MarketLevel> Asks)
{
    public bool IsEmpty => Bids.Count == 0 && Asks.Count == 0;

    /// <param name="tellsOfDropped">
    /// Whether levels are told to be gone that only fell out at the book's far end. Exchanges that keep a subscriber's book at a fixed
    /// depth leave those to the subscriber.
    /// </param>
    public static BookChanges Between(MarketBook before, MarketBook after, bool tellsOfDropped) => new(
        Of(before.Bids, after.Bids, tellsOfDropped, (price, last) => price < last),
        Of(before.Asks, after.Asks, tellsOfDropped, (price, last) => price > last));

    private static List<MarketLevel> Of(
        IReadOnlyList<MarketLevel> before, IReadOnlyList<MarketLevel> after, bool tellsOfDropped, Func<decimal, decimal, bool> isBeyond)
    {
        var stood = before.ToDictionary(level => level.Price, level => level.Quantity);
        var changed = after.Where(level => !stood.Remove(level.Price, out var quantity) || quantity != level.Quantity).ToList();
        var gone = stood.Keys.Where(price => tellsOfDropped || after.Count == 0 || !isBeyond(price, after[^1].Price));
        return [.. gone.Select(price => new MarketLevel(price, 0)), .. changed];
    }
}
