using System.ComponentModel.DataAnnotations;

namespace AkkaCrypto.Contracts.Settings;

/// <summary>One provider: <c>akkacrypto.feeds.&lt;provider&gt;</c>.</summary>
public sealed record ProviderSettings(
    bool Enabled,
    [Required(AllowEmptyStrings = false)] string BaseUrl,
    string? SocketUrl,
    string? ApiKey,
    bool NeedsApiKey,
    BudgetSettings Budget,
    [Range(typeof(TimeSpan), "00:00:00.010", "00:10:00")] TimeSpan Timeout,
    [Range(1, 20)] int Attempts,
    [Range(1024L, 1024L * 1024 * 1024)] long MaxReplyBytes,
    CircuitSettings Circuit,
    IReadOnlyDictionary<string, DatasetSettings> Datasets);

/// <summary>A provider's quota in its own units of weight: at most so much in any sliding second, minute, day and month (31 days); null is
/// no limit of that length.</summary>
public sealed record BudgetSettings(
    [Range(1, 1_000_000_000)] int? PerSecond,
    [Range(1, 1_000_000_000)] int? PerMinute,
    [Range(1, 1_000_000_000)] int? PerDay,
    [Range(1, 1_000_000_000)] int? PerMonth,
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")] TimeSpan HoldFor,
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")] TimeSpan BanFor,
    [Range(typeof(TimeSpan), "00:00:00.010", "7.00:00:00")] TimeSpan LongestHold,
    [Range(1, 1_000_000)] int MaxWaiting);

public sealed record CircuitSettings(
    [Range(2, 10_000)] int Failures,
    [Range(typeof(TimeSpan), "00:00:00.500", "01:00:00")] TimeSpan OpenFor);

/// <summary>One dataset of a provider: <c>akkacrypto.feeds.&lt;provider&gt;.datasets.&lt;dataset&gt;</c>.</summary>
public sealed record DatasetSettings(
    bool Enabled,
    [Required(AllowEmptyStrings = false)] string Stream,
    bool Socket,
    [Range(typeof(TimeSpan), "00:00:00.010", "31.00:00:00")] TimeSpan Every,
    IReadOnlyList<string> Pairs,
    IReadOnlyList<string> Assets,
    IReadOnlyList<string> Currencies,
    IReadOnlyList<string> Intervals,
    IReadOnlyList<string> Metrics,
    IReadOnlyList<string> Sources,
    [Range(0, 36_500)] int HistoryDays);
