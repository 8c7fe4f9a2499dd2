using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Storage.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace AkkaCrypto.Pipeline.Ops;

/// <summary>
/// Who repairs which gap, over all nodes: a claim is a lease on the gap's row. A lease that ran out may be taken over; the late owner can
/// do no harm, for what it still writes is stored once and cuts only what it proved. Times are the callers' clocks, so nodes' clocks must
/// agree to well within a lease.
/// </summary>
/// <param name="owner">Unlike every other claimant's.</param>
public sealed class GapClaims(NpgsqlDataSource database, string owner)
{
    private const string OfSeries =
        "(provider, dataset, series) IN (SELECT * FROM unnest($1, $2, $3))";

    // Named as in the register's own list.
    private const string Claim = $"""
        UPDATE ops.gaps SET state = 'repairing', attempts = attempts + 1, last_attempt_at = $5, owner = $4, leased_until = $6
        WHERE gap_id = (
            SELECT gap_id FROM ops.gaps
            WHERE filled_at IS NULL AND {OfSeries}
                AND (state = 'open' AND coalesce(next_attempt_at, $5) <= $5 OR state = 'repairing' AND leased_until <= $5)
            ORDER BY from_time_ns, gap_id LIMIT 1 FOR UPDATE SKIP LOCKED)
        RETURNING gap_id, provider, dataset, series, from_time_ns, from_digits, from_id, to_time_ns, to_digits, to_id, reason, detected_at,
            state, attempts, last_attempt_at, next_attempt_at, filled_at, last_error
        """;

    private const string Renew = "UPDATE ops.gaps SET leased_until = $3 WHERE gap_id = $1 AND owner = $2";

    // What shrank is as good as new: its attempts count from here. After a final answer they stand, for one without attempts is reopened.
    private const string HandBack = """
        UPDATE ops.gaps SET
            state = CASE WHEN $11 THEN 'unfillable' WHEN attempts < $7 OR $8 OR shrank THEN 'open' ELSE 'unfillable' END,
            attempts = CASE WHEN $11 THEN attempts WHEN shrank THEN 0 WHEN $8 THEN attempts - 1 ELSE attempts END,
            next_attempt_at = CASE WHEN NOT $11 AND NOT shrank AND NOT $8 THEN $9 END,
            last_error = $10, owner = NULL, leased_until = NULL
        FROM (SELECT gap_id AS id, (from_time_ns, from_id, to_time_ns, to_id) IS DISTINCT FROM ($3, $4, $5, $6) AS shrank
            FROM ops.gaps WHERE gap_id = $1) AS met
        WHERE gap_id = met.id AND owner = $2
        """;

    private const string GiveUp = $"""
        UPDATE ops.gaps SET state = 'unfillable', last_error = $4, next_attempt_at = NULL WHERE state = 'open' AND {OfSeries}
        """;

    // Without one attempt: nobody could ask for it when it was given up.
    private const string Reopen = $"""
        UPDATE ops.gaps SET state = 'open', last_error = NULL WHERE state = 'unfillable' AND attempts = 0 AND {OfSeries}
        """;

    /// <summary>The oldest gap of these series that waits and that nobody else has; null when there is none.</summary>
    public async Task<RegisteredGap?> TakeAsync(
        IReadOnlyList<SeriesKey> series, DateTimeOffset now, TimeSpan lease, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(Claim);
        AddSeries(command.Parameters, series);
        command.Parameters.AddValue(owner);
        command.Parameters.AddTime(now);
        command.Parameters.AddTime(now + lease);
        return (await GapRegister.ReadAsync(command, cancellationToken)).SingleOrDefault();
    }

    /// <returns>Whether the claim still stands: not where the gap was filled, or taken over.</returns>
    public async Task<bool> RenewAsync(RegisteredGap gap, DateTimeOffset until, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(Renew);
        command.Parameters.AddValue(gap.Id);
        command.Parameters.AddValue(owner);
        command.Parameters.AddTime(until);
        return await command.ExecuteNonQueryAsync(cancellationToken) > 0;
    }

    /// <summary>Ends the claim. A gap that did not shrink waits until <paramref name="next"/>, or is unfillable after
    /// <paramref name="mostAttempts"/>; a filled one stays filled.</summary>
    /// <param name="cutShort">The attempt was broken off from this side and does not count.</param>
    /// <param name="isFinal">The provider has said for good that it has no more of it: what is left is unfillable at once.</param>
    public async Task HandBackAsync(
        RegisteredGap gap, int mostAttempts, bool cutShort, bool isFinal, DateTimeOffset next, string? error,
        CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(HandBack);
        var parameters = command.Parameters;
        parameters.AddValue(gap.Id);
        parameters.AddValue(owner);
        parameters.AddValue(gap.Interval.From.UnixNanoseconds);
        parameters.AddValue(gap.Interval.FromId);
        parameters.AddValue(gap.Interval.To.UnixNanoseconds);
        parameters.AddValue(gap.Interval.ToId);
        parameters.AddValue(mostAttempts);
        parameters.AddValue(cutShort);
        parameters.AddTime(next);
        parameters.AddText(error is null ? null : StorableText.Clean(error, StorableText.LongestMessage));
        parameters.AddValue(isFinal);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Marks the open gaps of series whose past can't be asked for.</summary>
    public Task GiveUpAsync(IReadOnlyList<SeriesKey> series, string reason, CancellationToken cancellationToken) =>
        ChangeAsync(GiveUp, series, reason, cancellationToken);

    /// <summary>Takes back <see cref="GiveUpAsync"/> for series whose past can be asked for by now.</summary>
    public Task ReopenAsync(IReadOnlyList<SeriesKey> series, CancellationToken cancellationToken) =>
        ChangeAsync(Reopen, series, null, cancellationToken);

    private async Task ChangeAsync(string sql, IReadOnlyList<SeriesKey> series, string? reason, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(sql);
        AddSeries(command.Parameters, series);
        if (reason is not null)
        {
            command.Parameters.AddValue(reason);
        }

        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static void AddSeries(NpgsqlParameterCollection parameters, IReadOnlyList<SeriesKey> series)
    {
        parameters.AddColumn(NpgsqlDbType.Text, [.. series.Select(of => of.Provider)]);
        parameters.AddColumn(NpgsqlDbType.Text, [.. series.Select(of => of.Dataset)]);
        parameters.AddColumn(NpgsqlDbType.Text, [.. series.Select(of => of.Series)]);
    }
}
