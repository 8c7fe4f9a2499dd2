using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Pipeline.Feeds.Blockchaincom;

/// <summary>Blockchain.com's Charts API (blockchain.com/explorer/api/charts_api): daily figures of bitcoin's network, without a
/// key.</summary>
public sealed class BlockchaincomProvider : IProvider
{
    internal const string Provider = "blockchaincom";

    public string Name => Provider;

    public IReadOnlyDictionary<string, Normaliser> Normalisers { get; } = new Dictionary<string, Normaliser>(StringComparer.Ordinal)
    {
        ["onchain"] = ChartReplies.OnChain,
    };

    public IReadOnlyDictionary<string, IPolledDataset> Polled { get; } = new Dictionary<string, IPolledDataset>(StringComparer.Ordinal)
    {
        ["onchain"] = new Charts(),
    };

    /// <summary>Nobody has to say who they are.</summary>
    public void Authorise(HttpRequestMessage request, string? apiKey)
    {
    }

    /// <summary>One series per metric and source; the chart's end is the newest day.</summary>
    private sealed class Charts : IPolledDataset
    {
        private const string Setting = $"akkacrypto.feeds.{Provider}.datasets.onchain";

        /// <summary>Days that a later request asks for: what the provider may still correct.</summary>
        private const int LaterDays = 10;

        public int? WindowSize => null;

        public IHistory History { get; } = new ChartHistory();

        public IEnumerable<SeriesRequest> Series(DatasetSettings settings) =>
            from asset in settings.Assets
            from metric in settings.Metrics
            from source in settings.Sources
            from interval in settings.Intervals
            select Request(asset, metric, source, interval, settings.HistoryDays);

        private static SeriesRequest Request(string asset, string metric, string source, string interval, int historyDays)
        {
            if (asset != ChartNames.Asset)
            {
                throw new FormatException($"{Setting}.assets: \"{asset}\", expected {ChartNames.Asset}.");
            }

            if (ChartNames.ChartOf(metric) is not { } chart)
            {
                throw new FormatException(
                    $"{Setting}.metrics: \"{metric}\", expected one of {string.Join(", ", ChartNames.KnownMetrics)}.");
            }

            if (interval != ChartNames.Interval)
            {
                throw new FormatException($"{Setting}.intervals: \"{interval}\", expected {ChartNames.Interval}.");
            }

            return new SeriesRequest(
                $"{asset}/{metric}/{source}/{interval}",
                ChartPath.Of(chart, Math.Max(LaterDays, historyDays)),
                ChartPath.Of(chart, LaterDays),
                new ReplyContext(Asset: asset, Metric: metric, Source: source, Interval: interval));
        }
    }
}
