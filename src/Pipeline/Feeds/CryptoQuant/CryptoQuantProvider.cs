using System.Globalization;
using System.Net.Http.Headers;
using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Pipeline.Feeds.CryptoQuant;

/// <summary>CryptoQuant's Data API v1 (docs.cryptoquant.com): on-chain series, with a bearer token.</summary>
public sealed class CryptoQuantProvider : IProvider
{
    private const string Provider = "cryptoquant";

    public string Name => Provider;

    public IReadOnlyDictionary<string, Normaliser> Normalisers { get; } = new Dictionary<string, Normaliser>(StringComparer.Ordinal)
    {
        ["onchain"] = OnChainSeries.Normaliser,
    };

    public IReadOnlyDictionary<string, IPolledDataset> Polled { get; } = new Dictionary<string, IPolledDataset>(StringComparer.Ordinal)
    {
        ["onchain"] = new OnChainRequests(),
    };

    public void Authorise(HttpRequestMessage request, string? apiKey)
    {
        if (!string.IsNullOrEmpty(apiKey))
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", apiKey);
        }
    }

    /// <summary>One series per asset, metric, source and interval. A reply brings the other fields of its endpoint too.</summary>
    private sealed class OnChainRequests : IPolledDataset
    {
        private const string Setting = $"akkacrypto.feeds.{Provider}.datasets.onchain";
        private const int LaterLimit = 10;
        private const int MostPoints = 100_000;

        public int? WindowSize => null;

        public IHistory History { get; } = new OnChainHistory();

        public IEnumerable<SeriesRequest> Series(DatasetSettings settings) =>
            from asset in settings.Assets
            from metric in settings.Metrics
            from source in settings.Sources
            from interval in settings.Intervals
            select Request(asset, metric, source, interval, settings.HistoryDays);

        private static SeriesRequest Request(string asset, string metric, string source, string interval, int historyDays)
        {
            var pointsPerDay = interval switch
            {
                "day" => 1,
                "hour" => 24,
                "block" => 144, // bitcoin's aim of one block in ten minutes; other chains' history is shorter by it
                _ => throw new FormatException($"{Setting}.intervals: \"{interval}\", expected day, hour or block."),
            };
            var first = (int)Math.Clamp((long)historyDays * pointsPerDay, LaterLimit, MostPoints);
            var path = MetricEndpoints.PathOf(asset, metric, source, Setting);
            return new SeriesRequest(
                $"{asset}/{metric}/{source}/{interval}",
                Windowed(path, interval, first),
                Windowed(path, interval, LaterLimit),
                new ReplyContext(Asset: asset, Metric: metric, Source: source, Interval: interval));
        }

        private static string Windowed(string path, string interval, int limit) =>
            string.Create(CultureInfo.InvariantCulture, $"{path}window={interval}&limit={limit}");
    }
}
