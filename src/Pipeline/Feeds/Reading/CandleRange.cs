using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;

namespace AkkaCrypto.Pipeline.Feeds.Reading;

/// <summary>What a candle's prices must be to each other.</summary>
internal static class CandleRange
{
    /// <summary>
    /// Whether the high is not below the low; the row is refused where it is, for then no reading of its places is the right one. An open
    /// or close outside of the range is taken: providers that sample (CoinGecko) or round each price by itself do send it, and it is theirs
    /// to correct, not ours to guess.
    /// </summary>
    public static bool IsSound(in Element row, int highField, MarketNumber high, MarketNumber low) =>
        high >= low || row.Refuse(highField, RefusalCode.InvalidField, $"a high not below the low, {low}");
}
