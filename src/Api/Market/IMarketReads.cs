using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.OnChain;
using AkkaCrypto.Pipeline.Market;

namespace AkkaCrypto.Api.Market;

/// <summary>What the routes read of the database. Real: <see cref="StoredReads"/>; the tests bring a twin in memory.</summary>
public interface IMarketReads
{
    /// <summary>What is stored of the product of the two lists, in no order.</summary>
    Task<IReadOnlyList<AssetPrice>> PricesAsync(
        IReadOnlyList<string> assets, IReadOnlyList<string> currencies, CancellationToken cancellationToken);

    /// <summary>Buckets from <paramref name="from"/> (null: the first), oldest first; as known at <paramref name="asOf"/> (null:
    /// now).</summary>
    Task<IReadOnlyList<ChartBucket>> ChartAsync(
        string asset, string currency, string interval, DateTimeOffset? from, DateTimeOffset? asOf, CancellationToken cancellationToken);

    /// <summary>The first <paramref name="most"/> of what <see cref="ChartAsync"/> gives.</summary>
    Task<IReadOnlyList<ChartBucket>> ChartPageAsync(
        string asset, string currency, string interval, DateTimeOffset? from, DateTimeOffset? asOf, int most,
        CancellationToken cancellationToken);

    Task<Page<Trade>> TradesAsync(string exchange, string pair, PageRequest page, CancellationToken cancellationToken);

    Task<CandlePage> CandlesAsync(CandleQuery query, PageRequest page, CancellationToken cancellationToken);

    /// <summary>The newest snapshot at or before <paramref name="at"/> with its state (null: the book as it is now), or null.</summary>
    Task<StatedBook?> OrderBookAsync(string exchange, string pair, DateTimeOffset? at, CancellationToken cancellationToken);

    /// <summary>Whether anything was ever stored for the pair.</summary>
    Task<bool> KnowsPairAsync(string exchange, string pair, CancellationToken cancellationToken);

    /// <param name="asOf">As known then; null: now.</param>
    Task<Page<OnChainPoint>> OnChainAsync(
        string asset, string metric, string source, string interval, PageRequest page, DateTimeOffset? asOf,
        CancellationToken cancellationToken);

    /// <summary>Ends when the database answers, else throws what it met.</summary>
    Task PingAsync(CancellationToken cancellationToken);
}
