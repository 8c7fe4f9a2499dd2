using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Storage.Postgres;
using Npgsql;

namespace AkkaCrypto.Pipeline.Ops;

/// <summary>How far a backfill has come.</summary>
/// <param name="Pages">Committed.</param>
/// <param name="Next">The request that comes next; null before the first page, and when it is finished.</param>
/// <param name="Shown">From the first to the last record of its pages.</param>
/// <param name="Records">In all its pages.</param>
public sealed record BackfillProgress(
    BackfillKey Key, int Pages, BackfillRequest? Next, SeriesSpan? Shown, long Records, DateTimeOffset? FinishedAt);

/// <summary>A later run of the same backfill has begun, because the database had lost this one's session. Nothing was written.</summary>
public sealed class BackfillMovedException(BackfillKey key) : Exception($"The backfill of {key} was taken over by another run.");

/// <summary>Somebody else runs the backfill at this moment.</summary>
/// <param name="runner">As that run called itself.</param>
public sealed class BackfillHeldException(BackfillKey key, string? runner, DateTimeOffset? since, Exception inner)
    : Exception($"The backfill of {key} is being run by {runner ?? "another run"}{(since is { } at ? $", since {at:u}" : "")}.", inner);

/// <summary>
/// Backfills and how far they have come; a page's step is written in the page's own transaction. Each has one run at a time:
/// <see cref="BackfillLease"/>.
/// </summary>
public sealed class BackfillStore(NpgsqlDataSource database)
{
    private const int LockSpace = 0x4246; // "BF"

    private const string OfKey = "provider = $1 AND dataset = $2 AND series = $3 AND from_time = $4 AND to_time = $5";

    private const string Create = """
        INSERT INTO ops.backfills (provider, dataset, series, from_time, to_time, started_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $6)
        ON CONFLICT (provider, dataset, series, from_time, to_time) DO NOTHING
        """;

    private const string Find = $"""
        SELECT (backfill_id % 2147483647)::integer, runner, taken_at FROM ops.backfills WHERE {OfKey}
        """;

    // A run that was killed ends with its connection, which its server sees within moments: for so long its lock is waited for. That a
    // whole machine is gone the server has to find out by itself, and its own default for that is hours.
    private const string SessionSettings = """
        SET lock_timeout = '1s'; SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3
        """;

    // A finished one is only read.
    private const string Take = $"""
        UPDATE ops.backfills SET
            epoch = CASE WHEN finished_at IS NULL THEN epoch + 1 ELSE epoch END,
            runner = CASE WHEN finished_at IS NULL THEN $6 ELSE runner END,
            taken_at = CASE WHEN finished_at IS NULL THEN $7 ELSE taken_at END
        WHERE {OfKey}
        RETURNING pages, next_first_path, next_path, next_weight, records, finished_at,
            shown_from_ns, shown_from_digits, shown_from_id, shown_to_ns, shown_to_digits, shown_to_id, epoch, shown_open_before,
            shown_open_after
        """;

    private const string Move = $"""
        UPDATE ops.backfills SET
            pages = pages + 1, next_first_path = $8, next_path = $9, next_weight = $10, records = records + $11, updated_at = $12,
            finished_at = CASE WHEN $9::text IS NULL THEN $12 END,
            shown_from_ns = $13, shown_from_digits = $14, shown_from_id = $15, shown_to_ns = $16, shown_to_digits = $17, shown_to_id = $18,
            shown_open_before = $19, shown_open_after = $20
        WHERE {OfKey} AND pages = $6 AND epoch = $7 AND finished_at IS NULL
        """;

    /// <summary>The right to run the backfill, which is begun now where it never was.</summary>
    /// <param name="runner">What others are told who want to run it meanwhile.</param>
    /// <exception cref="BackfillHeldException">Somebody else runs it.</exception>
    public async Task<BackfillLease> TakeAsync(BackfillKey key, string runner, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var connection = await database.OpenConnectionAsync(cancellationToken);
        try
        {
            await LockAsync(connection, key, now, cancellationToken);
            await using var take = new NpgsqlCommand(Take, connection);
            AddKey(take.Parameters, key);
            take.Parameters.AddText(runner);
            take.Parameters.AddTime(now);
            await using var reader = await take.ExecuteReaderAsync(cancellationToken);
            await reader.ReadAsync(cancellationToken);
            var next = reader.IsDBNull(2) ? null : new BackfillRequest(reader.GetString(1), reader.GetString(2), reader.GetInt32(3));
            var progress = new BackfillProgress(
                key, reader.GetInt32(0), next, reader.IsDBNull(6) ? null : Shown(reader, key), reader.GetInt64(4), reader.TimeOrNull(5));
            return new BackfillLease(connection, progress, reader.GetInt64(12));
        }
        catch
        {
            await BackfillLease.EndAsync(connection);
            throw;
        }
    }

    private static async Task LockAsync(
        NpgsqlConnection connection, BackfillKey key, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (number, runner, since) = await FindOrBeginAsync(connection, key, now, cancellationToken);
        await using (var settings = new NpgsqlCommand(SessionSettings, connection))
        {
            await settings.ExecuteNonQueryAsync(cancellationToken);
        }

        try
        {
            await using var command = new NpgsqlCommand("SELECT pg_advisory_lock($1, $2)", connection);
            command.Parameters.AddValue(LockSpace);
            command.Parameters.AddValue(number);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException held) when (held.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            throw new BackfillHeldException(key, runner, since, held);
        }
    }

    /// <returns>The number of its lock, and who took it last.</returns>
    private static async Task<(int Number, string? Runner, DateTimeOffset? Since)> FindOrBeginAsync(
        NpgsqlConnection connection, BackfillKey key, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        var create = new NpgsqlBatchCommand(Create);
        AddKey(create.Parameters, key);
        create.Parameters.AddTime(now);
        var find = new NpgsqlBatchCommand(Find);
        AddKey(find.Parameters, key);
        batch.BatchCommands.Add(create);
        batch.BatchCommands.Add(find);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return (reader.GetInt32(0), reader.IsDBNull(1) ? null : reader.GetString(1), reader.TimeOrNull(2));
    }

    /// <summary>Changes one row if no other run went on with the backfill, none otherwise.</summary>
    internal static NpgsqlBatchCommand Step(BackfillStep step, DateTimeOffset now)
    {
        var command = new NpgsqlBatchCommand(Move);
        var parameters = command.Parameters;
        AddKey(parameters, step.Key);
        parameters.AddValue(step.Pages);
        parameters.AddValue(step.Epoch);
        parameters.AddText(step.Next?.FirstPath);
        parameters.AddText(step.Next?.Path);
        parameters.AddOptional(step.Next?.Weight);
        parameters.AddValue((long)step.Records);
        parameters.AddTime(now);
        parameters.AddOptional(step.Shown?.From.UnixNanoseconds);
        parameters.AddOptional(step.Shown?.From.Digits);
        parameters.AddText(step.Shown?.FromId);
        parameters.AddOptional(step.Shown?.To.UnixNanoseconds);
        parameters.AddOptional(step.Shown?.To.Digits);
        parameters.AddText(step.Shown?.ToId);
        parameters.AddValue(step.Shown?.IsOpenBefore ?? false);
        parameters.AddValue(step.Shown?.IsOpenAfter ?? false);
        return command;
    }

    private static SeriesSpan Shown(NpgsqlDataReader reader, BackfillKey key) => new(
        key.Series, new ProviderTime(reader.GetInt64(6), reader.GetInt16(7)), reader.GetString(8),
        new ProviderTime(reader.GetInt64(9), reader.GetInt16(10)), reader.GetString(11))
    {
        IsOpenBefore = reader.GetBoolean(13), IsOpenAfter = reader.GetBoolean(14),
    };

    private static void AddKey(NpgsqlParameterCollection parameters, BackfillKey key)
    {
        parameters.AddSeries(key.Series);
        parameters.AddTime(key.From);
        parameters.AddTime(key.To);
    }
}
