using System.Globalization;
using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Pipeline.Feeds.Coinone;

/// <summary>Coinone's public API v2 (docs.coinone.co.kr), its socket, and the v1 replies that archives still hold. Needs no key.</summary>
public sealed class CoinoneProvider : IProvider
{
    internal const string Exchange = "coinone";

    /// <summary>The most trades that one reply shows; older ones can't be asked for.</summary>
    private const int TradesShown = 200;

    private const int BookLevelsShown = 16;

    public string Name => Exchange;

    public IReadOnlyDictionary<string, Normaliser> Normalisers { get; } = new Dictionary<string, Normaliser>(StringComparer.Ordinal)
    {
        ["trades"] = CoinoneTrades.Normaliser,
        ["orderbook"] = CoinoneBooks.Normaliser,
        ["ticker"] = CoinoneTickers.Normaliser,
        ["candles"] = CoinoneCatalogue.Candles,
        ["markets"] = CoinoneCatalogue.Markets,
        ["currencies"] = CoinoneCatalogue.Currencies,
        ["ws"] = CoinoneSocket.Normaliser,
    };

    public IReadOnlyDictionary<string, IPolledDataset> Polled { get; } = new Dictionary<string, IPolledDataset>(StringComparer.Ordinal)
    {
        ["trades"] = new PairSeries("trades", "trades", TradesShown, TradesShown),
        ["orderbook"] = new PairSeries("orderbook", "orderbook", BookLevelsShown),
        ["ticker"] = new PairSeries("ticker", "ticker_new"),
        ["candles"] = new CoinoneCandleSeries(),
        ["markets"] = new PairSeries("markets", "markets"),
    };

    public IReadOnlyDictionary<string, ISocketDataset> Sockets { get; } = new Dictionary<string, ISocketDataset>(StringComparer.Ordinal)
    {
        ["trades"] = new CoinoneSubscription("trades", "TRADE"),
        ["orderbook"] = new CoinoneSubscription("orderbook", "ORDERBOOK", new BookRules(BookStart.EveryFrame)),
    };

    public void Authorise(HttpRequestMessage request, string? apiKey)
    {
        // The public endpoints know no key.
    }

    /// <summary>One series per pair: <c>/public/v2/trades/KRW/BTC?size=200</c>. What they show is the present alone: there is no way to ask
    /// for older trades.</summary>
    private sealed class PairSeries(string dataset, string endpoint, int? size = null, int? windowSize = null) : IPolledDataset
    {
        public int? WindowSize => windowSize;

        public IEnumerable<SeriesRequest> Series(DatasetSettings settings)
        {
            var query = size is { } levels ? string.Create(CultureInfo.InvariantCulture, $"?size={levels}") : "";
            foreach (var text in settings.Pairs)
            {
                var pair = PairSetting.Read(text, $"akkacrypto.feeds.{Exchange}.datasets.{dataset}.pairs");
                var path = $"/public/v2/{endpoint}/{pair.Quote.ToUpperInvariant()}/{pair.Target.ToUpperInvariant()}{query}";
                yield return new SeriesRequest(text, path, path, new ReplyContext(Pair: text));
            }
        }
    }
}
