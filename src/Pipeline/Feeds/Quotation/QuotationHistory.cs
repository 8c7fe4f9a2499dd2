using System.Globalization;
using AkkaCrypto.Contracts.Market;

namespace AkkaCrypto.Pipeline.Feeds.Quotation;

/// <summary>
/// Candles backwards from the end of the range, by <c>to</c>: the reply holds the newest 200 that open before it. Ends at a candle that
/// opens at or before the range's beginning, or with an empty page: the market is no older.
/// </summary>
/// <param name="offset">Of the local time in which the exchange reads <c>to</c>; zero is UTC, and says so.</param>
internal sealed class CandleHistory(TimeSpan offset) : IHistory
{
    public SeriesRequest First(HistoryRange range) => Before(range, range.To);

    public SeriesRequest? Next(HistoryRange range, SeriesRequest last, IReadOnlyList<NormalisedRecord> page, int unread = 0)
    {
        if (page.Count == 0)
        {
            return null;
        }

        var oldest = page.OfType<Candle>().Min(candle => candle.OpenTime).ToDateTimeOffset();
        var next = Before(range, oldest);

        // A page that holds nothing older than the one before it would be asked for for ever.
        return oldest <= range.From || next.Path == last.Path ? null : next;
    }

    private SeriesRequest Before(HistoryRange range, DateTimeOffset to)
    {
        // Whole seconds, rounded up: the end is exclusive, and a candle too many is none too few.
        var whole = DateTimeOffset.FromUnixTimeSeconds((to.UtcTicks - DateTimeOffset.UnixEpoch.Ticks + TimeSpan.TicksPerSecond - 1)
            / TimeSpan.TicksPerSecond);
        var text = whole.ToOffset(offset).ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture);
        return range.Request with { Path = $"{range.Request.Path}&to={text}{(offset == TimeSpan.Zero ? "Z" : "")}" };
    }
}

/// <summary>What a page of trades says about where to go on.</summary>
internal static class TradePages
{
    /// <summary>The least <c>sequential_id</c> of a page: the cursor of the next. Null where the exchange gave none, so that the
    /// trades' ids are hashes.</summary>
    public static ulong? Cursor(IEnumerable<Trade> page) => page.Select(Cursor).Min();

    private static ulong? Cursor(Trade trade) =>
        ulong.TryParse(trade.TradeId, NumberStyles.None, CultureInfo.InvariantCulture, out var cursor) ? cursor : null;
}
