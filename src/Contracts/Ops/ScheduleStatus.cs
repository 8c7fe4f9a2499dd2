namespace AkkaCrypto.Contracts.Ops;

/// <summary>What became of a schedule's run.</summary>
public enum ScheduleRunState
{
    /// <summary>Some node is asking for its series.</summary>
    Running,

    /// <summary>All series were asked for and stored.</summary>
    Done,

    /// <summary>All series were asked for; some could not be had.</summary>
    Failed,
}

/// <summary>One run of a schedule.</summary>
/// <param name="ScheduledFor">The last of the times that it makes up for.</param>
/// <param name="Since">Data from here on is asked for.</param>
/// <param name="Missed">Times before <paramref name="ScheduledFor"/> that nobody ran.</param>
/// <param name="SeriesDone">Asked for, <paramref name="SeriesFailed"/> of them in vain.</param>
/// <param name="Attempted">Records, <paramref name="Inserted"/> of them new.</param>
public sealed record ScheduleRunStatus(
    DateTimeOffset ScheduledFor, DateTimeOffset Since, int Missed, DateTimeOffset StartedAt, DateTimeOffset? FinishedAt,
    ScheduleRunState State, int SeriesDone, int SeriesTotal, int SeriesFailed, long Attempted, long Inserted, string? Error);

/// <summary>What an operator sees of one schedule in <c>/admin/feeds</c>.</summary>
/// <param name="NextAt">Null: switched off, or its expression names no time to come.</param>
/// <param name="LastRun">On any node; null: there was none yet.</param>
public sealed record ScheduleStatus(
    string Name, string Provider, string Dataset, bool Enabled, string Cron, string TimeZone, DateTimeOffset? NextAt,
    ScheduleRunStatus? LastRun);
