using AkkaCrypto.Pipeline.Feeds;

namespace AkkaCrypto.Pipeline.Stages;

/// <summary>One request that is due.</summary>
/// <param name="WholeHistory">Ask for all the history that the settings want, not only for the newest.</param>
public sealed record Ask(SeriesRequest Request, bool WholeHistory)
{
    /// <summary>Who waits for it.</summary>
    public RequestPriority Priority { get; init; } = RequestPriority.Schedule;

    public string Path => WholeHistory ? Request.FirstPath : Request.Path;
}

/// <summary>
/// What one feed asks for, round by round. Each series is asked for its whole history until that has been committed once, and again a day
/// later: so a first start, a long absence and a provider's late corrections are all made good by the same request. A series that could not
/// be had is asked for again before the next round, alone: rounds may be hours apart.
/// </summary>
public sealed class Rounds(Feed feed, TimeProvider time)
{
    private static readonly TimeSpan WholeHistoryEvery = TimeSpan.FromDays(1);
    private static readonly TimeSpan LookAgainWhilePaused = TimeSpan.FromSeconds(1);

    /// <summary>After the first failure; doubled with each that follows, and no longer than to the next round.</summary>
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, DateTimeOffset> _wholeAt = new(StringComparer.Ordinal);
    private readonly HashSet<string> _failed = new(StringComparer.Ordinal);
    private volatile bool _pausedLast;
    private DateTimeOffset? _roundAt;
    private DateTimeOffset _askedAt;
    private TimeSpan _retryAfter = FirstRetry;

    /// <summary>From the last asks to the next: to the next round, or sooner to what has failed. A paused feed looks often whether it
    /// still is, so that it goes on at once.</summary>
    public TimeSpan Every
    {
        get
        {
            if (_pausedLast || feed.Stream.Paused)
            {
                return LookAgainWhilePaused;
            }

            lock (_wholeAt)
            {
                var toRound = (_roundAt ?? _askedAt) + feed.Settings.Every - _askedAt;
                return _failed.Count > 0 && _retryAfter < toRound ? _retryAfter : toRound;
            }
        }
    }

    /// <summary>One ask for each series, or between two rounds for each that has failed; none while the feed is paused.</summary>
    public IReadOnlyList<Ask> Next()
    {
        if (feed.Stream.Paused)
        {
            _pausedLast = true;
            lock (_wholeAt)
            {
                _roundAt = null; // who goes on again begins with a round
            }

            feed.Health.Paused(feed.HeldBecause ?? "paused by the stream's setting");
            return [];
        }

        _pausedLast = false;
        feed.Health.Resumed();
        var now = time.GetUtcNow();
        var before = now - WholeHistoryEvery;
        lock (_wholeAt)
        {
            var due = Due(now);
            return [.. due.Select(series => new Ask(series, !_wholeAt.TryGetValue(series.Series, out var at) || at < before))];
        }
    }

    /// <summary>No reply came to an ask.</summary>
    public void Failed(Ask ask)
    {
        lock (_wholeAt)
        {
            _failed.Add(ask.Request.Series);
        }
    }

    private List<SeriesRequest> Due(DateTimeOffset now)
    {
        _askedAt = now;
        var isRound = _roundAt is not { } last || now - last >= feed.Settings.Every || _failed.Count == 0;
        List<SeriesRequest> due = [.. feed.Series.Where(series => isRound || _failed.Contains(series.Series))];
        (_roundAt, _retryAfter) = isRound ? (now, FirstRetry) : (_roundAt, _retryAfter * 2);
        _failed.Clear();
        return due;
    }

    /// <summary>The reply is in the database.</summary>
    public void Committed(NormalisedReply reply)
    {
        if (reply.Ask.WholeHistory && reply.Content.Records.Count > 0)
        {
            lock (_wholeAt)
            {
                _wholeAt[reply.Ask.Request.Series] = time.GetUtcNow();
            }
        }
    }
}
