using System.Globalization;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.CryptoQuant;

/// <summary>
/// The past forwards, by <c>from</c> and <c>to</c>, both inclusive and to the second. A page spans so much time that its rows stay far
/// below the limit, so that no row of a span can be left out.
/// </summary>
internal sealed class OnChainHistory : IHistory
{
    private const string Form = "yyyyMMdd'T'HHmmss";
    private const int RowsAsked = 10_000;

    public SeriesRequest First(HistoryRange range) => Page(range, range.From);

    public SeriesRequest? Next(HistoryRange range, SeriesRequest last, IReadOnlyList<NormalisedRecord> page, int unread = 0) =>
        DateTimeOffset.TryParseExact(
            RequestPath.Value(last.Path, "to"), Form, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var end)
        && end.AddSeconds(1) < WholeSecond(range.To)
            ? Page(range, end.AddSeconds(1))
            : null;

    private static SeriesRequest Page(HistoryRange range, DateTimeOffset from)
    {
        var most = from + SpanOf(range.Request.Context.Interval);
        var to = WholeSecond(range.To);
        var end = (most < to ? most : to).AddSeconds(-1);
        var upToLimit = range.Request.Path[..(range.Request.Path.LastIndexOf("&limit=", StringComparison.Ordinal))];
        return range.Request with
        {
            Path = string.Create(
                CultureInfo.InvariantCulture,
                $"{upToLimit}&from={from.UtcDateTime.ToString(Form, CultureInfo.InvariantCulture)}"
                + $"&to={end.UtcDateTime.ToString(Form, CultureInfo.InvariantCulture)}&limit={RowsAsked}"),
        };
    }

    /// <summary>The bound as finely as it can be asked for, never before it.</summary>
    private static DateTimeOffset WholeSecond(DateTimeOffset at) =>
        DateTimeOffset.FromUnixTimeSeconds(at.AddTicks(-1).ToUnixTimeSeconds() + 1);

    /// <summary>About a thousand rows; of blocks 36 of bitcoin's, and 7,200 of tron's, the quickest chain here.</summary>
    private static TimeSpan SpanOf(string? interval) => interval switch
    {
        "day" => TimeSpan.FromDays(1000),
        "hour" => TimeSpan.FromDays(40),
        _ => TimeSpan.FromHours(6),
    };
}
