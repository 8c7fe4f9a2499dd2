using AkkaCrypto.Simulator.Market;

namespace AkkaCrypto.Simulator.Coinone;

/// <summary>One pair's last 24 hours and the Korean calendar day before this one, from the market at one instant.</summary>
internal sealed record CoinoneTicker(MarketPair Pair, MarketTrade Last, MarketCandle Day, MarketCandle Yesterday, MarketBook Book)
{
    private static readonly TimeSpan Korea = TimeSpan.FromHours(9);

    public static CoinoneTicker At(MarketModel market, MarketPair pair, DateTimeOffset now)
    {
        var last = market.NewestTrades(pair, now, 1)[0];
        var midnight = new DateTimeOffset(now.ToOffset(Korea).Date, Korea);

        // The last trade may be older than this second's quotes; its own second is inside the 24 hours, so the high and low contain it.
        return new CoinoneTicker(
            pair, last, market.Candle(pair, now.AddDays(-1), now.AddMilliseconds(1)), market.Candle(pair, midnight.AddDays(-1), midnight),
            market.Book(pair, now, 1));
    }
}
