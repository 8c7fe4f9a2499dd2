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
/// later: so a first start, a long absence and a provider's late corrections are all made good by the same request.
/// </summary>
public sealed class Rounds(Feed feed, TimeProvider time)
{
    private static readonly TimeSpan WholeHistoryEvery = TimeSpan.FromDays(1);
    private static readonly TimeSpan LookAgainWhilePaused = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, DateTimeOffset> _wholeAt = new(StringComparer.Ordinal);
    private volatile bool _pausedLast;

    /// <summary>From the start of one round to the next. A paused feed looks often whether it still is, so that it goes on at
    /// once.</summary>
    public TimeSpan Every => _pausedLast || feed.Stream.Paused ? LookAgainWhilePaused : feed.Settings.Every;

    /// <summary>One ask for each series; none while the feed is paused.</summary>
    public IReadOnlyList<Ask> Next()
    {
        if (feed.Stream.Paused)
        {
            _pausedLast = true;
            feed.Health.Paused(feed.HeldBecause ?? "paused by the stream's setting");
            return [];
        }

        _pausedLast = false;
        feed.Health.Resumed();
        var before = time.GetUtcNow() - WholeHistoryEvery;
        lock (_wholeAt)
        {
            return [.. feed.Series.Select(series =>
                new Ask(series, !_wholeAt.TryGetValue(series.Series, out var at) || at < before))];
        }
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
