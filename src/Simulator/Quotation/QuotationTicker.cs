using AkkaCrypto.Simulator.Market;

namespace AkkaCrypto.Simulator.Quotation;

/// <summary>One pair at one instant: its last trade, the UTC day, the last 24 hours and the best and worst second of 52 weeks.</summary>
internal sealed record QuotationTicker(
    MarketPair Pair, DateTimeOffset Now, MarketTrade Last, decimal PreviousClose, MarketCandle Day, MarketCandle Hours24,
    (decimal Price, DateTimeOffset Time) Highest, (decimal Price, DateTimeOffset Time) Lowest)
{
    private const int DaysOf52Weeks = 364;

    public static QuotationTicker At(MarketModel market, MarketPair pair, DateTimeOffset now)
    {
        var midnight = new DateTimeOffset(now.UtcDateTime.Date, TimeSpan.Zero);
        var (asset, year) = (Catalogue.Find(pair.AssetId)!, midnight.AddDays(-DaysOf52Weeks));
        var (high, low) = (market.TimeOfHigh(asset, pair.Quote, year, now), market.TimeOfLow(asset, pair.Quote, year, now));
        return new QuotationTicker(
            pair, now, market.NewestTrades(pair, now, 1)[0], market.QuoteAt(pair, midnight).Bid,
            market.Candle(pair, midnight, now.AddMilliseconds(1)), market.Candle(pair, now.AddDays(-1), now.AddMilliseconds(1)),
            (market.QuoteAt(pair, high).Ask, high), (market.QuoteAt(pair, low).Bid, low));
    }

    /// <summary>The side of yesterday's close on which the price is.</summary>
    public string Change => Last.Price > PreviousClose ? "RISE" : Last.Price < PreviousClose ? "FALL" : "EVEN";

    public decimal ChangePrice => Last.Price - PreviousClose;

    public decimal ChangeRate => Math.Round(ChangePrice / PreviousClose, 10);
}
