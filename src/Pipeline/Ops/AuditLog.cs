using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Storage.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace AkkaCrypto.Pipeline.Ops;

/// <summary>What came of an act that is no single transaction.</summary>
/// <param name="Refusal">Why it wasn't done, as a code; null where it was.</param>
/// <param name="After">JSON of what came of it.</param>
public sealed record ActResult<T>(T Value, string? Refusal, string? After);

/// <summary>
/// Every admin act, for ever. The table refuses changes. An act that can't be audited, because the database is away, is not done.
/// </summary>
public sealed class AuditLog(NpgsqlDataSource database, TimeProvider time)
{
    private const string Insert = """
        INSERT INTO ops.audit (at, actor, act, target, before, after, outcome, trace_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """;

    private const string NewestFirst = """
        SELECT audit_id, at, actor, act, target, before::text, after::text, outcome, trace_id FROM ops.audit
        WHERE audit_id < $1 AND ($2::text IS NULL OR actor = $2) AND ($3::text IS NULL OR act = $3)
            AND ($4::timestamptz IS NULL OR at >= $4) AND ($5::timestamptz IS NULL OR at < $5)
        ORDER BY audit_id DESC LIMIT $6
        """;

    private const int LongestTarget = 1000;

    /// <summary>An act that is done in the transaction which this entry is written in.</summary>
    public AuditEntry Done(Actor actor, string act, string target, string? before, string? after) =>
        new(time.GetUtcNow(), actor, act, target, before, after, AuditOutcome.Done);

    /// <summary>The entry as one statement of the act's own transaction.</summary>
    public static NpgsqlBatchCommand Statement(AuditEntry entry)
    {
        var command = new NpgsqlBatchCommand(Insert);
        var parameters = command.Parameters;
        parameters.AddTime(entry.At);
        parameters.AddValue(entry.Actor.Id);
        parameters.AddValue(entry.Act);
        parameters.AddValue(StorableText.Clean(entry.Target, LongestTarget));
        parameters.AddNullable(NpgsqlDbType.Jsonb, entry.Before);
        parameters.AddNullable(NpgsqlDbType.Jsonb, entry.After);
        parameters.AddValue(entry.Outcome);
        parameters.AddValue(entry.Actor.TraceId);
        return command;
    }

    /// <summary>Writes the entry in the transaction that the connection is in.</summary>
    public static async Task AppendAsync(NpgsqlConnection connection, AuditEntry entry, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(Statement(entry));
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>
    /// Does an act that is no single transaction between two entries: <c>begun</c>, and what became of it. Its end is noted also when the
    /// caller has gone.
    /// </summary>
    /// <exception cref="NpgsqlException">The beginning can't be noted, so nothing was done; or the end, of an act that was.</exception>
    public async Task<T> AroundAsync<T>(Actor actor, string act, string target, Func<Task<ActResult<T>>> work)
    {
        await AppendAsync(actor, act, target, null, AuditOutcome.Begun);
        ActResult<T> result;
        try
        {
            result = await work();
        }
        catch (Exception failure)
        {
            await AppendAsync(actor, act, target, Json("error", failure.GetType().Name), AuditOutcome.Failed);
            throw;
        }

        await (result.Refusal is { } code
            ? AppendAsync(actor, act, target, Json("code", code), AuditOutcome.Refused)
            : AppendAsync(actor, act, target, result.After, AuditOutcome.Done));
        return result.Value;
    }

    /// <summary>A page of entries, newest first.</summary>
    /// <param name="before">Only entries with a smaller id; null: from the newest.</param>
    public async Task<IReadOnlyList<KeptAudit>> ListAsync(
        AuditFilter filter, long? before, int limit, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(NewestFirst);
        command.Parameters.AddValue(before ?? long.MaxValue);
        command.Parameters.AddText(filter.Actor);
        command.Parameters.AddText(filter.Act);
        command.Parameters.AddTime(filter.From);
        command.Parameters.AddTime(filter.To);
        command.Parameters.AddValue((long)limit);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var entries = new List<KeptAudit>();
        while (await reader.ReadAsync(cancellationToken))
        {
            entries.Add(new KeptAudit(reader.GetInt64(0), new AuditEntry(
                reader.Time(1), new Actor(reader.GetString(2), reader.GetString(8)), reader.GetString(3), reader.GetString(4),
                reader.TextOrNull(5), reader.TextOrNull(6), reader.GetString(7))));
        }

        return entries;
    }

    private static string Json(string name, string value) => $$"""{"{{name}}":"{{System.Text.Json.JsonEncodedText.Encode(value)}}"}""";

    private async Task AppendAsync(Actor actor, string act, string target, string? after, string outcome)
    {
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(Statement(new AuditEntry(time.GetUtcNow(), actor, act, target, null, after, outcome)));
        await batch.ExecuteNonQueryAsync(CancellationToken.None);
    }
}

/// <summary>Which entries; null is any.</summary>
/// <param name="From">At or after it.</param>
/// <param name="To">Before it.</param>
public sealed record AuditFilter(string? Actor, string? Act, DateTimeOffset? From, DateTimeOffset? To);
