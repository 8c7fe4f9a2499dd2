using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Kraken;

/// <summary>What Kraken is asked for. Public requests weigh the same: about one a second and address is allowed.</summary>
internal static class KrakenRequests
{
    private const int MostTrades = 1000;
    private const int BookLevels = 100;

    public static IPolledDataset Trades { get; } = new PairSeries(
        "trades", name => $"/0/public/Trades?pair={name}&count={MostTrades}", MostTrades, new TradeHistory());

    public static IPolledDataset OrderBook { get; } = new PairSeries(
        "orderbook", name => $"/0/public/Depth?pair={name}&count={BookLevels}");

    public static IPolledDataset Ticker { get; } = new PairSeries("ticker", name => $"/0/public/Ticker?pair={name}");

    public static IPolledDataset Markets { get; } = new PairSeries("markets", name => $"/0/public/AssetPairs?pair={name}");

    public static IPolledDataset Candles { get; } = new CandleSeries();

    /// <summary>One series per pair.</summary>
    private sealed class PairSeries(
        string dataset, Func<string, FormattableString> pathOf, int? windowSize = null, IHistory? history = null) : IPolledDataset
    {
        public int? WindowSize => windowSize;

        public IHistory? History => history;

        public IEnumerable<SeriesRequest> Series(DatasetSettings settings)
        {
            foreach (var pair in PairSetting.ReadAll(settings.Pairs, KrakenProvider.Exchange, dataset))
            {
                var path = FormattableString.Invariant(pathOf(KrakenPairs.Altname(pair)));
                yield return new SeriesRequest(pair.ToString(), path, path, new ReplyContext(Pair: pair.ToString()));
            }
        }
    }

    /// <summary>
    /// By <c>since</c>, nanoseconds whose own trades are left out. Each page begins a nanosecond before the newest trade known, for several
    /// trades share an instant, and a page may end among them.
    /// </summary>
    private sealed class TradeHistory : IHistory
    {
        public SeriesRequest First(HistoryRange range) => Since(range, NanosecondsOf(range.From) - 1);

        public SeriesRequest? Next(HistoryRange range, SeriesRequest last, IReadOnlyList<NormalisedRecord> page, int unread = 0)
        {
            var newest = page.OfType<Trade>().Select(trade => (long?)trade.Time.UnixNanoseconds).Max();
            if (newest is not { } reached || reached >= NanosecondsOf(range.To))
            {
                return null;
            }

            var before = SinceOf(last);
            return reached - 1 > before ? Since(range, reached - 1)
                : page.Count + unread >= MostTrades && reached > before ? Since(range, reached) // a whole page of one instant: past it
                : null;
        }

        private static SeriesRequest Since(HistoryRange range, long since)
        {
            if (!CurrencyPair.TryParse(range.Request.Context.Pair, out var pair))
            {
                throw new ArgumentException($"The series {range.Request.Series} has no pair.", nameof(range));
            }

            var path = FormattableString.Invariant(
                $"/0/public/Trades?pair={KrakenPairs.Altname(pair)}&count={MostTrades}&since={since}");
            return range.Request with { FirstPath = path, Path = path };
        }

        private static long SinceOf(SeriesRequest request) =>
            long.Parse(request.Path[(request.Path.LastIndexOf('=') + 1)..], System.Globalization.CultureInfo.InvariantCulture);

        private static long NanosecondsOf(DateTimeOffset time) => checked((time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) * 100);
    }

    /// <summary>One series per pair and interval. Every reply is the newest 720 candles; Kraken shows no older ones.</summary>
    private sealed class CandleSeries : IPolledDataset
    {
        public int? WindowSize => 720;

        public IEnumerable<SeriesRequest> Series(DatasetSettings settings)
        {
            foreach (var pair in PairSetting.ReadAll(settings.Pairs, KrakenProvider.Exchange, "candles"))
            {
                foreach (var interval in settings.Intervals)
                {
                    var minutes = KrakenCandles.MinutesOf(interval) ?? throw new FormatException(
                        $"akkacrypto.feeds.{KrakenProvider.Exchange}.datasets.candles.intervals: \"{interval}\", expected one of "
                        + string.Join(", ", KrakenCandles.IntervalNames));
                    var path = FormattableString.Invariant($"/0/public/OHLC?pair={KrakenPairs.Altname(pair)}&interval={minutes}");
                    yield return new SeriesRequest($"{pair}/{interval}", path, path, new ReplyContext(pair.ToString(), Interval: interval));
                }
            }
        }
    }
}
