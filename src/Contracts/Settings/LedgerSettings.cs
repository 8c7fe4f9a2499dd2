using System.ComponentModel.DataAnnotations;

namespace AkkaCrypto.Contracts.Settings;

/// <summary>The wallets: <c>akkacrypto.ledger</c>.</summary>
public sealed record LedgerSettings(
    [Range(1, 1024)] int Shards,
    [Range(2, 1000)] int MaxPoolSize,
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")] TimeSpan CommitTimeout,
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")] TimeSpan InFlightWait,
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")] TimeSpan SettleEvery,
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")] TimeSpan ExpireHoldsEvery,
    [Range(typeof(TimeSpan), "00:01:00", "3660.00:00:00")] TimeSpan KeepKeys,
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")] TimeSpan PurgeEvery,
    [Range(1, 100_000)] int PurgeRows,
    string? SigningKey,
    string? SigningKeyFile,
    IReadOnlyDictionary<string, int> Currencies);
