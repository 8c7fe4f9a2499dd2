using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Storage.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace AkkaCrypto.Pipeline.Market;

/// <summary>The statements that write order books.</summary>
internal static class OrderBookStatements
{
    public const short BidSide = 1;
    private const short AskSide = 2;
    private const short LevelColumns = 5;

    private const string InsertHeaders = """
        INSERT INTO market.order_book_snapshots
            (exchange_id, currency_pair_no, server_time_ms, sequence_id, time_ns, time_digits, content_hash, received_at)
        SELECT row.*, $8 FROM unnest($1, $2, $3, $4, $5, $6, $7) AS row
        ON CONFLICT (exchange_id, currency_pair_no, server_time_ms, sequence_id) DO NOTHING
        RETURNING exchange_id, currency_pair_no, server_time_ms, sequence_id, snapshot_id
        """;

    // A statement of its own, after the insert: its snapshot sees what another writer committed while the insert waited for it.
    private const string StoredHashes = """
        SELECT exchange_id, currency_pair_no, server_time_ms, sequence_id, content_hash
        FROM unnest($1, $2, $3, $4) AS key (exchange_id, currency_pair_no, server_time_ms, sequence_id)
        JOIN market.order_book_snapshots USING (exchange_id, currency_pair_no, server_time_ms, sequence_id)
        """;

    private const string CopyLevels = """
        COPY market.order_book_levels (snapshot_id, side, level_index, price, quantity) FROM STDIN (FORMAT BINARY)
        """;

    /// <returns>The numbers of the headers that are new, and the content hash that is now stored for each of the keys.</returns>
    public static async Task<(Dictionary<OrderBookKey, long> Created, Dictionary<OrderBookKey, byte[]> Stored)> InsertHeadersAsync(
        NpgsqlConnection connection, IReadOnlyList<OrderBookRow> rows, DateTimeOffset receivedAt, CancellationToken cancellationToken)
    {
        var insert = new NpgsqlBatchCommand(InsertHeaders);
        AddKeys(insert.Parameters, rows);
        insert.Parameters.AddColumn(NpgsqlDbType.Bigint, [.. rows.Select(row => row.Time.UnixNanoseconds)]);
        insert.Parameters.AddColumn(NpgsqlDbType.Smallint, [.. rows.Select(row => (short)row.Time.Digits)]);
        insert.Parameters.AddColumn(NpgsqlDbType.Bytea, [.. rows.Select(row => row.ContentHash)]);
        insert.Parameters.AddTime(receivedAt);
        var hashes = new NpgsqlBatchCommand(StoredHashes);
        AddKeys(hashes.Parameters, rows);
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { insert, hashes } };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var (created, stored) = (new Dictionary<OrderBookKey, long>(), new Dictionary<OrderBookKey, byte[]>());
        while (await reader.ReadAsync(cancellationToken))
        {
            created.Add(Key(reader), reader.GetInt64(4));
        }

        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            stored.Add(Key(reader), await reader.GetFieldValueAsync<byte[]>(4, cancellationToken));
        }

        return (created, stored);
    }

    public static async Task CopyLevelsAsync(
        NpgsqlConnection connection, IEnumerable<(long SnapshotId, OrderBook Book)> books, CancellationToken cancellationToken)
    {
        await using var writer = await CopyWriter.BeginAsync(connection, CopyLevels, cancellationToken);
        foreach (var (snapshotId, book) in books)
        {
            await WriteSideAsync(writer, snapshotId, BidSide, book.Bids, cancellationToken);
            await WriteSideAsync(writer, snapshotId, AskSide, book.Asks, cancellationToken);
        }

        await writer.CompleteAsync(cancellationToken);
    }

    private static async Task WriteSideAsync(
        CopyWriter writer, long snapshotId, short side, IReadOnlyList<BookLevel> levels, CancellationToken cancellationToken)
    {
        for (short index = 0; index < levels.Count; index++)
        {
            await writer.StartRowAsync(LevelColumns, cancellationToken);
            writer.Int64(snapshotId);
            writer.Int16(side);
            writer.Int16(index);
            writer.Number(levels[index].Price);
            writer.Number(levels[index].Quantity);
        }
    }

    /// <summary>$1 to $4.</summary>
    private static void AddKeys(NpgsqlParameterCollection parameters, IReadOnlyList<OrderBookRow> rows)
    {
        parameters.AddColumn(NpgsqlDbType.Smallint, [.. rows.Select(row => row.Key.ExchangeId)]);
        parameters.AddColumn(NpgsqlDbType.Integer, [.. rows.Select(row => row.Key.CurrencyPairNo)]);
        parameters.AddColumn(NpgsqlDbType.Bigint, [.. rows.Select(row => row.Key.ServerTimeMs)]);
        parameters.AddColumn(NpgsqlDbType.Bigint, [.. rows.Select(row => row.Key.SequenceId)]);
    }

    private static OrderBookKey Key(NpgsqlDataReader reader) =>
        new(reader.GetInt16(0), reader.GetInt32(1), reader.GetInt64(2), reader.GetInt64(3));
}
