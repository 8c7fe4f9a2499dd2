using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Storage.Postgres;
using Npgsql;

namespace AkkaCrypto.Pipeline.Ops;

/// <summary>Up to when a schedule's times are dealt with, and its newest run.</summary>
/// <param name="Cron">The expression that <paramref name="HandledUntil"/> was counted by.</param>
public sealed record ScheduleRow(string Cron, string TimeZone, DateTimeOffset HandledUntil, ScheduleRun? LastRun);

/// <summary>A run as it is stored.</summary>
/// <param name="SeriesDone">Their names.</param>
public sealed record ScheduleRun(long Id, ScheduleRunStatus Status, IReadOnlyList<string> SeriesDone);

/// <summary>What became of one series of a run.</summary>
/// <param name="Error">Why it could not be had; null: it is stored.</param>
public sealed record SeriesOutcome(string Series, IngestCounts Counts, string? Error);

/// <summary>
/// Schedules and their runs. Who runs one holds a lease on its row; past the lease another may go on with the run. Times are the callers'
/// clocks.
/// </summary>
/// <param name="owner">Unlike every other node's.</param>
public sealed class ScheduleStore(NpgsqlDataSource database, string owner)
{
    private const string Begin = """
        INSERT INTO ops.schedules (schedule, cron, time_zone, handled_until) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING
        """;

    private const string Find = """
        SELECT s.cron, s.time_zone, s.handled_until, r.run_id, r.scheduled_for, r.since, r.missed, r.started_at, r.finished_at, r.state,
            r.series_done, r.series_total, r.series_failed, r.attempted, r.inserted, r.error
        FROM ops.schedules s LEFT JOIN LATERAL (
            SELECT * FROM ops.schedule_runs r WHERE r.schedule = s.schedule ORDER BY r.scheduled_for DESC LIMIT 1) r ON true
        WHERE s.schedule = $1
        """;

    private const string Take = """
        UPDATE ops.schedules SET owner = $2, leased_until = $4
        WHERE schedule = $1 AND (owner IS NULL OR owner = $2 OR leased_until <= $3)
        """;

    private const string Renew = "UPDATE ops.schedules SET leased_until = $3 WHERE schedule = $1 AND owner = $2";

    private const string BeginRun = """
        INSERT INTO ops.schedule_runs (schedule, scheduled_for, since, missed, started_at, state, series_total)
        VALUES ($1, $2, coalesce((SELECT max(scheduled_for) FROM ops.schedule_runs WHERE schedule = $1 AND state = 'done'), $3), $4, $5,
            'running', $6)
        ON CONFLICT DO NOTHING
        """;

    private const string EndSeries = """
        UPDATE ops.schedule_runs SET
            series_done = array_append(series_done, $2), series_failed = series_failed + CASE WHEN $5::text IS NULL THEN 0 ELSE 1 END,
            attempted = attempted + $3, inserted = inserted + $4, error = coalesce($5, error)
        WHERE run_id = $1 AND state = 'running' AND NOT series_done @> ARRAY[$2]
        """;

    private const string EndRun = """
        UPDATE ops.schedule_runs SET finished_at = $2, state = CASE WHEN series_failed = 0 THEN 'done' ELSE 'failed' END
        WHERE run_id = $1 AND state = 'running'
        """;

    private const string Release = """
        UPDATE ops.schedules SET owner = NULL, leased_until = NULL, handled_until = greatest(handled_until, $3), cron = $4, time_zone = $5
        WHERE schedule = $1 AND owner = $2
        """;

    /// <summary>A schedule that nobody knew yet counts its times from now on.</summary>
    public async Task<ScheduleRow> FindOrBeginAsync(
        string schedule, string cron, string timeZone, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using (var begin = database.CreateCommand(Begin))
        {
            begin.Parameters.AddValue(schedule);
            begin.Parameters.AddValue(cron);
            begin.Parameters.AddValue(timeZone);
            begin.Parameters.AddTime(now);
            await begin.ExecuteNonQueryAsync(cancellationToken);
        }

        await using var find = database.CreateCommand(Find);
        find.Parameters.AddValue(schedule);
        await using var reader = await find.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new ScheduleRow(
            reader.GetString(0), reader.GetString(1), reader.Time(2), reader.IsDBNull(3) ? null : Run(reader));
    }

    /// <returns>Whether the schedule is this node's until <paramref name="until"/>.</returns>
    public async Task<bool> TakeAsync(string schedule, DateTimeOffset now, DateTimeOffset until, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(Take);
        command.Parameters.AddValue(schedule);
        command.Parameters.AddValue(owner);
        command.Parameters.AddTime(now);
        command.Parameters.AddTime(until);
        return await command.ExecuteNonQueryAsync(cancellationToken) > 0;
    }

    /// <returns>Whether the schedule still was this node's.</returns>
    public async Task<bool> RenewAsync(string schedule, DateTimeOffset until, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(Renew);
        command.Parameters.AddValue(schedule);
        command.Parameters.AddValue(owner);
        command.Parameters.AddTime(until);
        return await command.ExecuteNonQueryAsync(cancellationToken) > 0;
    }

    /// <summary>Begins a run, if there is none for that time yet. It asks for what came since the last one that went well.</summary>
    /// <param name="otherwiseSince">Where none ever went well.</param>
    public async Task BeginRunAsync(
        string schedule, DateTimeOffset scheduledFor, DateTimeOffset otherwiseSince, int missed, int series, DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(BeginRun);
        command.Parameters.AddValue(schedule);
        command.Parameters.AddTime(scheduledFor);
        command.Parameters.AddTime(otherwiseSince);
        command.Parameters.AddValue(missed);
        command.Parameters.AddTime(now);
        command.Parameters.AddValue(series);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>One series more is dealt with.</summary>
    public async Task EndSeriesAsync(ScheduleRun run, SeriesOutcome outcome, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(EndSeries);
        command.Parameters.AddValue(run.Id);
        command.Parameters.AddValue(outcome.Series);
        command.Parameters.AddValue((long)outcome.Counts.Attempted);
        command.Parameters.AddValue((long)outcome.Counts.Inserted);
        command.Parameters.AddText(outcome.Error is { } error ? StorableText.Clean(error, StorableText.LongestMessage) : null);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Ends a run, where one is given, and the lease: from now on the times after <paramref name="handledUntil"/> count, by these
    /// settings.</summary>
    public async Task ReleaseAsync(
        string schedule, ScheduleRun? ended, DateTimeOffset handledUntil, string cron, string timeZone, DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch();
        if (ended is not null)
        {
            var end = new NpgsqlBatchCommand(EndRun);
            end.Parameters.AddValue(ended.Id);
            end.Parameters.AddTime(now);
            batch.BatchCommands.Add(end);
        }

        var release = new NpgsqlBatchCommand(Release);
        release.Parameters.AddValue(schedule);
        release.Parameters.AddValue(owner);
        release.Parameters.AddTime(handledUntil);
        release.Parameters.AddValue(cron);
        release.Parameters.AddValue(timeZone);
        batch.BatchCommands.Add(release);
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    private static ScheduleRun Run(NpgsqlDataReader reader)
    {
        var done = reader.GetFieldValue<string[]>(10);
        var state = reader.GetString(9) switch
        {
            "running" => ScheduleRunState.Running,
            "done" => ScheduleRunState.Done,
            _ => ScheduleRunState.Failed,
        };
        var status = new ScheduleRunStatus(
            reader.Time(4), reader.Time(5), reader.GetInt32(6), reader.Time(7), reader.TimeOrNull(8), state, done.Length,
            reader.GetInt32(11), reader.GetInt32(12), reader.GetInt64(13), reader.GetInt64(14), reader.TextOrNull(15));
        return new ScheduleRun(reader.GetInt64(3), status, done);
    }
}
