using System.ComponentModel.DataAnnotations;

namespace AkkaCrypto.Contracts.Settings;

/// <summary>
/// The whole of <c>akkacrypto</c> in HOCON: a parameter <c>BatchSize</c> is the setting <c>batch-size</c>. There are no defaults here; they
/// stand in hocon/reference.conf, beside the sentence that explains them. A <c>long</c> whose name ends in <c>Bytes</c> is a size
/// (<c>4MiB</c>), a <c>TimeSpan</c> a duration (<c>250ms</c>).
/// </summary>
public sealed record AkkaCryptoSettings(
    [Required(AllowEmptyStrings = false)] string Profile,
    [Required(AllowEmptyStrings = false)] string DataDir,
    NodeSettings Node,
    HttpSettings Http,
    PostgresSettings Postgres,
    RedisSettings Redis,
    AuthSettings Auth,
    QuotaSettings Quota,
    CacheSettings Cache,
    MaxAgeSettings MaxAge,
    StreamSettings StreamDefaults,
    IReadOnlyDictionary<string, StreamSettings> Streams,
    DatasetDefaults DatasetDefaults,
    ProviderDefaults ProviderDefaults,
    IReadOnlyDictionary<string, ProviderSettings> Feeds,
    RepairSettings Repair,
    BackfillSettings Backfill,
    ScheduleDefaults ScheduleDefaults,
    IReadOnlyDictionary<string, ScheduleSettings> Schedules,
    SimulatorSettings Simulator,
    LoggingSettings Logging);

public enum NodeRole
{
    Api,
    Feeds,
    Wallets,
}

public sealed record NodeSettings([MinLength(1)] IReadOnlyList<NodeRole> Roles);

public sealed record HttpSettings(
    [Required(AllowEmptyStrings = false)] string Host,
    [Range(0, 65_535)] int Port,
    [Range(1024L, 1024L * 1024 * 1024)] long MaxBodyBytes,
    [Range(1, 1_000_000)] int MaxConcurrentRequests,
    [Range(typeof(TimeSpan), "00:00:00.100", "00:00:09")] TimeSpan ShutdownGrace,
    IReadOnlyList<string> CorsOrigins);

public sealed record PostgresSettings(
    string? ConnectionString,
    [Range(4, 1000)] int MaxPoolSize,
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")] TimeSpan CommandTimeout,
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")] TimeSpan StartTimeout);

public sealed record RedisSettings(
    string? State,
    string? Cache,
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")] TimeSpan CallTimeout,
    [Range(8L * 1024 * 1024, 1L << 40)] long CacheMaxMemoryBytes);

public sealed record AuthSettings(IReadOnlyList<ApiKeySettings> ApiKeys, string? AdminKey);

public enum ApiRole
{
    User,
    Admin,
}

public sealed record ApiKeySettings(
    [Required(AllowEmptyStrings = false)] string Id,
    [Required(AllowEmptyStrings = false)] string Key,
    ApiRole Role,
    [Required(AllowEmptyStrings = false)] string Tier,
    [Required(AllowEmptyStrings = false)] string Tenant);

public sealed record QuotaSettings(
    IReadOnlyDictionary<string, TierSettings> Tiers, [Range(1, 100_000_000)] int InvalidRequestsPerMinute);

public sealed record TierSettings([Range(1, 100_000_000)] int? RequestsPerMinute);

public sealed record CacheSettings([Range(16, 10_000_000)] int MaxEntries, CacheTtlSettings Prices, CacheTtlSettings Charts);

public sealed record CacheTtlSettings(
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")] TimeSpan MemoryTtl,
    [Range(typeof(TimeSpan), "00:00:01", "31.00:00:00")] TimeSpan RedisTtl);

public sealed record MaxAgeSettings(TimeSpan Prices, TimeSpan Charts, TimeSpan Orderbooks, TimeSpan Onchain, TimeSpan Trades);

/// <summary>What a dataset has before its own entry: see reference.conf.</summary>
public sealed record DatasetDefaults(
    bool Enabled, string Stream, bool Socket, TimeSpan Every, IReadOnlyList<string> Pairs, IReadOnlyList<string> Assets,
    IReadOnlyList<string> Currencies, IReadOnlyList<string> Intervals, IReadOnlyList<string> Metrics, IReadOnlyList<string> Sources,
    int HistoryDays);

/// <summary>What a provider has before its own entry: see reference.conf.</summary>
public sealed record ProviderDefaults(
    bool Enabled, string? SocketUrl, string? ApiKey, bool NeedsApiKey, BudgetSettings Budget, TimeSpan Timeout, int Attempts, long MaxReplyBytes,
    CircuitSettings Circuit, IReadOnlyDictionary<string, DatasetSettings> Datasets);

public sealed record SimulatorSettings(
    bool Enabled, long Seed, [Range(0, 65_535)] int Port, [Range(0.001, 10_000)] double Pace);

public sealed record LoggingSettings(
    [RegularExpression("verbose|debug|information|warning|error")] string Level,
    [Required(AllowEmptyStrings = false)] string Folder,
    [Range(64L * 1024, 1L << 40)] long FileMaxBytes,
    [Range(1, 10_000)] int FilesKept);
