using System.Globalization;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Pipeline.Feeds.Quotation;

namespace AkkaCrypto.Pipeline.Feeds.Upbit;

/// <summary>
/// Trades backwards, day by day of UTC, of today and the seven days before: <c>days_ago</c> picks the day (none: the newest), <c>to</c> a
/// time of that day, <c>cursor</c> continues below a <c>sequential_id</c>. The first page is the newest, for only the exchange knows what
/// day it has; from its date the walk jumps to the day where the range ends, so that a range of last week costs no page of this one.
/// </summary>
internal sealed class UpbitTradeHistory : IHistory
{
    private const int MostDaysAgo = 7;
    private const string DaysAgo = "&days_ago=";

    public SeriesRequest First(HistoryRange range) => range.Request;

    public SeriesRequest? Next(HistoryRange range, SeriesRequest last, IReadOnlyList<NormalisedRecord> page, int unread = 0)
    {
        var daysAgo = DaysAgoOf(last.Path);
        var trades = page.OfType<Trade>().ToList();
        if (trades.Count == 0)
        {
            return OfDay(range, daysAgo + 1);
        }

        var oldest = trades.Min(trade => trade.Time).ToDateTimeOffset();
        if (oldest < range.From)
        {
            return null;
        }

        // The range's last instant; the tick is what makes an end at midnight belong to the day before.
        var end = range.To.ToUniversalTime().AddTicks(-1);
        var days = (oldest.UtcDateTime.Date - end.UtcDateTime.Date).Days;
        if (days > 0 || (oldest > end && last.Path == range.Request.Path))
        {
            return OfDay(range, daysAgo + days, end);
        }

        if (TradePages.Cursor(trades) is not { } cursor)
        {
            return null; // replies without ids can't be continued
        }

        return Of(range, daysAgo, string.Create(CultureInfo.InvariantCulture, $"&cursor={cursor}"));
    }

    private static SeriesRequest? OfDay(HistoryRange range, int daysAgo, DateTimeOffset? end = null)
    {
        if (daysAgo > MostDaysAgo)
        {
            return null;
        }

        // "to" has whole seconds: the next one, so that the last second is not cut; without one, the day's end.
        var to = end is { } at && at.UtcDateTime.Date == at.UtcDateTime.AddSeconds(1).Date
            ? "&to=" + at.UtcDateTime.AddSeconds(1).ToString("HHmmss", CultureInfo.InvariantCulture)
            : "";
        return Of(range, daysAgo, to);
    }

    private static SeriesRequest Of(HistoryRange range, int daysAgo, string place)
    {
        var day = daysAgo == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{DaysAgo}{daysAgo}");
        return range.Request with { Path = $"{range.Request.Path}{day}{place}" };
    }

    private static int DaysAgoOf(string path)
    {
        var at = path.IndexOf(DaysAgo, StringComparison.Ordinal);
        return at < 0 ? 0 : path[at + DaysAgo.Length] - '0'; // one digit: 1 to 7
    }
}
