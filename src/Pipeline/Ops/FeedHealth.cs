using AkkaCrypto.Contracts.Ops;

namespace AkkaCrypto.Pipeline.Ops;

/// <summary>What one feed has done and how it is; written by its graph, read by operators. Safe for concurrent use.</summary>
public sealed class FeedHealth(string provider, string dataset, string? disabledBecause, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _withData = new(StringComparer.Ordinal);
    private FeedState _state = disabledBecause is null ? FeedState.Running : FeedState.Disabled;
    private string? _reason = disabledBecause;
    private IngestCounts _counts;
    private long _requests;
    private long _restarts;
    private int _openGaps;
    private TimeSpan? _lag;
    private DateTimeOffset? _lastSuccessAt;
    private DateTimeOffset? _lastErrorAt;
    private string? _lastError;

    /// <summary>Whether the settings let it run; what does not run never changes its state.</summary>
    public bool IsEnabled { get; } = disabledBecause is null;

    /// <summary>A series has committed data, from this run or an earlier one.</summary>
    public void HasData(string series)
    {
        lock (_gate)
        {
            _withData.Add(series);
        }
    }

    /// <summary>How many gaps of the feed are open as of now.</summary>
    public void HasGaps(int open) => Volatile.Write(ref _openGaps, open);

    public void FoundGap() => Interlocked.Increment(ref _openGaps);

    public void Asked() => Interlocked.Increment(ref _requests);

    public void Paused() => Change(FeedState.Paused, "paused by the stream's setting");

    public void Resumed()
    {
        lock (_gate)
        {
            if (_state == FeedState.Paused)
            {
                (_state, _reason) = (FeedState.Running, null);
            }
        }
    }

    public void Committed(IngestCounts counts, DateTimeOffset? newest)
    {
        var now = time.GetUtcNow();
        lock (_gate)
        {
            _counts += counts;
            _lastSuccessAt = now;
            (_state, _reason) = (FeedState.Running, null);
            if (newest is { } at)
            {
                _lag = now - at;
            }
        }
    }

    /// <summary>Something failed and will be tried again.</summary>
    public void Failed(string error)
    {
        lock (_gate)
        {
            (_lastError, _lastErrorAt) = (error, time.GetUtcNow());
            (_state, _reason) = (FeedState.BackingOff, error);
        }
    }

    public void Restarted(string error)
    {
        Interlocked.Increment(ref _restarts);
        Failed(error);
    }

    public FeedStatus Status(IReadOnlyCollection<string> series)
    {
        lock (_gate)
        {
            return new FeedStatus(
                provider, dataset, _state, _reason, series.Count, series.Count(_withData.Contains), _counts,
                Interlocked.Read(ref _requests),
                Interlocked.Read(ref _restarts), Volatile.Read(ref _openGaps), _lag, _lastSuccessAt, _lastErrorAt, _lastError);
        }
    }

    private void Change(FeedState state, string reason)
    {
        lock (_gate)
        {
            (_state, _reason) = (state, reason);
        }
    }
}
