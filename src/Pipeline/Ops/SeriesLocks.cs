using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using AkkaCrypto.Storage.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace AkkaCrypto.Pipeline.Ops;

/// <summary>
/// Advisory locks by which writers of one revisable series wait for each other until they have committed, over all processes; the next
/// revision's number then can't be drawn twice. Series share <see cref="Stripes"/> locks, which bounds what one batch can take of the
/// server's lock table.
/// </summary>
internal static class SeriesLocks
{
    private const int Stripes = 1024;

    // unnest gives the numbers in the array's order, and the array is sorted: no deadlock.
    private const string Lock = "SELECT FROM (SELECT pg_advisory_xact_lock($1, stripe) FROM unnest($2) AS stripe) locked";

    private const string Share = "SELECT FROM (SELECT pg_advisory_xact_lock_shared($1, $2)) locked";

    /// <summary>To be run before the statement that reads what is stored, in the same transaction.</summary>
    /// <param name="space">Of the table, so that tables don't wait for each other.</param>
    public static NpgsqlBatchCommand Take(int space, IEnumerable<string> series)
    {
        var command = new NpgsqlBatchCommand(Lock);
        command.Parameters.AddValue(space);
        command.Parameters.AddColumn(NpgsqlDbType.Integer, [.. series.Distinct().Select(Stripe).Distinct().Order()]);
        return command;
    }

    /// <summary>
    /// Takes the locks and then reads the clock: since when the rows that are written next are known. Never before they were received.
    /// </summary>
    public static async Task<DateTimeOffset> KnownAtAsync(
        NpgsqlConnection connection, int space, IEnumerable<string> series, DateTimeOffset receivedAt, TimeProvider time,
        CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { Take(space, series) } };
        await batch.ExecuteNonQueryAsync(cancellationToken);
        var now = time.GetUtcNow();
        return now > receivedAt ? now : receivedAt;
    }

    /// <summary>
    /// Rows of one series, as known at a moment of the past where <paramref name="asOf"/> says one. Such an answer never changes: it waits
    /// for the writer at work, if any, to commit, and every later one reads the clock (<see cref="KnownAtAsync"/>) after this read, so
    /// nothing that it writes was known then. Between processes that holds as far as their clocks agree.
    /// </summary>
    public static async Task<List<T>> ReadAsync<T>(
        NpgsqlDataSource database, int space, string series, DateTimeOffset? asOf, NpgsqlBatchCommand read, Func<NpgsqlDataReader, T> row,
        CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch();
        if (asOf is not null)
        {
            var share = new NpgsqlBatchCommand(Share);
            share.Parameters.AddValue(space);
            share.Parameters.AddValue(Stripe(series));
            batch.BatchCommands.Add(share);
        }

        batch.BatchCommands.Add(read);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        if (asOf is not null)
        {
            await reader.NextResultAsync(cancellationToken);
        }

        var rows = new List<T>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(row(reader));
        }

        return rows;
    }

    private static int Stripe(string series) =>
        BinaryPrimitives.ReadUInt16LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(series))) % Stripes;
}
