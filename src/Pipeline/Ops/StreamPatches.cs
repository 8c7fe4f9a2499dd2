using System.Globalization;
using System.Text.Json;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Hocon;
using AkkaCrypto.Storage.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace AkkaCrypto.Pipeline.Ops;

/// <summary>One value that PATCH laid over a stream's settings.</summary>
/// <param name="Path">Below <c>akkacrypto.streams.&lt;stream&gt;</c>, as in HOCON: <c>restart.jitter</c>.</param>
/// <param name="Json">A JSON string, number or boolean.</param>
/// <param name="By">Id of the key that sent it.</param>
public sealed record StreamPatch(string Stream, string Path, string Json, DateTimeOffset At, string By)
{
    /// <summary>The value as a layer of the configuration.</summary>
    public HoconOverride Override()
    {
        var at = At.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
        var origin = HoconOrigin.Told($"PATCH /admin/streams/{Stream} at {at} by {By}");
        var path = new HoconPath(["akkacrypto", "streams", Stream, .. Path.Split('.')]);
        using var value = JsonDocument.Parse(Json);
        return new HoconOverride(path, value.RootElement switch
        {
            { ValueKind: JsonValueKind.True or JsonValueKind.False } flag => new HoconBoolean(flag.GetBoolean(), origin),
            { ValueKind: JsonValueKind.Number } number => new HoconNumber(number.GetRawText(), origin),
            { ValueKind: JsonValueKind.String } text => new HoconString(text.GetString()!, origin),
            _ => new HoconNull(origin),
        });
    }
}

/// <summary>
/// The layer of settings that PATCH keeps: small, read whole. Changes follow one another over all nodes, each seeing those before it.
/// </summary>
public sealed class StreamPatches(NpgsqlDataSource database)
{
    private const string Read = "SELECT stream, path, value::text, set_at, set_by FROM ops.stream_settings ORDER BY stream, path";

    /// <summary>Readers go on; who wants to change waits.</summary>
    private const string Lock = "LOCK TABLE ops.stream_settings IN SHARE ROW EXCLUSIVE MODE";

    private const string Forget = "DELETE FROM ops.stream_settings WHERE stream = $1";

    private const string Lay = """
        INSERT INTO ops.stream_settings (stream, path, value, set_at, set_by) VALUES ($1, $2, $3, $4, $5)
        """;

    public async Task<IReadOnlyList<StreamPatch>> ListAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await ListAsync(connection, cancellationToken);
    }

    /// <summary>
    /// Replaces one stream's values by what <paramref name="change"/> makes of all that is laid, in one transaction that no other change
    /// runs beside; null leaves everything as it is.
    /// </summary>
    /// <param name="audit">The entry of the change, from the stream's values before and after it.</param>
    public async Task ChangeAsync(
        string stream, Func<IReadOnlyList<StreamPatch>, IReadOnlyList<StreamPatch>?> change,
        Func<IEnumerable<StreamPatch>, IEnumerable<StreamPatch>, AuditEntry> audit, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using (var take = new NpgsqlCommand(Lock, connection))
        {
            await take.ExecuteNonQueryAsync(cancellationToken);
        }

        var laid = await ListAsync(connection, cancellationToken);
        if (change(laid) is not { } next)
        {
            return;
        }

        await using var batch = new NpgsqlBatch(connection);
        var forget = new NpgsqlBatchCommand(Forget);
        forget.Parameters.AddValue(stream);
        batch.BatchCommands.Add(forget);
        foreach (var patch in next)
        {
            batch.BatchCommands.Add(LayCommand(patch));
        }

        batch.BatchCommands.Add(AuditLog.Statement(audit(laid.Where(patch => patch.Stream == stream), next)));
        await batch.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private static NpgsqlBatchCommand LayCommand(StreamPatch patch)
    {
        var command = new NpgsqlBatchCommand(Lay);
        command.Parameters.AddValue(patch.Stream);
        command.Parameters.AddValue(patch.Path);
        command.Parameters.Add(new NpgsqlParameter { Value = patch.Json, NpgsqlDbType = NpgsqlDbType.Jsonb });
        command.Parameters.AddTime(patch.At);
        command.Parameters.AddValue(patch.By);
        return command;
    }

    private static async Task<IReadOnlyList<StreamPatch>> ListAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Read, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var patches = new List<StreamPatch>();
        while (await reader.ReadAsync(cancellationToken))
        {
            patches.Add(new StreamPatch(
                reader.GetString(0), reader.GetString(1), reader.GetString(2), new DateTimeOffset(reader.GetDateTime(3)),
                reader.GetString(4)));
        }

        return patches;
    }
}
