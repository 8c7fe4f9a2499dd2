using System.Collections.Concurrent;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Pipeline.Stages;
using Microsoft.Extensions.Logging;

namespace AkkaCrypto.Pipeline.History;

/// <summary>
/// Runs the schedules of the settings: every series of a dataset, asked for what came since the last run that went well. What is due
/// follows from the database and the clock alone, so times that were missed while nothing ran are made up for by one run, a schedule runs
/// once at a time over all nodes, and the run of a node that died is gone on with by another.
/// </summary>
public sealed class ScheduleRunner(
    Func<string, string, Feed?> findFeed, ScheduleStore store, PageIntake intake,
    Func<IReadOnlyDictionary<string, ScheduleSettings>> settings, TimeProvider time, ILogger<ScheduleRunner> log)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ReleaseBound = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, ScheduleRunStatus?> _lastRuns = new(StringComparer.Ordinal);

    /// <summary>All schedules of the settings, with their newest runs on any node as of the last look.</summary>
    public IReadOnlyList<ScheduleStatus> Statuses() =>
    [
        .. settings().OrderBy(of => of.Key, StringComparer.Ordinal).Select(of => new ScheduleStatus(
            of.Key, of.Value.Provider, FeedCatalogue.DatasetOf(of.Value.Dataset), of.Value.Enabled, of.Value.Cron, of.Value.TimeZone,
            of.Value.Enabled ? TimesOf(of.Value.Cron, of.Value.TimeZone)?.NextAfter(time.GetUtcNow()) : null,
            _lastRuns.GetValueOrDefault(of.Key))),
    ];

    /// <summary>Runs what is due until it is cancelled; different schedules run beside each other.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var turns = new Dictionary<string, Task>(StringComparer.Ordinal);
        while (!cancellationToken.IsCancellationRequested)
        {
            foreach (var (name, schedule) in settings())
            {
                if (!turns.TryGetValue(name, out var turn) || turn.IsCompleted)
                {
                    turns[name] = TryTurnAsync(name, schedule, cancellationToken);
                }
            }

            await Task.Delay(LookEvery, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await Task.WhenAll(turns.Values).ConfigureAwait(false);
    }

    /// <summary>One look at one schedule; returns when what was due has been run.</summary>
    public async Task TurnAsync(string name, ScheduleSettings schedule, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var row = await LookAsync(name, schedule, now, cancellationToken).ConfigureAwait(false);
        var changed = (row.Cron, row.TimeZone) != (schedule.Cron, schedule.TimeZone);
        if (!changed && DueOf(row, now) is null && !(IsRunning(row) && schedule.Enabled))
        {
            return;
        }

        var feed = findFeed(schedule.Provider, FeedCatalogue.DatasetOf(schedule.Dataset));
        var canRun = feed is not null && feed.Health.IsEnabled && !feed.Stream.Paused;
        if ((!canRun && schedule.Enabled)
            || !await store.TakeAsync(name, now, now + schedule.Lease, cancellationToken).ConfigureAwait(false))
        {
            // It stays due: until its feed runs again, or the node that has it is done.
            return;
        }

        await RunTakenAsync(name, schedule, schedule.Enabled ? feed : null, now, cancellationToken).ConfigureAwait(false);
    }

    private async Task TryTurnAsync(string name, ScheduleSettings schedule, CancellationToken cancellationToken)
    {
        try
        {
            await TurnAsync(name, schedule, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            log.LogDebug("Schedule {Name} has stopped", name);
        }
        catch (Exception failure)
        {
            log.LogError(failure, "Schedule {Name} is looked at again: {Trouble}", name, failure.Message);
        }
    }

    // What another node did before the lease was this node's is in the row that is read under it.
    private async Task RunTakenAsync(
        string name, ScheduleSettings schedule, Feed? feed, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var row = await LookAsync(name, schedule, now, cancellationToken).ConfigureAwait(false);
        var changed = (row.Cron, row.TimeZone) != (schedule.Cron, schedule.TimeZone);
        var handled = row.HandledUntil;
        ScheduleRun? ended = null;
        try
        {
            var due = DueOf(row, now);
            if (feed is not null && !IsRunning(row) && due is { } at && at >= now - schedule.CatchUp)
            {
                await BeginAsync(name, row, feed, at, now, cancellationToken).ConfigureAwait(false);
                row = await LookAsync(name, schedule, now, cancellationToken).ConfigureAwait(false);
            }

            if (feed is not null && IsRunning(row))
            {
                var isWhole = await AskAllAsync(name, schedule, feed, row.LastRun!, cancellationToken).ConfigureAwait(false);
                (ended, handled) = isWhole ? (row.LastRun, changed ? now : row.LastRun!.Status.ScheduledFor) : (null, handled);
            }
            else if (!IsRunning(row))
            {
                // Too long ago, or switched off: it is not made up for later. A new expression counts from now on.
                handled = changed ? now : due ?? handled;
            }
        }
        finally
        {
            using var bound = new CancellationTokenSource(ReleaseBound, time);
            var (cron, timeZone) = ended is null && IsRunning(row) ? (row.Cron, row.TimeZone) : (schedule.Cron, schedule.TimeZone);
            await store.ReleaseAsync(name, ended, handled, cron, timeZone, time.GetUtcNow(), bound.Token).ConfigureAwait(false);
        }

        await LookAsync(name, schedule, now, cancellationToken).ConfigureAwait(false);
    }

    private async Task BeginAsync(
        string name, ScheduleRow row, Feed feed, DateTimeOffset at, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var missed = TimesOf(row.Cron, row.TimeZone)!.CountBetween(row.HandledUntil, at);
        var wholeHistory = at - TimeSpan.FromDays(Math.Max(1, feed.Settings.HistoryDays));
        await store.BeginRunAsync(name, at, wholeHistory, missed, feed.Series.Count, now, cancellationToken).ConfigureAwait(false);
        log.LogInformation("Schedule {Name} runs for {At:O}; {Missed} times before it were missed", name, at, missed);
    }

    /// <returns>Whether every series has been dealt with; false: the stream is paused, or another node has the schedule now.</returns>
    private async Task<bool> AskAllAsync(
        string name, ScheduleSettings schedule, Feed feed, ScheduleRun run, CancellationToken cancellationToken)
    {
        foreach (var series in feed.Series.Where(series => !run.SeriesDone.Contains(series.Series)))
        {
            if (feed.Stream.Paused
                || !await store.RenewAsync(name, time.GetUtcNow() + schedule.Lease, cancellationToken).ConfigureAwait(false))
            {
                return false;
            }

            var outcome = await AskAsync(name, schedule, feed, series, run.Status.Since, cancellationToken).ConfigureAwait(false);
            await store.EndSeriesAsync(run, outcome, cancellationToken).ConfigureAwait(false);
            await LookAsync(name, schedule, time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
        }

        return true;
    }

    private async Task<SeriesOutcome> AskAsync(
        string name, ScheduleSettings schedule, Feed feed, SeriesRequest series, DateTimeOffset since, CancellationToken cancellationToken)
    {
        var counts = default(IngestCounts);
        try
        {
            if (feed.History is null)
            {
                return new SeriesOutcome(series.Series, await AskWholeAsync(feed, series, cancellationToken).ConfigureAwait(false), null);
            }

            // From the start of that day: its bucket was not closed then.
            var walk = new HistoryWalk(
                feed, new HistoryRange(series, new DateTimeOffset(since.UtcDateTime.Date, TimeSpan.Zero), time.GetUtcNow()), intake);
            var pages = walk.RunAsync(walk.First, null, RequestPriority.Schedule, static (_, _, _) => [], cancellationToken);
            await foreach (var page in pages.ConfigureAwait(false))
            {
                counts += page.Counts;
                await store.RenewAsync(name, time.GetUtcNow() + schedule.Lease, cancellationToken).ConfigureAwait(false);
            }

            return new SeriesOutcome(series.Series, counts, null);
        }
        catch (PageFailedException failure)
        {
            log.LogWarning("Schedule {Name}: {Series} could not be had: {Trouble}", name, series.Series, failure.Message);
            return new SeriesOutcome(series.Series, counts, $"{series.Series}: {failure.Message}");
        }
    }

    private async Task<IngestCounts> AskWholeAsync(Feed feed, SeriesRequest series, CancellationToken cancellationToken)
    {
        var page = await intake.FetchAsync(feed, new Ask(series, WholeHistory: true), RequestPriority.Schedule, cancellationToken)
            .ConfigureAwait(false);
        var proved = ShownPage.Of(feed.KeyOf(series), series.Context, page.Content);
        return await intake.StoreAsync(feed, page, [.. proved.Progress(page.Reply.ReceivedAt)], cancellationToken).ConfigureAwait(false);
    }

    private async Task<ScheduleRow> LookAsync(
        string name, ScheduleSettings schedule, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var row = await store.FindOrBeginAsync(name, schedule.Cron, schedule.TimeZone, now, cancellationToken).ConfigureAwait(false);
        _lastRuns[name] = row.LastRun?.Status;
        return row;
    }

    private static bool IsRunning(ScheduleRow row) => row.LastRun is { Status.State: ScheduleRunState.Running };

    private static DateTimeOffset? DueOf(ScheduleRow row, DateTimeOffset now) =>
        TimesOf(row.Cron, row.TimeZone)?.LastBetween(row.HandledUntil, now);

    // Null: settings of an older version that can't be read any more.
    private static CronTimes? TimesOf(string cron, string timeZone) =>
        CronTimes.TryParse(cron, timeZone, out var times, out _) ? times : null;
}
