namespace AkkaCrypto.Contracts.Ops;

/// <summary>What a feed is doing, as <c>/admin/feeds</c> shows it.</summary>
public enum FeedState
{
    /// <summary>Asking its provider at the configured pace.</summary>
    Running,

    /// <summary>Held by the stream's <c>paused</c> setting.</summary>
    Paused,

    /// <summary>Waiting after a failure, or the provider's circuit is open.</summary>
    BackingOff,

    /// <summary>Switched off, or its provider needs a secret that isn't there.</summary>
    Disabled,
}

/// <summary>What an operator sees of one feed in <c>/admin/feeds</c>.</summary>
/// <param name="Reason">Why it is not running; null when it is.</param>
/// <param name="SeriesWithData">Of <paramref name="Series"/>, how many have committed data; all of them means ready.</param>
/// <param name="Counts">Since this process started.</param>
/// <param name="Lag">From the provider's time of a series' newest record to its commit; the largest over the series that were committed to
/// in the five minutes up to the feed's last commit.</param>
public sealed record FeedStatus(
    string Provider, string Dataset, FeedState State, string? Reason, int Series, int SeriesWithData, IngestCounts Counts, long Requests,
    long Restarts, int OpenGaps, TimeSpan? Lag, DateTimeOffset? LastSuccessAt, DateTimeOffset? LastErrorAt, string? LastError)
{
    /// <summary>The stages of its graph, in the order of the way.</summary>
    public IReadOnlyList<StageStatus> Stages { get; init; } = [];

    /// <summary>Whether its websocket is connected; null for a feed that does not listen.</summary>
    public bool? SocketConnected { get; init; }

    /// <summary>How many of its books are being put together anew; null for a feed that follows none.</summary>
    public int? BooksResyncing { get; init; }

    /// <summary>Numbers of committed replies that had more significant digits than are kept, and were rounded half-even.</summary>
    public long Rounded { get; init; }
}

/// <summary>One stage of a feed's graph: requests under way, replies waiting to be written, batches being written.</summary>
/// <param name="Depth">Elements inside at this moment.</param>
/// <param name="Left">Elements that have left it since this process started.</param>
/// <param name="Waited">How long those were in it, all together.</param>
public sealed record StageStatus(string Stage, long Depth, long Left, TimeSpan Waited);
