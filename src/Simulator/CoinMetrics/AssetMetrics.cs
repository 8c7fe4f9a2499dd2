using AkkaCrypto.Simulator.Market;

namespace AkkaCrypto.Simulator.CoinMetrics;

/// <summary>The daily metrics that the community may see, from the market and its chains.</summary>
public static class AssetMetrics
{
    private static readonly Dictionary<string, Func<MarketModel, Asset, long, decimal?>> All = new(StringComparer.Ordinal)
    {
        ["AdrActCnt"] = (market, asset, day) => About(market, asset, "active", day, 900_000, 0),
        ["BlkCnt"] = (market, asset, day) => About(market, asset, "blocks", day, asset.Symbol == "btc" ? 144 : 7_150, 0),
        ["CapMrktCurUSD"] = (market, asset, day) => Math.Round(market.Supply(asset, Last(day)) * market.Price(asset, "usd", Last(day)), 10),
        ["FeeTotNtv"] = (market, asset, day) => About(market, asset, "fees", day, 13, 8),
        ["FlowInExNtv"] = (market, asset, day) => FlowOf(market, asset, day)?.Inflow,
        ["FlowOutExNtv"] = (market, asset, day) => FlowOf(market, asset, day)?.Outflow,
        ["HashRate"] = (market, asset, day) => About(market, asset, "hashrate", day, 1_050_000_000, 10),
        ["PriceUSD"] = (market, asset, day) => market.Price(asset, "usd", Last(day)),
        ["SplyCur"] = (market, asset, day) => market.Supply(asset, Last(day)),
        ["SplyExNtv"] = (market, asset, day) => FlowOf(market, asset, day)?.Reserve,
        ["TxCnt"] = (market, asset, day) => About(market, asset, "transactions", day, 400_000, 0),
    };

    /// <summary>In the order in which a reply has them.</summary>
    public static IReadOnlyCollection<string> Names { get; } = [.. All.Keys.Order(StringComparer.Ordinal)];

    /// <summary>A metric's value on a day counted since the Unix epoch; null where there are no data.</summary>
    public static decimal? ValueOf(MarketModel market, Asset asset, string metric, long day) => All[metric](market, asset, day);

    private static DateTimeOffset Last(long day) => DateTimeOffset.FromUnixTimeSeconds(((day + 1) * 86_400) - 1);

    private static Flow? FlowOf(MarketModel market, Asset asset, long day) =>
        market.OnChain.FlowOf(asset, "all_exchange", day * 24, (day + 1) * 24);

    /// <summary>A figure of about so much, plus or minus a third.</summary>
    private static decimal About(MarketModel market, Asset asset, string name, long day, decimal mean, int decimals) =>
        Math.Round(mean * ((market.OnChain.Draw(asset, "coinmetrics:" + name, day) * 2 / 3) + (2m / 3)), decimals);
}
