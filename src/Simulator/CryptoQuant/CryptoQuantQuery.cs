using System.Globalization;
using AkkaCrypto.Simulator.Market;
using Microsoft.AspNetCore.Http;

namespace AkkaCrypto.Simulator.CryptoQuant;

/// <summary>
/// The common parameters. <c>from</c> and <c>to</c> are inclusive. Only closed windows are shown. Of more rows than <c>limit</c> the newest
/// are kept, unless only <c>from</c> is given: then those that follow it, as in the provider's own example.
/// </summary>
/// <param name="First">First window, in hours since the Unix epoch; <paramref name="Rows"/> windows of <paramref name="Length"/> hours
/// follow.</param>
internal sealed record CryptoQuantQuery(string Window, int Length, long First, int Rows, bool Csv)
{
    private const int MostRows = 100_000;
    private const int DefaultRows = 100;

    private static readonly string[] Forms = ["yyyyMMdd", "yyyyMMdd'T'HHmmss"];

    /// <summary>Null where a parameter can't be read or is out of its range; the provider then answers 400.</summary>
    public static CryptoQuantQuery? Read(IQueryCollection query, DateTimeOffset now)
    {
        var window = query["window"].FirstOrDefault() ?? "day";
        var limit = DefaultRows;
        if (window is not ("day" or "hour") || query["format"].FirstOrDefault() is not (null or "json" or "csv")
            || (query["limit"].FirstOrDefault() is { } text
                && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit) || limit is < 1 or > MostRows))
            || !TryTime(query["from"].FirstOrDefault(), out var from) || !TryTime(query["to"].FirstOrDefault(), out var to))
        {
            return null;
        }

        var length = window == "day" ? 24 : 1;
        var lastClosed = (HourOf(now) / length) - 1;
        var last = to is { } end ? Math.Min(HourOf(end) / length, lastClosed) : lastClosed;
        var earliest = HourOf(MarketModel.Earliest) / length;
        var first = from is { } start ? Math.Max((HourOf(start) + length - 1) / length, earliest) : earliest;
        if (from > to)
        {
            return null;
        }

        var rows = (int)Math.Clamp(last - first + 1, 0, limit);
        var begin = from is not null && to is null ? first : last - rows + 1;
        return new CryptoQuantQuery(window, length, begin * length, rows, query["format"] == "csv");
    }

    private static long HourOf(DateTimeOffset at) => at.ToUnixTimeSeconds() / 3600;

    private static bool TryTime(string? text, out DateTimeOffset? at)
    {
        at = null;
        if (text is null)
        {
            return true;
        }

        var readable = DateTimeOffset.TryParseExact(
            text, Forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) && time >= DateTimeOffset.UnixEpoch;
        at = time;
        return readable;
    }
}
