using System.Globalization;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Pipeline.Market;

namespace AkkaCrypto.Pipeline.Feeds.Coinone;

/// <summary>
/// One series for each pair and interval: <c>/public/v2/chart/KRW/BTC?interval=1m&amp;size=500</c>, newest first; the past by
/// <c>timestamp</c>, the time of the last candle of the page, which is part of it.
/// </summary>
internal sealed class CoinoneCandleSeries : IPolledDataset, IHistory
{
    private const string Setting = $"akkacrypto.feeds.{CoinoneProvider.Exchange}.datasets.candles";

    /// <summary>The most candles that one reply shows.</summary>
    private const int Shown = 500;

    // A window of the newest too, but the past is asked for anew each day, so what a pause missed is no gap yet.
    public int? WindowSize => null;

    public IHistory? History => this;

    public IEnumerable<SeriesRequest> Series(DatasetSettings settings)
    {
        foreach (var text in settings.Pairs)
        {
            var pair = PairSetting.Read(text, $"{Setting}.pairs");
            foreach (var interval in settings.Intervals)
            {
                var minutes = CandleLevels.MinutesOf(interval) ?? throw new FormatException(
                    $"{Setting}.intervals: \"{interval}\", expected some of {string.Join(", ", CandleLevels.Names)}.");
                // The running candle, the one that ended last, and those of a round's time.
                var newest = Math.Min(2 + (long)Math.Ceiling(settings.Every.TotalMinutes / minutes), Shown);
                var whole = Math.Clamp(settings.HistoryDays * (long)CandleLevels.Day / minutes, newest, Shown);
                yield return new SeriesRequest(
                    $"{text}/{interval}", Path(pair, interval, whole), Path(pair, interval, newest),
                    new ReplyContext(Pair: text, Interval: interval));
            }
        }
    }

    public SeriesRequest First(HistoryRange range) => UpTo(range, range.To);

    /// <summary>Ends at a candle that opens at or before the range's beginning, or with a page that has nothing older than the one before
    /// it: the last candle alone, which begins every page.</summary>
    public SeriesRequest? Next(HistoryRange range, SeriesRequest last, IReadOnlyList<NormalisedRecord> page, int unread = 0)
    {
        if (page.Count == 0)
        {
            return null;
        }

        var oldest = page.OfType<Candle>().Min(candle => candle.OpenTime).ToDateTimeOffset();
        var next = UpTo(range, oldest);
        return oldest <= range.From || next.Path == last.Path ? null : next;
    }

    private static SeriesRequest UpTo(HistoryRange range, DateTimeOffset time)
    {
        var pair = PairSetting.Read(range.Request.Context.Pair!, $"{Setting}.pairs");
        var path = Path(pair, range.Request.Context.Interval!, Shown);
        return range.Request with
        {
            Path = string.Create(CultureInfo.InvariantCulture, $"{path}&timestamp={time.ToUnixTimeMilliseconds()}"),
        };
    }

    private static string Path(CurrencyPair pair, string interval, long size) => string.Create(
        CultureInfo.InvariantCulture,
        $"/public/v2/chart/{pair.Quote.ToUpperInvariant()}/{pair.Target.ToUpperInvariant()}?interval={interval}&size={size}");
}
