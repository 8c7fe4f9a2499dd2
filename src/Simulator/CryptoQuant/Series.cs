using AkkaCrypto.Simulator.Market;

namespace AkkaCrypto.Simulator.CryptoQuant;

/// <summary>One span of one series that is asked for.</summary>
/// <param name="Known">Flows already computed for the same reply: neighbouring rows share all but one of the seven in an average.</param>
/// <param name="From">First hour, counted since the Unix epoch; <paramref name="To"/> is the hour after the last.</param>
internal readonly record struct Span(
    MarketModel Market, Asset Asset, string Source, long From, long To, Dictionary<long, Flow?> Known)
{
    public DateTimeOffset Start => DateTimeOffset.FromUnixTimeSeconds(From * 3600);

    public DateTimeOffset End => DateTimeOffset.FromUnixTimeSeconds(To * 3600);

    public Flow? Flow
    {
        get
        {
            if (!Known.TryGetValue(From, out var flow))
            {
                Known[From] = flow = Market.OnChain.FlowOf(Asset, Source, From, To);
            }

            return flow;
        }
    }

    public decimal Price => Market.Price(Asset, "usd", End.AddSeconds(-1));

    public decimal Hours => To - From;

    /// <summary>A figure of about so much, plus or minus a third.</summary>
    public decimal About(string name, decimal mean, int decimals) =>
        Math.Round(mean * ((Market.OnChain.Draw(Asset, name, From) * 2 / 3) + (2m / 3)), decimals);
}

/// <param name="SourceParameter">The parameter that must say whose figures: <c>exchange</c>, <c>miner</c>; null where none is
/// needed.</param>
/// <param name="Values">The fields' values of a span, in their order; null where there are no data.</param>
internal sealed record Series(string? SourceParameter, IReadOnlyList<string> Fields, Func<Span, decimal?[]> Values)
{
    private const int AverageDays = 7;

    /// <summary>Every series, by its path below <c>/v1/{btc|eth}</c>.</summary>
    public static IReadOnlyDictionary<string, Series> All { get; } = new Dictionary<string, Series>
    {
        ["exchange-flows/inflow"] = Inflow("exchange"),
        ["exchange-flows/outflow"] = Outflow("exchange"),
        ["exchange-flows/netflow"] = Netflow("exchange"),
        ["exchange-flows/reserve"] = Reserve("exchange"),
        ["exchange-flows/transactions-count"] = new(
            "exchange", ["transactions_count_inflow", "transactions_count_outflow"],
            s => s.Flow is { } flow ? [flow.TransactionsIn, flow.TransactionsOut] : [null, null]),
        ["miner-flows/inflow"] = Inflow("miner"),
        ["miner-flows/outflow"] = Outflow("miner"),
        ["miner-flows/netflow"] = Netflow("miner"),
        ["miner-flows/reserve"] = Reserve("miner"),
        ["market-data/price-ohlcv"] = new(null, ["open", "high", "low", "close", "volume"], Candle),
        ["market-data/open-interest"] = new("exchange", ["open_interest"], s => [s.About("oi" + s.Source, s.Price * 95_000, 8)]),
        ["market-data/funding-rates"] = new("exchange", ["funding_rates"], s => [s.About("funding" + s.Source, 0.006m, 12) - 0.003m]),
        ["market-data/capitalization"] = new(
            null, ["market_cap", "realized_cap"],
            s => [Cap(s), Math.Round(Cap(s) * s.About("realized", 0.55m, 6), 8)]),
        ["network-data/supply"] = new(
            null, ["supply_total", "supply_new"],
            s => [s.Market.Supply(s.Asset, s.Start), Math.Round(s.Asset.NewPerDay * s.Hours / 24, 8)]),
        ["network-data/transactions-count"] = new(
            null, ["transactions_count_total", "transactions_count_mean"],
            s => [s.About("tx", 16_000 * s.Hours, 0), s.About("txmean", 2_600, 8)]),
        ["network-data/addresses-count"] = new(
            null, ["addresses_count_active", "addresses_count_sender", "addresses_count_receiver"],
            s => [s.About("active", 38_000 * s.Hours, 0), s.About("sender", 21_000 * s.Hours, 0),
                s.About("receiver", 24_000 * s.Hours, 0)]),
        ["network-data/fees"] = new(
            null, ["fees_block_mean", "fees_total", "fees_total_usd"],
            s => [s.About("feemean", 0.09m, 8), s.About("fees", 0.54m * s.Hours, 8),
                Math.Round(s.About("fees", 0.54m * s.Hours, 8) * s.Price, 8)]),
        ["network-data/hashrate"] = new(null, ["hashrate"], s => [s.About("hashrate", 1_050_000_000_000, 4)]),
        ["network-data/block-count"] = new(null, ["block_count"], s => [s.About("blocks", 6 * s.Hours, 0)]),
    };

    private static Series Inflow(string parameter) => Way(parameter, "inflow", f => f.Inflow, f => f.TransactionsIn);

    private static Series Outflow(string parameter) => Way(parameter, "outflow", f => f.Outflow, f => f.TransactionsOut);

    private static Series Netflow(string parameter) => new(parameter, ["netflow_total"], s => [s.Flow?.Netflow]);

    private static Series Reserve(string parameter) => new(
        parameter, ["reserve", "reserve_usd"], s => [s.Flow?.Reserve, s.Flow is { } flow ? Math.Round(flow.Reserve * s.Price, 8) : null]);

    private static Series Way(string parameter, string name, Func<Flow, decimal> total, Func<Flow, int> count) => new(
        parameter,
        [name + "_total", name + "_top10", name + "_mean", name + "_mean_ma7"],
        s => s.Flow is not { } flow
            ? [null, null, null, null]
            :
            [
                total(flow),
                Math.Round(total(flow) * s.About($"{name}top{s.Source}", 0.33m, 8), 8),
                Mean(flow, total, count),
                Average(s, f => Mean(f, total, count)),
            ]);

    private static decimal Mean(Flow flow, Func<Flow, decimal> total, Func<Flow, int> count) => Math.Round(total(flow) / count(flow), 8);

    // Over this span and the six before it, as far as they have data.
    private static decimal Average(Span span, Func<Flow, decimal> mean)
    {
        List<decimal> means = [];
        for (var back = 0; back < AverageDays; back++)
        {
            var length = span.To - span.From;
            if ((span with { From = span.From - (back * length), To = span.To - (back * length) }).Flow is { } flow)
            {
                means.Add(mean(flow));
            }
        }

        return Math.Round(means.Average(), 8);
    }

    private static decimal Cap(Span span) => Math.Round(span.Market.Supply(span.Asset, span.End.AddSeconds(-1)) * span.Price, 8);

    private static decimal?[] Candle(Span span)
    {
        decimal Price(DateTimeOffset at) => span.Market.Price(span.Asset, "usd", at);

        return
        [
            Price(span.Start), Price(span.Market.TimeOfHigh(span.Asset, "usd", span.Start, span.End)),
            Price(span.Market.TimeOfLow(span.Asset, "usd", span.Start, span.End)), span.Price,
                span.Market.Volume(span.Asset, span.Start, span.End),
        ];
    }
}
