using AkkaCrypto.Contracts.Text;

namespace AkkaCrypto.Contracts.Market;

/// <summary>One thing that a provider said, in this system's words. The JSON form is <see cref="NormalisedJson"/>'s.</summary>
public abstract record NormalisedRecord
{
    /// <summary>The <c>kind</c> of the JSON form.</summary>
    public abstract string Kind { get; }
}

/// <summary>The side of the order that took liquidity.</summary>
public enum TakerSide
{
    Buy = 1,
    Sell = 2,
}

/// <param name="Exchange">e.g. <c>coinone</c>.</param>
/// <param name="Pair">Lower-case tickers, target first: <c>btc-krw</c>.</param>
/// <param name="TradeId">The provider's id, or a hash of the content and its position among equals.</param>
/// <param name="Price">In the quote currency, above zero.</param>
/// <param name="Quantity">In the target currency, above zero.</param>
/// <param name="TakerSide">Null where the provider doesn't say.</param>
public sealed record Trade(
    string Exchange, string Pair, string TradeId, MarketNumber Price, MarketNumber Quantity, TakerSide? TakerSide, ProviderTime Time)
        : NormalisedRecord
{
    public override string Kind => "trade";
}

/// <summary>One price level of a book: price in the quote currency, quantity in the target currency.</summary>
public readonly record struct BookLevel(MarketNumber Price, MarketNumber Quantity);

/// <summary>A whole book, best level first on both sides, no zero quantities.</summary>
public sealed record OrderBook(
    string Exchange, string Pair, long? Sequence, ProviderTime? Time, IReadOnlyList<BookLevel> Bids, IReadOnlyList<BookLevel> Asks)
        : NormalisedRecord
{
    public override string Kind => "order_book";

    /// <summary>The best bid is no lower than the best ask: no market, but one between two updates, or a mistake.</summary>
    public bool IsCrossed => Bids.Count > 0 && Asks.Count > 0 && Bids[0].Price >= Asks[0].Price;
}

/// <summary>Changed levels of a book; quantity 0 removes the level.</summary>
public sealed record OrderBookDelta(
    string Exchange, string Pair, long? FirstSequence, long? Sequence, ProviderTime? Time,
    IReadOnlyList<BookLevel> Bids, IReadOnlyList<BookLevel> Asks) : NormalisedRecord
{
    public override string Kind => "order_book_delta";

    /// <summary>The provider's checksum of the book after this delta; null where it sends none. Not part of the JSON form.</summary>
    public uint? Checksum { get; init; }
}

/// <param name="Interval"><c>1m</c>, <c>5m</c>, <c>15m</c>, <c>30m</c>, <c>1h</c>, <c>4h</c>, <c>1d</c> ….</param>
/// <param name="Final">Null where the provider doesn't say whether the candle may still change.</param>
public sealed record Candle(
    string Exchange, string Pair, string Interval, ProviderTime OpenTime, MarketNumber Open, MarketNumber High, MarketNumber Low,
    MarketNumber Close, MarketNumber? Volume, bool? Final) : NormalisedRecord
{
    public override string Kind => "candle";
}

/// <summary>A bucket without trades, where a caller asked for those too. In JSON a candle whose values are null.</summary>
public sealed record EmptyCandle(string Exchange, string Pair, string Interval, ProviderTime OpenTime, bool? Final) : NormalisedRecord
{
    public override string Kind => "candle";
}

/// <param name="Volume">24 hours, in the target currency.</param>
public sealed record Ticker(
    string Exchange, string Pair, MarketNumber? Last, MarketNumber? Bid, MarketNumber? Ask, MarketNumber? High, MarketNumber? Low,
    MarketNumber? Volume, ProviderTime? Time)
    : NormalisedRecord
{
    public override string Kind => "ticker";
}

/// <param name="Status"><c>trading</c>, <c>halted</c>, <c>maintenance</c>, or null.</param>
public sealed record Instrument(string Exchange, string Pair, string? Status, MarketNumber? PriceStep, MarketNumber? QuantityStep)
    : NormalisedRecord
{
    public override string Kind => "instrument";
}

/// <param name="Asset">CoinGecko id.</param>
/// <param name="Currency">Lower-case ticker.</param>
/// <param name="Change24h">Percent.</param>
public sealed record AssetPrice(
    string Asset, string Currency, MarketNumber? Price, MarketNumber? MarketCap, MarketNumber? Volume24h, MarketNumber? Change24h,
    ProviderTime? Time)
        : NormalisedRecord
{
    public override string Kind => "price";

    /// <summary>What else a list of markets says of the coin; null where the reply was no such list. Not part of the JSON form.</summary>
    public CoinDetails? Details { get; init; }
}

/// <summary>One point of a chart, at the provider's own (off-grid) time.</summary>
public sealed record ChartPoint(
    string Asset, string Currency, ProviderTime Time, MarketNumber? Price, MarketNumber? MarketCap, MarketNumber? Volume) : NormalisedRecord
{
    public override string Kind => "chart_point";
}

/// <summary>A coin or token of a provider's catalogue.</summary>
/// <param name="Asset">CoinGecko id, or null where the provider knows it only by its ticker.</param>
/// <param name="Symbol">Lower-case ticker.</param>
public sealed record AssetListing(string? Asset, string Symbol, string? Name) : NormalisedRecord
{
    public override string Kind => "asset";

    /// <summary>Contract addresses by platform, as the provider's JSON object; null where it said none. Not in the JSON form.</summary>
    public string? Platforms { get; init; }

    /// <summary>In its list, from 0; null where the list has no order of its own. Not in the JSON form.</summary>
    public long? Place { get; init; }
}

/// <summary>A reply that is kept whole, for it is served whole: what a provider says of a coin, of a coin on a day, to a search.</summary>
/// <param name="Dataset"><c>coin_details</c>, <c>coin_history</c> or <c>coin_search</c>.</param>
/// <param name="Name">Of what it speaks: <c>bitcoin</c>, <c>bitcoin/2026-01-31</c>, <c>bit</c>.</param>
/// <param name="Time">The provider's own; null where the reply states none.</param>
/// <param name="Json">One JSON object, every digit as it came.</param>
public sealed record CoinDocument(string Dataset, string Name, ProviderTime? Time, string Json) : NormalisedRecord
{
    public override string Kind => "document";
}

/// <summary>The whole market in one currency.</summary>
public sealed record GlobalMarket(string Currency, MarketNumber? MarketCap, MarketNumber? Volume24h, ProviderTime? Time) : NormalisedRecord
{
    public override string Kind => "global_market";

    /// <summary>What the same reply says of the whole market in no currency. Not part of the JSON form.</summary>
    public GlobalFigures? Figures { get; init; }
}
