using AkkaCrypto.Api.Caching;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.OnChain;
using AkkaCrypto.Pipeline.Market;

namespace AkkaCrypto.Api.Market;

/// <summary>The reads of the routes behind the gate that knows when the database is away.</summary>
public sealed class GuardedReads(IMarketReads reads, DatabaseGate gate) : IMarketReads
{
    public Task<IReadOnlyList<AssetPrice>> PricesAsync(
        IReadOnlyList<string> assets, IReadOnlyList<string> currencies, CancellationToken cancellationToken) =>
        gate.RunAsync(ct => reads.PricesAsync(assets, currencies, ct), cancellationToken);

    public Task<IReadOnlyList<ChartBucket>> ChartAsync(
        string asset, string currency, string interval, DateTimeOffset? from, DateTimeOffset? asOf,
        CancellationToken cancellationToken) =>
        gate.RunAsync(ct => reads.ChartAsync(asset, currency, interval, from, asOf, ct), cancellationToken);

    public Task<IReadOnlyList<ChartBucket>> ChartPageAsync(
        string asset, string currency, string interval, DateTimeOffset? from, DateTimeOffset? asOf, int most,
        CancellationToken cancellationToken) =>
        gate.RunAsync(ct => reads.ChartPageAsync(asset, currency, interval, from, asOf, most, ct), cancellationToken);

    public Task<Page<Trade>> TradesAsync(string exchange, string pair, PageRequest page, CancellationToken cancellationToken) =>
        gate.RunAsync(ct => reads.TradesAsync(exchange, pair, page, ct), cancellationToken);

    public Task<CandlePage> CandlesAsync(CandleQuery query, PageRequest page, CancellationToken cancellationToken) =>
        gate.RunAsync(ct => reads.CandlesAsync(query, page, ct), cancellationToken);

    public Task<StatedBook?> OrderBookAsync(string exchange, string pair, DateTimeOffset? at, CancellationToken cancellationToken) =>
        gate.RunAsync(ct => reads.OrderBookAsync(exchange, pair, at, ct), cancellationToken);

    public Task<bool> KnowsPairAsync(string exchange, string pair, CancellationToken cancellationToken) =>
        gate.RunAsync(ct => reads.KnowsPairAsync(exchange, pair, ct), cancellationToken);

    public Task<Page<OnChainPoint>> OnChainAsync(
        string asset, string metric, string source, string interval, PageRequest page, DateTimeOffset? asOf,
        CancellationToken cancellationToken) =>
        gate.RunAsync(ct => reads.OnChainAsync(asset, metric, source, interval, page, asOf, ct), cancellationToken);

    /// <summary>Past the gate: this is the question that it asks itself.</summary>
    public Task PingAsync(CancellationToken cancellationToken) => reads.PingAsync(cancellationToken);
}
