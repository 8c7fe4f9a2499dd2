namespace AkkaCrypto.Pipeline.Feeds.Kraken;

/// <summary>Kraken's spot market (docs.kraken.com/api), REST and both versions of its socket; the feeds subscribe to v2. Needs no
/// key.</summary>
public sealed class KrakenProvider : IProvider
{
    internal const string Exchange = "kraken";

    public string Name => Exchange;

    public IReadOnlyDictionary<string, Normaliser> Normalisers { get; } = new Dictionary<string, Normaliser>(StringComparer.Ordinal)
    {
        ["trades"] = KrakenTrades.Normaliser,
        ["orderbook"] = KrakenBooks.Normaliser,
        ["ticker"] = KrakenTickers.Normaliser,
        ["candles"] = KrakenCandles.Normaliser,
        ["markets"] = KrakenMarkets.Markets,
        ["currencies"] = KrakenMarkets.Currencies,
        ["ws"] = KrakenSocket.Normaliser,
    };

    public IReadOnlyDictionary<string, IPolledDataset> Polled { get; } = new Dictionary<string, IPolledDataset>(StringComparer.Ordinal)
    {
        ["trades"] = KrakenRequests.Trades,
        ["orderbook"] = KrakenRequests.OrderBook,
        ["ticker"] = KrakenRequests.Ticker,
        ["candles"] = KrakenRequests.Candles,
        ["markets"] = KrakenRequests.Markets,
    };

    public IReadOnlyDictionary<string, ISocketDataset> Sockets { get; } = new Dictionary<string, ISocketDataset>(StringComparer.Ordinal)
    {
        ["trades"] = KrakenChannels.Trades,
        ["orderbook"] = KrakenChannels.OrderBook,
    };

    public void Authorise(HttpRequestMessage request, string? apiKey)
    {
        // The public endpoints know no key.
    }
}
