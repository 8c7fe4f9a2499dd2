namespace AkkaCrypto.Pipeline.Feeds.Binance;

/// <summary>
/// Binance's spot market (developers.binance.com/docs/binance-spot-api-docs), REST and market streams. Needs no key. Trades are the
/// aggregate ones in every way that they come (newest, past, socket), for only these can be asked for by time, and their ids count without
/// holes; the single trades' ids are another count.
/// </summary>
public sealed class BinanceProvider : IProvider
{
    internal const string Exchange = "binance";

    public string Name => Exchange;

    public IReadOnlyDictionary<string, Normaliser> Normalisers { get; } = new Dictionary<string, Normaliser>(StringComparer.Ordinal)
    {
        ["trades"] = BinanceTrades.Normaliser,
        ["orderbook"] = BinanceBooks.Normaliser,
        ["ticker"] = BinanceTickers.Normaliser,
        ["candles"] = BinanceCandles.Normaliser,
        ["markets"] = BinanceMarkets.Normaliser,
        ["ws"] = BinanceSocket.Normaliser,
    };

    public IReadOnlyDictionary<string, IPolledDataset> Polled { get; } = new Dictionary<string, IPolledDataset>(StringComparer.Ordinal)
    {
        ["trades"] = BinanceRequests.Trades,
        ["orderbook"] = BinanceRequests.OrderBook,
        ["ticker"] = BinanceRequests.Ticker,
        ["candles"] = BinanceRequests.Candles,
        ["markets"] = BinanceRequests.Markets,
    };

    public IReadOnlyDictionary<string, ISocketDataset> Sockets { get; } = new Dictionary<string, ISocketDataset>(StringComparer.Ordinal)
    {
        ["trades"] = new BinanceStreams("trades", "aggTrade", null),
        ["orderbook"] = new BinanceStreams("orderbook", "depth@100ms", new BookRules(BookStart.Rest, BinanceStreams.StepOf)),
    };

    public void Authorise(HttpRequestMessage request, string? apiKey)
    {
        // The market data endpoints know no key.
    }
}
