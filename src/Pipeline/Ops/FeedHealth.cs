using AkkaCrypto.Contracts.Ops;

namespace AkkaCrypto.Pipeline.Ops;

/// <summary>What one feed has done and how it is; written by its graph, read by operators. Safe for concurrent use.</summary>
public sealed class FeedHealth(string provider, string dataset, string? disabledBecause, TimeProvider time)
{
    /// <summary>Of a series that gets nothing newer for so long while others do, the lag says nothing any more.</summary>
    private static readonly TimeSpan LagsCountFor = TimeSpan.FromMinutes(5);

    private readonly Lock _gate = new();
    private readonly HashSet<string> _withData = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (DateTimeOffset At, TimeSpan Lag)> _lags = new(StringComparer.Ordinal);
    private FeedState _state = disabledBecause is null ? FeedState.Running : FeedState.Disabled;
    private string? _reason = disabledBecause;
    private string? _pausedBecause;
    private IngestCounts _counts;
    private long _requests;
    private long _restarts;
    private long _rounded;
    private int _openGaps;
    private DateTimeOffset? _lastSuccessAt;
    private DateTimeOffset? _lastErrorAt;
    private string? _lastError;
    private bool? _listens;
    private int? _booksResyncing;

    /// <summary>Requests under way, their waits for budget and retries included.</summary>
    public StageMeter Fetching { get; } = new("fetch", time);

    /// <summary>Replies between their fetch and their write.</summary>
    public StageMeter Waiting { get; } = new("buffer", time);

    /// <summary>Batches on their way to the commit.</summary>
    public StageMeter Writing { get; } = new("write", time);

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

    /// <summary>One more gap is in the register.</summary>
    public void FoundGap() => Interlocked.Increment(ref _openGaps);

    /// <summary>The provider is asked for one series; how many attempts that takes is the client's.</summary>
    public void Asked() => Interlocked.Increment(ref _requests);

    /// <summary>Held, whatever else becomes of what is under way.</summary>
    public void Paused(string reason) => Volatile.Write(ref _pausedBecause, reason);

    public void Resumed() => Volatile.Write(ref _pausedBecause, null);

    /// <summary>Whether its websocket is connected; null where it has none, or none is wanted.</summary>
    public void Listens(bool? isConnected)
    {
        lock (_gate)
        {
            _listens = isConnected;
        }
    }

    /// <summary>How many of the books that it follows are resyncing; null where it follows none.</summary>
    public void Resyncing(int? books)
    {
        lock (_gate)
        {
            _booksResyncing = books;
        }
    }

    /// <summary>What became of the records of one transaction.</summary>
    /// <param name="rounded">Numbers in them that were longer than is kept.</param>
    public void Counted(IngestCounts counts, int rounded)
    {
        lock (_gate)
        {
            _counts += counts;
            _rounded += rounded;
        }
    }

    /// <summary>A reply that could be read is committed: the feed does what it is there for.</summary>
    /// <param name="newest">The provider's time of each series' newest record; a series that it brought nothing newer is not in it.</param>
    public void Committed(IReadOnlyCollection<KeyValuePair<string, DateTimeOffset>> newest)
    {
        var now = time.GetUtcNow();
        lock (_gate)
        {
            _lastSuccessAt = now;
            (_state, _reason) = (FeedState.Running, null);
            if (newest.Count == 0)
            {
                return;
            }

            foreach (var (series, at) in newest)
            {
                _lags[series] = (now, now - at);
            }

            // Counted from this commit, not from the clock: a feed that rests keeps what it last told.
            foreach (var series in _lags.Where(of => now - of.Value.At > LagsCountFor).Select(of => of.Key).ToList())
            {
                _lags.Remove(series);
            }
        }
    }

    /// <summary>Something failed and will be tried again.</summary>
    /// <returns>Whether that is news: the same trouble in a row is told to people once.</returns>
    public bool Failed(string error)
    {
        lock (_gate)
        {
            var isNews = _state != FeedState.BackingOff || _lastError != error;
            (_lastError, _lastErrorAt) = (error, time.GetUtcNow());
            (_state, _reason) = (FeedState.BackingOff, error);
            return isNews;
        }
    }

    /// <summary>The graph itself failed and starts anew.</summary>
    public void Restarted(string error)
    {
        Interlocked.Increment(ref _restarts);
        Failed(error);
    }

    /// <param name="series">Those that the settings ask for as of now.</param>
    public FeedStatus Status(IReadOnlyCollection<string> series)
    {
        lock (_gate)
        {
            var paused = IsEnabled ? Volatile.Read(ref _pausedBecause) : null;
            var (state, reason) = paused is null ? (_state, _reason) : (FeedState.Paused, paused);
            return new FeedStatus(
                provider, dataset, state, reason, series.Count, series.Count(_withData.Contains), _counts, Interlocked.Read(ref _requests),
                Interlocked.Read(ref _restarts), Volatile.Read(ref _openGaps),
                _lags.Count > 0 ? _lags.Values.Max(of => of.Lag) : null, _lastSuccessAt, _lastErrorAt, _lastError)
            {
                Stages = [Fetching.Status(), Waiting.Status(), Writing.Status()],
                SocketConnected = _listens,
                BooksResyncing = _booksResyncing,
                Rounded = _rounded,
            };
        }
    }
}
