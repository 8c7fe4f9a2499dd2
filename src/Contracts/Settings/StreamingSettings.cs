using System.ComponentModel.DataAnnotations;

namespace AkkaCrypto.Contracts.Settings;

/// <summary>Server-sent events and the log behind them: <c>akkacrypto.streaming</c>.</summary>
public sealed record StreamingSettings(
    [Range(1, 100_000)] int MaxClients,
    [Range(1, 100_000)] int MaxClientsPerKey,
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")] TimeSpan Poll,
    [Range(typeof(TimeSpan), "00:00:00.100", "00:05:00")] TimeSpan CommentEvery,
    [Range(4L * 1024, 1L << 30)] long BufferBytes,
    [Range(1, 64)] int CatchUpReads,
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")] TimeSpan Retry,
    [Range(typeof(TimeSpan), "00:00:01", "366.00:00:00")] TimeSpan Keep,
    [Range(1L, 1_000_000_000L)] long KeepCommits);
