using System.Globalization;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Pipeline.Feeds.Reading;
using AkkaCrypto.Pipeline.Market;

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
        ["trades"] = new PairSeries("trades", TradesShown, TradesShown),
        ["orderbook"] = new PairSeries("orderbook", BookLevelsShown, null),
        ["candles"] = new ChartSeries(),
    };

    public IReadOnlyDictionary<string, ISocketDataset> Sockets => CoinoneSocketFeeds.All;

    public void Authorise(HttpRequestMessage request, string? apiKey)
    {
        // The public endpoints know no key.
    }

    /// <summary>One series per pair: <c>/public/v2/trades/KRW/BTC?size=200</c>.</summary>
    private sealed class PairSeries(string dataset, int size, int? windowSize) : IPolledDataset
    {
        public int? WindowSize => windowSize;

        public IEnumerable<SeriesRequest> Series(DatasetSettings settings)
        {
            foreach (var text in settings.Pairs)
            {
                var pair = PairSetting.Read(text, $"akkacrypto.feeds.{Exchange}.datasets.{dataset}.pairs");
                var path = string.Create(
                    CultureInfo.InvariantCulture,
                    $"/public/v2/{dataset}/{pair.Quote.ToUpperInvariant()}/{pair.Target.ToUpperInvariant()}?size={size}");
                yield return new SeriesRequest(text, path, path, new ReplyContext(Pair: text));
            }
        }
    }

    /// <summary>One series per pair and interval: <c>/public/v2/chart/KRW/BTC?interval=1d&amp;size=500</c>, newest first.</summary>
    private sealed class ChartSeries : IPolledDataset
    {
        private const int CandlesShown = 500;

        // A window of the newest too, but the past is asked for anew each day, so what a pause missed is no gap yet.
        public int? WindowSize => null;

        public IEnumerable<SeriesRequest> Series(DatasetSettings settings)
        {
            const string Setting = $"akkacrypto.feeds.{Exchange}.datasets.candles";
            foreach (var text in settings.Pairs)
            {
                var pair = PairSetting.Read(text, $"{Setting}.pairs");
                foreach (var interval in settings.Intervals)
                {
                    var minutes = CandleLevels.MinutesOf(interval) ?? throw new FormatException(
                        $"{Setting}.intervals: \"{interval}\", expected some of {string.Join(", ", CandleLevels.Names)}.");
                    // The running candle, the one that ended last, and those of a round's time.
                    var newest = Math.Min(2 + (long)Math.Ceiling(settings.Every.TotalMinutes / minutes), CandlesShown);
                    var whole = Math.Clamp(settings.HistoryDays * (long)CandleLevels.Day / minutes, newest, CandlesShown);
                    yield return new SeriesRequest(
                        $"{text}/{interval}", Path(pair, interval, whole), Path(pair, interval, newest),
                        new ReplyContext(Pair: text, Interval: interval));
                }
            }
        }

        private static string Path(CurrencyPair pair, string interval, long size) => string.Create(
            CultureInfo.InvariantCulture,
            $"/public/v2/chart/{pair.Quote.ToUpperInvariant()}/{pair.Target.ToUpperInvariant()}?interval={interval}&size={size}");
    }
}
