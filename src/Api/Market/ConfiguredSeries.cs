using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Api.Market;

/// <summary>
/// What the configuration asks providers for. A series that is configured but empty has "no data yet" (503, it will come); one that is
/// neither configured nor stored is unknown (404). Names a dataset's stream, for that says what kind of data it is.
/// </summary>
public sealed class ConfiguredSeries
{
    private readonly HashSet<string> _priceAssets;
    private readonly HashSet<string> _priceCurrencies;
    private readonly HashSet<string> _chartAssets;
    private readonly HashSet<string> _chartCurrencies;
    private readonly HashSet<string> _exchanges;
    private readonly HashSet<(string Exchange, string Pair)> _pairs;
    private readonly HashSet<string> _onChainAssets;
    private readonly HashSet<string> _onChainMetrics;
    private readonly HashSet<string> _onChainSources;
    private readonly HashSet<string> _onChainIntervals;

    public ConfiguredSeries(IReadOnlyDictionary<string, ProviderSettings> feeds)
    {
        var datasets = feeds
            .Where(feed => feed.Value.Enabled)
            .SelectMany(feed => feed.Value.Datasets.Values
                .Where(dataset => dataset.Enabled).Select(dataset => (Provider: feed.Key, dataset)))
            .ToList();
        HashSet<string> All(string stream, Func<DatasetSettings, IEnumerable<string>> list) =>
            datasets.Where(entry => entry.dataset.Stream == stream)
                .SelectMany(entry => list(entry.dataset)).ToHashSet(StringComparer.Ordinal);

        _priceAssets = All("prices", dataset => dataset.Assets);
        _priceCurrencies = All("prices", dataset => dataset.Currencies);
        _chartAssets = All("charts", dataset => dataset.Assets);
        _chartCurrencies = All("charts", dataset => dataset.Currencies);
        _onChainAssets = All("onchain", dataset => dataset.Assets);
        _onChainMetrics = All("onchain", dataset => dataset.Metrics);
        _onChainSources = All("onchain", dataset => dataset.Sources);
        // Who names no interval is asked for days.
        _onChainIntervals = All("onchain", dataset => dataset.Intervals.Count > 0 ? dataset.Intervals : ["day"]);
        _pairs = datasets.SelectMany(entry => entry.dataset.Pairs.Select(pair => (entry.Provider, pair))).ToHashSet();
        _exchanges = _pairs.Select(pair => pair.Exchange).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Of which prices or charts are asked for, by any provider that calls them by CoinGecko's ids.</summary>
    public IEnumerable<string> Assets => _priceAssets.Union(_chartAssets);

    /// <summary>In which prices or charts are asked for.</summary>
    public IEnumerable<string> Currencies => _priceCurrencies.Union(_chartCurrencies);

    public IEnumerable<string> PriceAssets => _priceAssets;

    public bool HasPriceAsset(string asset) => _priceAssets.Contains(asset);

    public bool HasPriceCurrency(string currency) => _priceCurrencies.Contains(currency);

    public bool HasChartAsset(string asset) => _chartAssets.Contains(asset);

    public bool HasChartCurrency(string currency) => _chartCurrencies.Contains(currency);

    public bool HasExchange(string exchange) => _exchanges.Contains(exchange);

    public bool HasPair(string exchange, string pair) => _pairs.Contains((exchange, pair));

    public bool HasOnChainAsset(string asset) => _onChainAssets.Contains(asset);

    public bool HasMetric(string metric) => _onChainMetrics.Contains(metric);

    public bool HasSource(string source) => _onChainSources.Contains(source);

    public bool HasOnChainInterval(string interval) => _onChainIntervals.Contains(interval);
}
