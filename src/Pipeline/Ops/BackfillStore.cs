using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Storage.Postgres;
using Npgsql;

namespace AkkaCrypto.Pipeline.Ops;

/// <summary>How far a backfill has come.</summary>
/// <param name="Pages">Committed.</param>
/// <param name="Next">The request that comes next; null before the first page, and when it is finished.</param>
/// <param name="Shown">What its pages showed whole.</param>
/// <param name="Records">In all its pages.</param>
public sealed record BackfillProgress(
    BackfillKey Key, int Pages, BackfillRequest? Next, SeriesSpan? Shown, long Records, DateTimeOffset? FinishedAt);

/// <summary>Somebody else went on with the same backfill. Nothing was written.</summary>
public sealed class BackfillMovedException(BackfillKey key)
    : Exception($"The backfill of {key.Series} from {key.From:u} to {key.To:u} is being run by somebody else.");

/// <summary>Backfills and how far they have come; a page's step is written in the page's own transaction.</summary>
public sealed class BackfillStore(NpgsqlDataSource database)
{
    private const string Create = """
        INSERT INTO ops.backfills (provider, dataset, series, from_time, to_time, started_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $6)
        ON CONFLICT (provider, dataset, series, from_time, to_time) DO NOTHING
        """;

    private const string Find = """
        SELECT pages, next_first_path, next_path, next_weight, records, finished_at,
            shown_from_ns, shown_from_digits, shown_from_id, shown_to_ns, shown_to_digits, shown_to_id
        FROM ops.backfills WHERE provider = $1 AND dataset = $2 AND series = $3 AND from_time = $4 AND to_time = $5
        """;

    private const string Move = """
        UPDATE ops.backfills SET
            pages = pages + 1, next_first_path = $7, next_path = $8, next_weight = $9, records = records + $10, updated_at = $11,
            finished_at = CASE WHEN $8::text IS NULL THEN $11 END,
            shown_from_ns = $12, shown_from_digits = $13, shown_from_id = $14, shown_to_ns = $15, shown_to_digits = $16, shown_to_id = $17
        WHERE provider = $1 AND dataset = $2 AND series = $3 AND from_time = $4 AND to_time = $5 AND pages = $6 AND finished_at IS NULL
        """;

    /// <summary>The backfill as far as it has come; begun now where it never was.</summary>
    public async Task<BackfillProgress> FindOrBeginAsync(BackfillKey key, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch();
        var create = new NpgsqlBatchCommand(Create);
        AddKey(create.Parameters, key);
        create.Parameters.AddTime(now);
        var find = new NpgsqlBatchCommand(Find);
        AddKey(find.Parameters, key);
        batch.BatchCommands.Add(create);
        batch.BatchCommands.Add(find);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var next = reader.IsDBNull(2) ? null : new BackfillRequest(reader.GetString(1), reader.GetString(2), reader.GetInt32(3));
        return new BackfillProgress(
            key, reader.GetInt32(0), next, reader.IsDBNull(6) ? null : Shown(reader, key), reader.GetInt64(4), reader.TimeOrNull(5));
    }

    /// <summary>Changes one row if nobody else went on with the backfill, none otherwise.</summary>
    internal static NpgsqlBatchCommand Step(BackfillStep step, DateTimeOffset now)
    {
        var command = new NpgsqlBatchCommand(Move);
        var parameters = command.Parameters;
        AddKey(parameters, step.Key);
        parameters.AddValue(step.Pages);
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
        return command;
    }

    private static SeriesSpan Shown(NpgsqlDataReader reader, BackfillKey key) => new(
        key.Series, new ProviderTime(reader.GetInt64(6), reader.GetInt16(7)), reader.GetString(8),
        new ProviderTime(reader.GetInt64(9), reader.GetInt16(10)), reader.GetString(11));

    private static void AddKey(NpgsqlParameterCollection parameters, BackfillKey key)
    {
        parameters.AddSeries(key.Series);
        parameters.AddTime(key.From);
        parameters.AddTime(key.To);
    }
}
