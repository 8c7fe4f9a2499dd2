using System.Globalization;
using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Pipeline.Feeds.Coinbase;

/// <summary>
/// Coinbase Exchange's public API and feed (docs.cdp.coinbase.com/exchange), and the replies of Advanced Trade that show the same market.
/// Needs no key; 10 requests a second and address are answered.
/// </summary>
public sealed class CoinbaseProvider : IProvider
{
    internal const string Exchange = "coinbase";

    public string Name => Exchange;

    public IReadOnlyDictionary<string, Normaliser> Normalisers { get; } = new Dictionary<string, Normaliser>(StringComparer.Ordinal)
    {
        ["trades"] = CoinbaseTrades.Normaliser,
        ["orderbook"] = CoinbaseBooks.Normaliser,
        ["ticker"] = CoinbaseTickers.Normaliser,
        ["candles"] = CoinbaseCatalogue.Candles,
        ["markets"] = CoinbaseCatalogue.Markets,
        ["currencies"] = CoinbaseCatalogue.Currencies,
        ["ws"] = CoinbaseSocket.Normaliser,
    };

    public IReadOnlyDictionary<string, IPolledDataset> Polled { get; } = new Dictionary<string, IPolledDataset>(StringComparer.Ordinal)
    {
        ["trades"] = new Trades(),
        ["orderbook"] = new Products("orderbook", "book?level=2"),
        ["ticker"] = new Products("ticker", "ticker"),
        ["candles"] = new Candles(),
    };

    public IReadOnlyDictionary<string, ISocketDataset> Sockets { get; } = new Dictionary<string, ISocketDataset>(StringComparer.Ordinal)
    {
        ["trades"] = new CoinbaseChannel("trades", "matches", null),
        ["orderbook"] = new CoinbaseChannel("orderbook", "level2_batch", new BookRules(BookStart.Subscription)),
    };

    public void Authorise(HttpRequestMessage request, string? apiKey)
    {
        // The public endpoints know no key.
    }

    /// <summary>One series per pair: <c>/products/BTC-USD/book?level=2</c>.</summary>
    private sealed class Products(string dataset, string endpoint) : IPolledDataset
    {
        public int? WindowSize => null;

        public IEnumerable<SeriesRequest> Series(DatasetSettings settings)
        {
            foreach (var (pair, product) in CoinbaseProducts.Of(settings, dataset))
            {
                var path = $"/products/{product}/{endpoint}";
                yield return new SeriesRequest(pair, path, path, new ReplyContext(Pair: pair));
            }
        }
    }

    /// <summary>The newest trades of a pair; older ones are asked for by the number of a trade.</summary>
    private sealed class Trades : IPolledDataset
    {
        public int? WindowSize => CoinbaseTradeHistory.MostTrades;

        public IHistory History { get; } = new CoinbaseTradeHistory();

        public IEnumerable<SeriesRequest> Series(DatasetSettings settings)
        {
            foreach (var (pair, product) in CoinbaseProducts.Of(settings, "trades"))
            {
                var path = string.Create(
                    CultureInfo.InvariantCulture, $"/products/{product}/trades?limit={CoinbaseTradeHistory.MostTrades}");
                yield return new SeriesRequest(pair, path, path, new ReplyContext(Pair: pair));
            }
        }
    }

    /// <summary>One series per pair and interval. Without a span the newest 300 are shown.</summary>
    private sealed class Candles : IPolledDataset
    {
        public int? WindowSize => null;

        public IHistory History { get; } = new CoinbaseCandleHistory();

        public IEnumerable<SeriesRequest> Series(DatasetSettings settings)
        {
            foreach (var (pair, product) in CoinbaseProducts.Of(settings, "candles"))
            {
                foreach (var interval in settings.Intervals)
                {
                    var seconds = CoinbaseCandleHistory.Granularity(interval);
                    var path = string.Create(CultureInfo.InvariantCulture, $"/products/{product}/candles?granularity={seconds}");
                    yield return new SeriesRequest($"{pair}/{interval}", path, path, new ReplyContext(Pair: pair, Interval: interval));
                }
            }
        }
    }
}
