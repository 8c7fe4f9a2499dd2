using System.Buffers;
using System.Globalization;
using System.Text.Json;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Contracts.Ops;

namespace AkkaCrypto.Api.Ops;

/// <summary>
/// <c>/admin/feeds</c>: what each feed is doing, with its counts since this process started, what each schedule did last on any node, and
/// how each provider's budget stands.
/// </summary>
public sealed class Feeds(
    Func<IReadOnlyList<FeedStatus>> feeds, Func<IReadOnlyList<ScheduleStatus>> schedules, Func<IReadOnlyList<GovernorStatus>> governors)
{
    public ValueTask<Answer> AnswerAsync(NoRequest request, CancellationToken cancellationToken) =>
        new(Encode(feeds(), schedules(), governors()));

    private static Answer Encode(
        IReadOnlyList<FeedStatus> statuses, IReadOnlyList<ScheduleStatus> schedules, IReadOnlyList<GovernorStatus> budgets)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartArray("feeds"u8);
            foreach (var feed in statuses)
            {
                Write(json, feed);
            }

            json.WriteEndArray();
            json.WriteStartArray("schedules"u8);
            foreach (var schedule in schedules)
            {
                Write(json, schedule);
            }

            json.WriteEndArray();
            json.WriteStartArray("upstream"u8);
            foreach (var budget in budgets)
            {
                Write(json, budget);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Answer.Of(buffer.WrittenMemory);
    }

    private static void Write(Utf8JsonWriter json, FeedStatus feed)
    {
        json.WriteStartObject();
        json.WriteString("provider"u8, feed.Provider);
        json.WriteString("dataset"u8, feed.Dataset);
        json.WriteString("state"u8, Text(feed.State));
        json.WriteString("reason"u8, feed.Reason);
        json.WriteNumber("series"u8, feed.Series);
        json.WriteNumber("series_with_data"u8, feed.SeriesWithData);
        WriteCounts(json, feed.Counts);
        json.WriteNumber("requests"u8, feed.Requests);
        json.WriteNumber("restarts"u8, feed.Restarts);
        json.WriteNumber("open_gaps"u8, feed.OpenGaps);
        if (feed.Lag is { } lag)
        {
            json.WriteNumber("lag_ms"u8, (long)lag.TotalMilliseconds);
        }
        else
        {
            json.WriteNull("lag_ms"u8);
        }

        WriteSocket(json, feed);
        json.WriteString("last_success_at"u8, Text(feed.LastSuccessAt));
        json.WriteString("last_error_at"u8, Text(feed.LastErrorAt));
        json.WriteString("last_error"u8, feed.LastError);
        json.WriteEndObject();
    }

    /// <summary>Only feeds that listen have these fields.</summary>
    private static void WriteSocket(Utf8JsonWriter json, FeedStatus feed)
    {
        if (feed.SocketConnected is { } isConnected)
        {
            json.WriteBoolean("socket_connected"u8, isConnected);
        }

        if (feed.BooksResyncing is { } books)
        {
            json.WriteNumber("books_resyncing"u8, books);
        }
    }

    private static void Write(Utf8JsonWriter json, GovernorStatus budget)
    {
        json.WriteStartObject();
        json.WriteString("provider"u8, budget.Provider);
        json.WriteStartArray("windows"u8);
        foreach (var window in budget.Windows)
        {
            json.WriteStartObject();
            json.WriteString("window"u8, window.Window);
            json.WriteNumber("budget"u8, window.Budget);
            json.WriteNumber("used"u8, window.Used);
            json.WriteNumber("left"u8, window.Left);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("held_until"u8, Text(budget.HeldUntil));
        json.WriteNumber("waiting"u8, budget.Waiting);
        json.WriteNumber("nodes"u8, budget.Nodes);
        json.WriteBoolean("cut_off"u8, budget.CutOff);
        json.WriteEndObject();
    }

    private static void WriteCounts(Utf8JsonWriter json, IngestCounts counts)
    {
        json.WriteStartObject("counts"u8);
        json.WriteNumber("attempted"u8, counts.Attempted);
        json.WriteNumber("inserted"u8, counts.Inserted);
        json.WriteNumber("skipped"u8, counts.Skipped);
        json.WriteNumber("differing"u8, counts.Differing);
        json.WriteNumber("revised"u8, counts.Revised);
        json.WriteNumber("rejected"u8, counts.Rejected);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, ScheduleStatus schedule)
    {
        json.WriteStartObject();
        json.WriteString("schedule"u8, schedule.Name);
        json.WriteString("provider"u8, schedule.Provider);
        json.WriteString("dataset"u8, schedule.Dataset);
        json.WriteBoolean("enabled"u8, schedule.Enabled);
        json.WriteString("cron"u8, schedule.Cron);
        json.WriteString("time_zone"u8, schedule.TimeZone);
        json.WriteString("next_at"u8, Text(schedule.NextAt));
        if (schedule.LastRun is { } run)
        {
            json.WriteStartObject("last_run"u8);
            Write(json, run);
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("last_run"u8);
        }

        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, ScheduleRunStatus run)
    {
        json.WriteString("state"u8, Text(run.State));
        json.WriteString("scheduled_for"u8, Text(run.ScheduledFor));
        json.WriteString("since"u8, Text(run.Since));
        json.WriteNumber("missed"u8, run.Missed);
        json.WriteString("started_at"u8, Text(run.StartedAt));
        json.WriteString("finished_at"u8, Text(run.FinishedAt));
        json.WriteNumber("series"u8, run.SeriesTotal);
        json.WriteNumber("series_done"u8, run.SeriesDone);
        json.WriteNumber("series_failed"u8, run.SeriesFailed);
        json.WriteNumber("attempted"u8, run.Attempted);
        json.WriteNumber("inserted"u8, run.Inserted);
        json.WriteString("error"u8, run.Error);
    }

    private static string Text(ScheduleRunState state) => state switch
    {
        ScheduleRunState.Running => "running",
        ScheduleRunState.Done => "done",
        ScheduleRunState.Failed => "failed",
    };

    internal static string Text(FeedState state) => state switch
    {
        FeedState.Running => "running",
        FeedState.Paused => "paused",
        FeedState.BackingOff => "backing_off",
        FeedState.Disabled => "disabled",
    };

    private static string? Text(DateTimeOffset? time) =>
        time?.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
}
