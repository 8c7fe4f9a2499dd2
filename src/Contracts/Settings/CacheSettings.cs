using System.ComponentModel.DataAnnotations;

namespace AkkaCrypto.Contracts.Settings;

/// <summary>What answers are kept, how long and how much of them: <c>akkacrypto.cache</c>.</summary>
public sealed record CacheSettings(
    [Range(16, 10_000_000)] int MaxEntries,
    [Range(1024L * 1024, 1L << 40)] long MaxBytes,
    [Range(1L, 1L << 30)] long CompressFromBytes,
    [Range(0, 10_000)] int MaxRefreshes,
    CacheTtlSettings Prices,
    CacheTtlSettings Charts,
    CacheTtlSettings Trades,
    CacheTtlSettings Candles,
    CacheTtlSettings Orderbooks,
    CacheTtlSettings Onchain);

/// <summary>How long the answers of one dataset are served from where: see reference.conf.</summary>
/// <param name="MemoryTtl">Zero: each request reads below; those at the same moment share one read.</param>
/// <param name="RedisTtl">Null: not kept in Redis.</param>
/// <param name="StaleIfError">Past the dataset's age limit; zero: never.</param>
public sealed record CacheTtlSettings(
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")] TimeSpan MemoryTtl,
    [Range(typeof(TimeSpan), "00:00:01", "31.00:00:00")] TimeSpan? RedisTtl,
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")] TimeSpan RefreshAhead,
    [Range(typeof(TimeSpan), "00:00:00", "31.00:00:00")] TimeSpan StaleIfError);
