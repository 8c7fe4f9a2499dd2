namespace AkkaCrypto.Pipeline.Feeds.CryptoQuant;

/// <summary>Where a metric is asked for (docs.cryptoquant.com/api-reference): the endpoint below the asset, and how it calls the
/// source.</summary>
internal static class MetricEndpoints
{
    /// <summary>By the start of a metric's name; the longest that fits counts.</summary>
    private static readonly (string Start, string Endpoint, string? SourceParameter)[] Endpoints =
    [
        ("exchange_inflow", "exchange-flows/inflow", "exchange"),
        ("exchange_outflow", "exchange-flows/outflow", "exchange"),
        ("exchange_netflow", "exchange-flows/netflow", "exchange"),
        ("exchange_reserve", "exchange-flows/reserve", "exchange"),
        ("exchange_transactions_count", "exchange-flows/transactions-count", "exchange"),
        ("exchange_addresses_count", "exchange-flows/addresses-count", "exchange"),
        ("miner_inflow", "miner-flows/inflow", "miner"),
        ("miner_outflow", "miner-flows/outflow", "miner"),
        ("miner_netflow", "miner-flows/netflow", "miner"),
        ("miner_reserve", "miner-flows/reserve", "miner"),
        ("market_cap", "market-data/capitalization", null),
        ("realized_cap", "market-data/capitalization", null),
        ("supply", "network-data/supply", null),
        ("transactions_count", "network-data/transactions-count", null),
        ("addresses_count", "network-data/addresses-count", null),
        ("fees", "network-data/fees", null),
        ("hashrate", "network-data/hashrate", null),
        ("difficulty", "network-data/difficulty", null),
    ];

    /// <summary>The assets that CryptoQuant has endpoints for.</summary>
    private static readonly string[] Assets = ["bitcoin", "ethereum", "ripple", "tron"];

    /// <exception cref="FormatException">An asset or metric that CryptoQuant isn't known to have; the message names the
    /// setting.</exception>
    public static string PathOf(string asset, string metric, string source, string setting)
    {
        if (!Assets.Contains(asset) || AssetTickers.TickerOf(asset) is not { } ticker)
        {
            throw new FormatException($"{setting}.assets: \"{asset}\", expected one of {string.Join(", ", Assets)}.");
        }

        var (start, endpoint, parameter) = Endpoints.Where(entry => IsOf(metric, entry.Start))
            .OrderByDescending(entry => entry.Start.Length).FirstOrDefault();
        if (start is null)
        {
            var starts = string.Join(", ", Endpoints.Select(entry => entry.Start));
            throw new FormatException($"{setting}.metrics: \"{metric}\", expected a name that starts with one of {starts}.");
        }

        return parameter is null ? $"/{ticker}/{endpoint}?" : $"/{ticker}/{endpoint}?{parameter}={Uri.EscapeDataString(source)}&";
    }

    private static bool IsOf(string metric, string start) =>
        metric.StartsWith(start, StringComparison.Ordinal) && (metric.Length == start.Length || metric[start.Length] == '_');
}
