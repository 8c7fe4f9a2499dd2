using System.Globalization;
using System.Text;
using AkkaCrypto.Simulator.Market;
using Microsoft.AspNetCore.Http;

namespace AkkaCrypto.Simulator.CoinMetrics;

/// <summary>What a request for metrics asks for.</summary>
/// <param name="First">First day of the span counted since the Unix epoch; <paramref name="Last"/> is its last.</param>
/// <param name="Forbidden">Why the community may not see it; null where it may.</param>
internal sealed record MetricsQuery(
    IReadOnlyList<Asset> Assets, IReadOnlyList<string> Metrics, long First, long Last, int PageSize, bool FromEnd, string? After,
    string? Forbidden)
{
    private const int MostPerPage = 10_000;
    private const int DefaultPerPage = 100;
    private const long SecondsPerDay = 86_400;

    private static readonly string[] Simulated = ["btc", "eth"];

    public static (MetricsQuery? Asked, string Fault) Read(IQueryCollection query, DateTimeOffset now)
    {
        static (MetricsQuery?, string) Bad(string parameter, string why) => (null, $"Bad parameter '{parameter}'. {why}");

        var assets = Names(query["assets"]).Select(Catalogue.BySymbol).ToList();
        var metrics = Names(query["metrics"]);
        var size = DefaultPerPage;
        if (assets.Count == 0 || assets.Exists(asset => asset is null || !Simulated.Contains(asset.Symbol)))
        {
            return Bad("assets", "All requested assets are not supported.");
        }

        if (metrics.Count == 0)
        {
            return Bad("metrics", "Missing.");
        }

        if (query["page_size"].FirstOrDefault() is { } text
            && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out size) || size is < 1 or > MostPerPage))
        {
            return Bad("page_size", $"Must be at most {MostPerPage}.");
        }

        if (query["paging_from"].FirstOrDefault() is not (null or "start" or "end"))
        {
            return Bad("paging_from", "Must be start or end.");
        }

        if (!TryDay(query, "start", 0, out var first) || !TryDay(query, "end", long.MaxValue / SecondsPerDay, out var last))
        {
            return Bad("start_time", "Must be a time in ISO 8601.");
        }

        var lastClosed = (now.ToUnixTimeSeconds() / SecondsPerDay) - 1;
        return (new MetricsQuery(
            assets!, [.. metrics.Order(StringComparer.Ordinal)], Math.Max(first, MarketModel.Earliest.ToUnixTimeSeconds() / SecondsPerDay),
            Math.Min(last, lastClosed), size, query["paging_from"] != "start", query["next_page_token"].FirstOrDefault(),
            ForbiddenBy(query["frequency"].FirstOrDefault() ?? "1d", metrics, assets[0]!)), "");
    }

    public static string Text(long day) => DateTimeOffset.FromUnixTimeSeconds(day * SecondsPerDay).UtcDateTime
        .ToString("yyyy-MM-dd'T'HH:mm:ss'.000000000Z'", CultureInfo.InvariantCulture);

    /// <summary>Every row of the span that is still to come, oldest first within each asset.</summary>
    public List<(Asset Asset, long Day)> Rows()
    {
        List<(Asset Asset, long Day)> rows =
        [
            .. from asset in Assets.OrderBy(asset => asset.Symbol, StringComparer.Ordinal)
               from offset in Enumerable.Range(0, (int)Math.Max(0, Last - First + 1))
               select (asset, First + offset),
        ];
        var told = After is null ? -1 : rows.FindIndex(row => TokenAfter(row) == After);
        return told < 0 ? rows : FromEnd ? rows[..told] : rows[(told + 1)..];
    }

    public string TokenAfter((Asset Asset, long Day) row) =>
        "0." + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{row.Asset.Symbol}|{Text(row.Day)}")).TrimEnd('=');

    private static string? ForbiddenBy(string frequency, List<string> metrics, Asset asset)
    {
        var metric = frequency == "1d" ? metrics.Find(name => !AssetMetrics.Names.Contains(name)) : metrics[0];
        return metric is null
            ? null
            : $"Requested metric '{metric}' with frequency '{frequency}' for asset '{asset.Symbol}' is not available with "
                + "supplied credentials.";
    }

    private static List<string> Names(string? list) =>
        [.. (list ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct()];

    /// <summary>The first or last day that a bound lets in; days are named by their midnight.</summary>
    private static bool TryDay(IQueryCollection query, string bound, long without, out long day)
    {
        day = without;
        if (query[bound + "_time"].FirstOrDefault() is not { } text)
        {
            return true;
        }

        // Nanoseconds are finer than a DateTime holds; midnights have none.
        var cut = text.Length > 27 && text.EndsWith('Z') ? text[..27] + "Z" : text;
        if (!DateTimeOffset.TryParse(cut, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at))
        {
            return false;
        }

        var (isStart, isInclusive) = (bound == "start", query[bound + "_inclusive"] != "false");
        var midnight = at.UtcTicks % TimeSpan.TicksPerDay == 0;
        day = (long)Math.Floor((at - DateTimeOffset.UnixEpoch).TotalDays);
        day += isStart && (!midnight || !isInclusive) ? 1 : !isStart && midnight && !isInclusive ? -1 : 0;
        return true;
    }
}
