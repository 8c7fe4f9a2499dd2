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
    StreamingSettings Streaming,
    CandleSettings Candles,
    OnDemandSettings OnDemand,
    CoinApiSettings CoinApi,
    StreamSettings StreamDefaults,
    IReadOnlyDictionary<string, StreamSettings> Streams,
    DatasetDefaults DatasetDefaults,
    ProviderDefaults ProviderDefaults,
    IReadOnlyDictionary<string, ProviderSettings> Feeds,
    RepairSettings Repair,
    BackfillSettings Backfill,
    ScheduleDefaults ScheduleDefaults,
    IReadOnlyDictionary<string, ScheduleSettings> Schedules,
    RetentionSettings Retention,
    DiskSettings Disk,
    DeadLetterSettings DeadLetters,
    ActorSettings Actors,
    LedgerSettings Ledger,
    SimulatorSettings Simulator,
    LoggingSettings Logging,
    TelemetrySettings Telemetry);

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
    [Range(1, 1_000_000)] int MaxConcurrentReads,
    [Range(typeof(TimeSpan), "00:00:00.100", "00:00:09")] TimeSpan ShutdownGrace,
    [Range(1L, 1L << 30)] long SlowestExportBytes,
    [Range(typeof(TimeSpan), "00:00:02", "00:10:00")] TimeSpan SlowestExportGrace,
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

public sealed record MaxAgeSettings(
    TimeSpan Prices, TimeSpan Charts, TimeSpan Orderbooks, TimeSpan Onchain, TimeSpan Trades, TimeSpan Candles);

/// <summary>How candles are made of trades: <c>akkacrypto.candles</c>. All can change while running.</summary>
/// <param name="Share">Of the time, above 0 to 1.</param>
public sealed record CandleSettings(
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")] TimeSpan Every,
    [Range(0.01, 1.0)] double Share,
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")] TimeSpan Grace);

/// <summary>Asking a provider because a caller waits: see reference.conf.</summary>
public sealed record OnDemandSettings(
    bool Enabled,
    [Range(typeof(TimeSpan), "00:00:00.010", "00:10:00")] TimeSpan Wait,
    [Range(1, 100_000)] int MaxFetches,
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")] TimeSpan RememberFailures);

/// <summary>What a dataset has before its own entry: see reference.conf.</summary>
public sealed record DatasetDefaults(
    bool Enabled, string Stream, bool Socket, TimeSpan Every, IReadOnlyList<string> Pairs, IReadOnlyList<string> Assets,
    IReadOnlyList<string> Currencies, IReadOnlyList<string> Intervals, IReadOnlyList<string> Metrics, IReadOnlyList<string> Sources,
    int HistoryDays);

/// <summary>What a provider has before its own entry: see reference.conf.</summary>
public sealed record ProviderDefaults(
    bool Enabled, string? SocketUrl, string? ApiKey, bool NeedsApiKey, BudgetSettings Budget, TimeSpan Timeout, int Attempts,
    long MaxReplyBytes, CircuitSettings Circuit, IReadOnlyDictionary<string, DatasetSettings> Datasets);

/// <summary>How long what was stored is kept, by dataset; null is for ever.</summary>
public sealed record RetentionSettings(
    [Range(typeof(TimeSpan), "00:01:00", "36500.00:00:00")] TimeSpan? Trades,
    [Range(typeof(TimeSpan), "00:01:00", "36500.00:00:00")] TimeSpan? Orderbooks,
    [Range(typeof(TimeSpan), "00:01:00", "36500.00:00:00")] TimeSpan? Charts,
    [Range(typeof(TimeSpan), "00:01:00", "36500.00:00:00")] TimeSpan? Onchain,
    [Range(typeof(TimeSpan), "00:01:00", "36500.00:00:00")] TimeSpan? CoinDocuments,
    [Range(typeof(TimeSpan), "00:01:00", "36500.00:00:00")] TimeSpan? FilledGaps,
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")] TimeSpan Every,
    [Range(1, 100_000)] int BatchRows,
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")] TimeSpan Pause);

public sealed record DiskSettings(
    [Range(0L, 1L << 50)] long LowBytes,
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")] TimeSpan CheckEvery);

/// <summary>The bounds of what is kept of what could not be taken: see reference.conf.</summary>
public sealed record DeadLetterSettings(
    [Range(100L, 1_000_000_000L)] long MaxCount,
    [Range(1024L * 1024, 1L << 50)] long MaxBytes);

public sealed record SimulatorSettings(
    bool Enabled, long Seed, [Range(0, 65_535)] int Port, [Range(0.001, 10_000)] double Pace);
