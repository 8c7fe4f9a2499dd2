using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.OnChain;
using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.Pipeline.OnChain;
using Npgsql;

namespace AkkaCrypto.Api.Market;

/// <summary>The reads of the routes over the stores in Postgres.</summary>
public sealed class StoredReads(
    NpgsqlDataSource database, PairCatalogue pairs, PriceStore prices, ChartStore charts, TradeStore trades, OrderBookStore books,
    OnChainStore onChain, CandleStore candles) : IMarketReads
{
    public Task<IReadOnlyList<AssetPrice>> PricesAsync(
        IReadOnlyList<string> assets, IReadOnlyList<string> currencies, CancellationToken cancellationToken) =>
        prices.ReadAsync(assets, currencies, cancellationToken);

    public Task<IReadOnlyList<ChartBucket>> ChartAsync(
        string asset, string currency, string interval, DateTimeOffset? from, DateTimeOffset? asOf,
        CancellationToken cancellationToken) =>
        charts.ReadAsync(asset, currency, interval, from, asOf, cancellationToken);

    public Task<IReadOnlyList<ChartBucket>> ChartPageAsync(
        string asset, string currency, string interval, DateTimeOffset? from, DateTimeOffset? asOf, int most,
        CancellationToken cancellationToken) =>
        charts.ReadAsync(asset, currency, interval, from, asOf, most, cancellationToken);

    public Task<Page<Trade>> TradesAsync(string exchange, string pair, PageRequest page, CancellationToken cancellationToken) =>
        trades.ReadAsync(exchange, pair, page, cancellationToken);

    public Task<CandlePage> CandlesAsync(CandleQuery query, PageRequest page, CancellationToken cancellationToken) =>
        candles.ReadAsync(query, page, cancellationToken);

    public Task<StatedBook?> OrderBookAsync(string exchange, string pair, DateTimeOffset? at, CancellationToken cancellationToken) =>
        books.ReadStatedAsync(exchange, pair, at, cancellationToken);

    public async Task<bool> KnowsPairAsync(string exchange, string pair, CancellationToken cancellationToken) =>
        await pairs.FindAsync(exchange, pair, cancellationToken) is not null;

    public Task<Page<OnChainPoint>> OnChainAsync(
        string asset, string metric, string source, string interval, PageRequest page, DateTimeOffset? asOf,
        CancellationToken cancellationToken) =>
        onChain.ReadAsync(asset, metric, source, interval, page, asOf, cancellationToken);

    public async Task PingAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("SELECT 1");
        await command.ExecuteScalarAsync(cancellationToken);
    }
}
