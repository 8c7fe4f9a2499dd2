using System.Globalization;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Pipeline.Feeds.Coinone;

/// <summary>
/// One series for each pair and interval: <c>/public/v2/chart/KRW/BTC?interval=1m&amp;size=500</c>; the past by <c>timestamp</c>, the time
/// of the last candle of the page, which is part of it.
/// </summary>
internal sealed class CoinoneCandleSeries : IPolledDataset, IHistory
{
    /// <summary>The most candles that one reply shows.</summary>
    private const int Shown = 500;

    private static readonly string[] Intervals = ["1m", "3m", "5m", "10m", "15m", "30m", "1h", "2h", "4h", "6h", "1d", "1w"];

    public int? WindowSize => Shown;

    public IHistory? History => this;

    public IEnumerable<SeriesRequest> Series(DatasetSettings settings)
    {
        var setting = $"akkacrypto.feeds.{CoinoneProvider.Exchange}.datasets.candles";
        foreach (var text in settings.Pairs)
        {
            var pair = PairSetting.Read(text, $"{setting}.pairs");
            foreach (var interval in settings.Intervals)
            {
                if (!Intervals.Contains(interval, StringComparer.Ordinal))
                {
                    throw new FormatException($"{setting}.intervals: \"{interval}\", expected one of {string.Join(", ", Intervals)}.");
                }

                var path = string.Create(
                    CultureInfo.InvariantCulture,
                    $"/public/v2/chart/{pair.Quote.ToUpperInvariant()}/{pair.Target.ToUpperInvariant()}?interval={interval}&size={Shown}");
                yield return new SeriesRequest($"{text}/{interval}", path, path, new ReplyContext(Pair: text, Interval: interval));
            }
        }
    }

    public SeriesRequest First(HistoryRange range) => UpTo(range, range.To);

    /// <summary>Ends at a candle that opens at or before the range's beginning, or with a page that has nothing older than the one before
    /// it: the last candle alone, which begins every page.</summary>
    public SeriesRequest? Next(HistoryRange range, SeriesRequest last, IReadOnlyList<NormalisedRecord> page)
    {
        if (page.Count == 0)
        {
            return null;
        }

        var oldest = page.OfType<Candle>().Min(candle => candle.OpenTime).ToDateTimeOffset();
        var next = UpTo(range, oldest);
        return oldest <= range.From || next.Path == last.Path ? null : next;
    }

    private static SeriesRequest UpTo(HistoryRange range, DateTimeOffset time) => range.Request with
    {
        Path = string.Create(CultureInfo.InvariantCulture, $"{range.Request.Path}&timestamp={time.ToUnixTimeMilliseconds()}"),
    };
}
