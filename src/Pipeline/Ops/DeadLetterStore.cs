using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Storage.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace AkkaCrypto.Pipeline.Ops;

/// <summary>What could not be taken, whole. The same payload refused for the same reason again only counts up, and opens a replayed
/// letter again.</summary>
/// <param name="room">Bounds what is kept; null where the caller's letters are few, as in a benchmark.</param>
public sealed class DeadLetterStore(NpgsqlDataSource database, DeadLetterRoom? room = null)
{
    /// <summary>Letters deleted by one statement, so that a purge of many holds no writer up.</summary>
    private const int PurgedAtOnce = 500;

    /// <summary>Keeps all of them or none. Of letters with one payload and reason, the first one's origin and message are kept.</summary>
    /// <exception cref="DeadLettersFullException">There is no room; nothing was kept.</exception>
    public async Task KeepAsync(IReadOnlyList<DeadLetter> letters, CancellationToken cancellationToken)
    {
        if (letters.Count == 0)
        {
            return;
        }

        if (room is not null)
        {
            await room.TakeAsync(letters, cancellationToken);
        }

        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(DeadLetterStatements.Keep(letters));
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>A page of letters, newest first.</summary>
    /// <param name="before">Only letters with a smaller id; null: from the newest.</param>
    public Task<IReadOnlyList<KeptLetter>> ListAsync(
        DeadLetterFilter filter, long? before, int limit, CancellationToken cancellationToken) =>
        ListAsync(DeadLetterStatements.NewestFirst, filter, before ?? long.MaxValue, limit, cancellationToken);

    /// <summary>A page of letters, oldest first.</summary>
    /// <param name="after">Only letters with a larger id; null: from the oldest.</param>
    public Task<IReadOnlyList<KeptLetter>> ListOldestAsync(
        DeadLetterFilter filter, long? after, int limit, CancellationToken cancellationToken) =>
        ListAsync(DeadLetterStatements.OldestFirst, filter, after ?? 0, limit, cancellationToken);

    /// <summary>One letter whole; null where there is none of that id.</summary>
    public async Task<WholeLetter?> FindAsync(long id, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(DeadLetterStatements.Find);
        command.Parameters.AddValue(id);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? DeadLetterStatements.Whole(reader) : null;
    }

    /// <summary>Notes what came of a replay.</summary>
    public async Task MarkAsync(long id, LastReplay replay, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(DeadLetterStatements.Mark);
        var parameters = command.Parameters;
        parameters.AddValue(id);
        parameters.AddTime(replay.At);
        parameters.Add(DeadLetterStatements.OrNull(replay.Code, NpgsqlDbType.Text));
        parameters.Add(DeadLetterStatements.OrNull(
            replay.Reason is { } reason ? StorableText.Clean(reason, StorableText.LongestMessage) : null, NpgsqlDbType.Text));
        parameters.Add(DeadLetterStatements.OrNull(
            replay.Counts is { } counts ? DeadLetterJson.Encode(counts) : null, NpgsqlDbType.Jsonb));
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Deletes one letter, and notes it in the same transaction.</summary>
    /// <returns>False where there is none of that id.</returns>
    public async Task<bool> PurgeAsync(long id, AuditEntry audit, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using (var command = new NpgsqlCommand(DeadLetterStatements.PurgeOne, connection))
        {
            command.Parameters.AddValue(id);
            if (await command.ExecuteNonQueryAsync(cancellationToken) == 0)
            {
                return false;
            }
        }

        await AuditLog.AppendAsync(connection, audit, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    /// <summary>Deletes the letters that fit and are there when it begins, some at a time: cut off, what is deleted stays
    /// deleted, and each part is noted in its transaction.</summary>
    /// <param name="audit">The entry of a part, by its letters and their bytes.</param>
    public async Task<IReadOnlyList<PurgedLetters>> PurgeAsync(
        DeadLetterFilter filter, Func<int, long, AuditEntry> audit, CancellationToken cancellationToken)
    {
        var newest = (await ListAsync(filter, null, 1, cancellationToken)).FirstOrDefault()?.Id ?? 0;
        var purged = new Dictionary<(string Provider, string Dataset, string Reason), PurgedLetters>();
        for (var deleted = PurgedAtOnce; deleted == PurgedAtOnce;)
        {
            deleted = await PurgeSomeAsync(filter, newest, purged, audit, cancellationToken);
        }

        return [.. purged.Values];
    }

    private async Task<int> PurgeSomeAsync(
        DeadLetterFilter filter, long newest, Dictionary<(string Provider, string Dataset, string Reason), PurgedLetters> purged,
        Func<int, long, AuditEntry> audit, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var (deleted, bytes) = await PurgeSomeAsync(connection, filter, newest, purged, cancellationToken);
        if (deleted > 0)
        {
            await AuditLog.AppendAsync(connection, audit(deleted, bytes), cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }

        return deleted;
    }

    private static async Task<(int Deleted, long Bytes)> PurgeSomeAsync(
        NpgsqlConnection connection, DeadLetterFilter filter, long newest,
        Dictionary<(string Provider, string Dataset, string Reason), PurgedLetters> purged, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(DeadLetterStatements.PurgeSome, connection);
        DeadLetterStatements.AddFilter(command.Parameters, filter);
        command.Parameters.AddValue(newest);
        command.Parameters.AddValue((long)PurgedAtOnce);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var (deleted, bytes) = (0, 0L);
        for (; await reader.ReadAsync(cancellationToken); deleted++)
        {
            var key = (reader.GetString(0), reader.GetString(1), reader.GetString(2));
            var before = purged.GetValueOrDefault(key, new PurgedLetters(key.Item1, key.Item2, key.Item3, 0, 0));
            purged[key] = before with { Letters = before.Letters + 1, Bytes = before.Bytes + reader.GetInt32(3) };
            bytes += reader.GetInt32(3);
        }

        return (deleted, bytes);
    }

    private async Task<IReadOnlyList<KeptLetter>> ListAsync(
        string statement, DeadLetterFilter filter, long from, int limit, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(statement);
        DeadLetterStatements.AddFilter(command.Parameters, filter);
        command.Parameters.AddValue(from);
        command.Parameters.AddValue((long)limit);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var letters = new List<KeptLetter>();
        while (await reader.ReadAsync(cancellationToken))
        {
            letters.Add(DeadLetterStatements.Letter(reader));
        }

        return letters;
    }
}
