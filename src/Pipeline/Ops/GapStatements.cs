using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Storage.Postgres;
using Npgsql;

namespace AkkaCrypto.Pipeline.Ops;

/// <summary>
/// The statements that change the intervals of the register. Places order as <see cref="Stages.SeriesPlace"/> does: by time, then by the
/// id's length, then by the id. All run under <see cref="Lock"/> of their series, so that the gaps of a series that are not filled stay
/// disjoint whoever writes.
/// </summary>
internal static class GapStatements
{
    private const int LockSpace = 0x4741; // "GA"

    // The known gaps are disjoint, so what is left of the new one lies between the end of each and the start of the next.
    private const string RegisterGap = """
        WITH known AS (
            SELECT from_time_ns, from_digits, from_id, to_time_ns, to_digits, to_id FROM ops.gaps
            WHERE provider = $1 AND dataset = $2 AND series = $3 AND filled_at IS NULL
                AND (from_time_ns, length(from_id), from_id) < ($7, length($9), $9)
                AND (to_time_ns, length(to_id), to_id) > ($4, length($6), $6)),
        starts AS (
            SELECT time_ns, digits, id, row_number() OVER (ORDER BY time_ns, length(id), id) AS n FROM (
                SELECT $4 AS time_ns, $5 AS digits, $6 COLLATE "C" AS id
                UNION ALL SELECT to_time_ns, to_digits, to_id FROM known) AS place),
        ends AS (
            SELECT time_ns, digits, id, row_number() OVER (ORDER BY time_ns, length(id), id) AS n FROM (
                SELECT $7 AS time_ns, $8 AS digits, $9 COLLATE "C" AS id
                UNION ALL SELECT from_time_ns, from_digits, from_id FROM known) AS place)
        INSERT INTO ops.gaps
            (provider, dataset, series, from_time_ns, from_digits, from_id, to_time_ns, to_digits, to_id, reason, detected_at,
            found_from_ns, found_to_ns)
        SELECT $1, $2, $3, starts.time_ns, starts.digits, starts.id, ends.time_ns, ends.digits, ends.id, $10, $11, $4, $7
        FROM starts JOIN ends USING (n)
        WHERE (starts.time_ns, length(starts.id), starts.id) < (ends.time_ns, length(ends.id), ends.id)
        ORDER BY n
        """;

    // What lies behind the shown span, where that is in the middle of a gap. A repair under way keeps the part before it.
    private const string Split = """
        INSERT INTO ops.gaps
            (provider, dataset, series, from_time_ns, from_digits, from_id, to_time_ns, to_digits, to_id, reason, detected_at,
            found_from_ns, found_to_ns, state, attempts, last_attempt_at, next_attempt_at, last_error)
        SELECT provider, dataset, series, $7, $8, $9, to_time_ns, to_digits, to_id, reason, detected_at, found_from_ns, found_to_ns,
            CASE state WHEN 'repairing' THEN 'open' ELSE state END, attempts, last_attempt_at, next_attempt_at, last_error
        FROM ops.gaps
        WHERE provider = $1 AND dataset = $2 AND series = $3 AND filled_at IS NULL
            AND (from_time_ns, length(from_id), from_id) < ($4, length($6), $6)
            AND (to_time_ns, length(to_id), to_id) > ($7, length($9), $9)
        """;

    // The right-hand sides see the row as it was.
    private const string Shrink = """
        UPDATE ops.gaps SET
            to_time_ns = CASE WHEN begins_before THEN $4 ELSE to_time_ns END,
            to_digits = CASE WHEN begins_before THEN $5 ELSE to_digits END,
            to_id = CASE WHEN begins_before THEN $6 ELSE to_id END,
            from_time_ns = CASE WHEN NOT begins_before AND ends_behind THEN $7 ELSE from_time_ns END,
            from_digits = CASE WHEN NOT begins_before AND ends_behind THEN $8 ELSE from_digits END,
            from_id = CASE WHEN NOT begins_before AND ends_behind THEN $9 ELSE from_id END,
            state = CASE WHEN begins_before OR ends_behind THEN state ELSE 'filled' END,
            filled_at = CASE WHEN begins_before OR ends_behind THEN NULL ELSE $10 END,
            owner = CASE WHEN begins_before OR ends_behind THEN owner END,
            leased_until = CASE WHEN begins_before OR ends_behind THEN leased_until END
        FROM (
            SELECT gap_id AS id, (from_time_ns, length(from_id), from_id) < ($4, length($6), $6) AS begins_before,
                (to_time_ns, length(to_id), to_id) > ($7, length($9), $9) AS ends_behind
            FROM ops.gaps
            WHERE provider = $1 AND dataset = $2 AND series = $3 AND filled_at IS NULL
                AND (from_time_ns, length(from_id), from_id) < ($7, length($9), $9)
                AND (to_time_ns, length(to_id), to_id) > ($4, length($6), $6)) AS met
        WHERE gap_id = met.id
        """;

    /// <summary>To be run first, in the same transaction: for all series whose gaps it registers or cuts.</summary>
    public static NpgsqlBatchCommand Lock(IEnumerable<SeriesKey> series) => SeriesLocks.Take(LockSpace, series.Select(of => of.ToString()));

    /// <summary>Registers what of the gap is not in the register yet.</summary>
    public static NpgsqlBatchCommand Register(Gap gap)
    {
        var command = new NpgsqlBatchCommand(RegisterGap);
        AddSpan(command.Parameters, new SeriesSpan(gap.Series, gap.From, gap.FromId, gap.To, gap.ToId));
        command.Parameters.AddValue(StorableText.Clean(gap.Reason, StorableText.LongestMessage));
        command.Parameters.AddTime(gap.DetectedAt);
        return command;
    }

    /// <summary>Cuts what is shown, both ends included, out of the series' gaps.</summary>
    public static IEnumerable<NpgsqlBatchCommand> Cut(SeriesSpan shown, DateTimeOffset now)
    {
        var split = new NpgsqlBatchCommand(Split);
        AddSpan(split.Parameters, shown);
        var shrink = new NpgsqlBatchCommand(Shrink);
        AddSpan(shrink.Parameters, shown);
        shrink.Parameters.AddTime(now);
        return [split, shrink];
    }

    private static void AddSpan(NpgsqlParameterCollection parameters, SeriesSpan span)
    {
        parameters.AddSeries(span.Series);
        parameters.AddRecord(span.From, span.FromId);
        parameters.AddRecord(span.To, span.ToId);
    }
}
