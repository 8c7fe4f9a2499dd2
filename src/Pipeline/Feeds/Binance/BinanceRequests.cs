using System.Globalization;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Binance;

/// <summary>What Binance is asked for, with the documented weights: 6,000 a minute and address are allowed.</summary>
internal static class BinanceRequests
{
    /// <summary>Most trades and most candles of one reply.</summary>
    private const int MostRows = 1000;

    /// <summary>
    /// Levels a side of one book. A book that follows the socket is whole only as deep as it began, so this is far more than is served.
    /// </summary>
    private const int BookLevels = 1000;

    private const int NewestCandles = 3;

    public static IPolledDataset Trades { get; } = new PairSeries(
        "trades", weight: 4, windowSize: MostRows, symbol => $"/api/v3/aggTrades?symbol={symbol}&limit={MostRows}", new TradeHistory());

    public static IPolledDataset OrderBook { get; } = new PairSeries(
        "orderbook", weight: 50, windowSize: null, symbol => $"/api/v3/depth?symbol={symbol}&limit={BookLevels}");

    public static IPolledDataset Ticker { get; } = new PairSeries(
        "ticker", weight: 2, windowSize: null, symbol => $"/api/v3/ticker/24hr?symbol={symbol}");

    public static IPolledDataset Markets { get; } = new PairSeries(
        "markets", weight: 20, windowSize: null, symbol => $"/api/v3/exchangeInfo?symbol={symbol}");

    public static IPolledDataset Candles { get; } = new CandleSeries();

    private static string SymbolOf(HistoryRange range) =>
        CurrencyPair.TryParse(range.Request.Context.Pair, out var pair)
            ? BinanceSymbols.Of(pair)
            : throw new ArgumentException($"The series {range.Request.Series} has no pair.", nameof(range));

    private static SeriesRequest Page(HistoryRange range, FormattableString path)
    {
        var text = FormattableString.Invariant(path);
        return range.Request with { FirstPath = text, Path = text };
    }

    // A span that begins within a millisecond begins, for Binance, with the next one.
    private static long CeilingMilliseconds(DateTimeOffset time) =>
        (time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks + TimeSpan.TicksPerMillisecond - 1) / TimeSpan.TicksPerMillisecond;

    /// <summary>One series per pair.</summary>
    private sealed class PairSeries(
        string dataset, int weight, int? windowSize, Func<string, FormattableString> pathOf, IHistory? history = null) : IPolledDataset
    {
        public int? WindowSize => windowSize;

        public IHistory? History => history;

        public IEnumerable<SeriesRequest> Series(DatasetSettings settings)
        {
            foreach (var pair in PairSetting.ReadAll(settings.Pairs, BinanceProvider.Exchange, dataset))
            {
                var path = FormattableString.Invariant(pathOf(BinanceSymbols.Of(pair)));
                yield return new SeriesRequest(pair.ToString(), path, path, new ReplyContext(Pair: pair.ToString()), weight);
            }
        }
    }

    /// <summary>The first page by time, the following ones by id: an instant may hold more trades than a page.</summary>
    private sealed class TradeHistory : IHistory
    {
        public SeriesRequest First(HistoryRange range) => Page(
            range, $"/api/v3/aggTrades?symbol={SymbolOf(range)}&startTime={CeilingMilliseconds(range.From)}&limit={MostRows}");

        public SeriesRequest? Next(HistoryRange range, SeriesRequest last, IReadOnlyList<NormalisedRecord> page, int unread = 0)
        {
            var newest = page.OfType<Trade>().MaxBy(IdOf);
            return newest is null || newest.Time.ToDateTimeOffset() >= range.To
                ? null
                : Page(range, $"/api/v3/aggTrades?symbol={SymbolOf(range)}&fromId={IdOf(newest) + 1}&limit={MostRows}");
        }

        private static long IdOf(Trade trade) =>
            long.TryParse(trade.TradeId, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : -1;
    }

    /// <summary>One series per pair and interval; the first request brings a whole page, later ones the unfinished and the last
    /// finished.</summary>
    private sealed class CandleSeries : IPolledDataset
    {
        private const int Weight = 2;

        private static readonly string[] Intervals =
            ["1s", "1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "3d", "1w", "1M"];

        public int? WindowSize => null;

        public IHistory History { get; } = new CandleHistory();

        public IEnumerable<SeriesRequest> Series(DatasetSettings settings)
        {
            foreach (var pair in PairSetting.ReadAll(settings.Pairs, BinanceProvider.Exchange, "candles"))
            {
                foreach (var interval in settings.Intervals)
                {
                    if (!Intervals.Contains(interval))
                    {
                        throw new FormatException(
                            $"akkacrypto.feeds.{BinanceProvider.Exchange}.datasets.candles.intervals: \"{interval}\", expected one of "
                            + string.Join(", ", Intervals));
                    }

                    var path = $"/api/v3/klines?symbol={BinanceSymbols.Of(pair)}&interval={interval}&limit=";
                    yield return new SeriesRequest(
                        $"{pair}/{interval}", FormattableString.Invariant($"{path}{MostRows}"),
                        FormattableString.Invariant($"{path}{NewestCandles}"), new ReplyContext(pair.ToString(), Interval: interval),
                        Weight);
                }
            }
        }
    }

    private sealed class CandleHistory : IHistory
    {
        public SeriesRequest First(HistoryRange range) => From(range, CeilingMilliseconds(range.From));

        public SeriesRequest? Next(HistoryRange range, SeriesRequest last, IReadOnlyList<NormalisedRecord> page, int unread = 0)
        {
            var candles = page.OfType<Candle>().ToList();
            var next = candles.Count == 0 ? long.MaxValue : candles.Max(candle => candle.OpenTime.UnixMilliseconds) + 1;
            return next >= CeilingMilliseconds(range.To) ? null : From(range, next);
        }

        private static SeriesRequest From(HistoryRange range, long start)
        {
            var (interval, end) = (range.Request.Context.Interval, CeilingMilliseconds(range.To) - 1);
            return Page(
                range,
                $"/api/v3/klines?symbol={SymbolOf(range)}&interval={interval}&startTime={start}&endTime={end}&limit={MostRows}");
        }
    }
}
