using System.Globalization;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.OnChain;
using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Pipeline.Feeds.CoinMetrics;

/// <summary>
/// Coin Metrics' community API v4 (docs.coinmetrics.io/api/v4): daily metrics of assets without a key, 10 requests in 6 seconds and
/// address. With a key the same paths answer at the base URL of the paid API.
/// </summary>
public sealed class CoinMetricsProvider : IProvider
{
    internal const string Provider = "coinmetrics";

    public string Name => Provider;

    public IReadOnlyDictionary<string, Normaliser> Normalisers { get; } = new Dictionary<string, Normaliser>(StringComparer.Ordinal)
    {
        ["onchain"] = CoinMetricsReplies.OnChain,
        ["trades"] = CoinMetricsReplies.Trades,
        ["ws"] = CoinMetricsReplies.Stream,
    };

    public IReadOnlyDictionary<string, IPolledDataset> Polled { get; } = new Dictionary<string, IPolledDataset>(StringComparer.Ordinal)
    {
        ["onchain"] = new AssetMetrics(),
    };

    /// <summary>The documented way of the key is the parameter <c>api_key</c>.</summary>
    public void Authorise(HttpRequestMessage request, string? apiKey)
    {
        if (!string.IsNullOrEmpty(apiKey) && request.RequestUri is { } address)
        {
            var sign = address.Query.Length > 0 ? '&' : '?';
            request.RequestUri = new Uri($"{address}{sign}api_key={Uri.EscapeDataString(apiKey)}");
        }
    }

    /// <summary>One series per asset, metric, source and interval, the newest at the end of the page.</summary>
    private sealed class AssetMetrics : IPolledDataset
    {
        private const string Setting = $"akkacrypto.feeds.{Provider}.datasets.onchain";
        private const int LaterPoints = 10;
        private const int MostPoints = 10_000;

        public int? WindowSize => null;

        public IHistory History { get; } = new AssetMetricHistory();

        public IEnumerable<SeriesRequest> Series(DatasetSettings settings) =>
            from asset in settings.Assets
            from metric in settings.Metrics
            from source in settings.Sources
            from interval in settings.Intervals
            select Request(asset, metric, source, interval, settings.HistoryDays);

        private static SeriesRequest Request(string asset, string metric, string source, string interval, int historyDays)
        {
            if (AssetTickers.TickerOf(asset) is not { } ticker)
            {
                throw new FormatException($"{Setting}.assets: \"{asset}\", expected one of {string.Join(", ", AssetTickers.KnownIds)}.");
            }

            if (MetricNames.TheirsOf(metric) is not { } theirs)
            {
                throw new FormatException(
                    $"{Setting}.metrics: \"{metric}\", expected one of {string.Join(", ", MetricNames.KnownNames)}.");
            }

            var (frequency, pointsPerDay) = interval switch
            {
                "day" => ("1d", 1),
                "hour" => ("1h", 24),
                "block" => ("1b", 144), // bitcoin's aim of one block in ten minutes; other chains' history is shorter by it
                _ => throw new FormatException($"{Setting}.intervals: \"{interval}\", expected day, hour or block."),
            };
            var first = (int)Math.Clamp((long)historyDays * pointsPerDay, LaterPoints, MostPoints);
            var path = $"/timeseries/asset-metrics?assets={ticker}&metrics={theirs}&frequency={frequency}&paging_from=end";
            return new SeriesRequest(
                $"{asset}/{metric}/{source}/{interval}",
                string.Create(CultureInfo.InvariantCulture, $"{path}&page_size={first}"),
                string.Create(CultureInfo.InvariantCulture, $"{path}&page_size={LaterPoints}"),
                new ReplyContext(Asset: asset, Metric: metric, Source: source, Interval: interval));
        }
    }
}

/// <summary>
/// The past forwards, by <c>start_time</c> (the first page's inclusive, a later one's not) and <c>end_time</c> (never inclusive), as many
/// points a page as the API gives. A page goes on after the last point of the one before.
/// </summary>
internal sealed class AssetMetricHistory : IHistory
{
    private const int MostPoints = 10_000;

    public SeriesRequest First(HistoryRange range) => Page(range, Text(range.From), isInclusive: true);

    public SeriesRequest? Next(HistoryRange range, SeriesRequest last, IReadOnlyList<NormalisedRecord> page, int unread = 0)
    {
        var times = page.OfType<OnChainPoint>().Select(point => point.Time).ToList();
        return times.Count == 0 || times.Count + unread < MostPoints ? null : Page(range, times.Max().ToString(), isInclusive: false);
    }

    private static SeriesRequest Page(HistoryRange range, string start, bool isInclusive)
    {
        var path = range.Request.Path;
        var upToPaging = path[..path.IndexOf("&paging_from=", StringComparison.Ordinal)];
        return range.Request with
        {
            Path = string.Create(
                CultureInfo.InvariantCulture,
                $"{upToPaging}&start_time={Uri.EscapeDataString(start)}&start_inclusive={(isInclusive ? "true" : "false")}"
                + $"&end_time={Uri.EscapeDataString(Text(range.To))}&end_inclusive=false&paging_from=start&page_size={MostPoints}"),
        };
    }

    private static string Text(DateTimeOffset at) =>
        at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);
}
