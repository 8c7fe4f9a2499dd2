namespace AkkaCrypto.Simulator.Market;

/// <param name="Id">Coinone's form: the time in milliseconds and a three-digit counter within it, from 001.</param>
/// <param name="Time">Unix milliseconds.</param>
/// <param name="Price">A multiple of the pair's price step: the best ask when the taker bought, the best bid when it sold.</param>
/// <param name="Quantity">In the target currency, eight decimals.</param>
/// <param name="Number">Of the pair's trades, counted through without a gap: the id at exchanges that count.</param>
public sealed record MarketTrade(string Id, long Time, decimal Price, decimal Quantity, bool TakerBought, long Number);

/// <summary>The best prices of a pair from <paramref name="Time"/> (Unix milliseconds) for one second.</summary>
public readonly record struct Quote(long Time, decimal Bid, decimal Ask);

/// <summary>Price and quantity at one step of a book.</summary>
public readonly record struct MarketLevel(decimal Price, decimal Quantity);

/// <summary>A whole book, best level first on both sides.</summary>
public sealed record MarketBook(long Time, IReadOnlyList<MarketLevel> Bids, IReadOnlyList<MarketLevel> Asks);

/// <summary>
/// What a span of time traded. Open and close are the bids at its two ends, high and low the highest ask and lowest bid in between: they
/// bound every trade of the span. The volumes are sums over its trades; the quote volume values each hour's part at the price of its
/// middle.
/// </summary>
public sealed record MarketCandle(long OpenTime, decimal Open, decimal High, decimal Low, decimal Close, decimal Volume,
    decimal QuoteVolume);
