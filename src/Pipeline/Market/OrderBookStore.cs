using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Storage.Postgres;
using Npgsql;

namespace AkkaCrypto.Pipeline.Market;

/// <summary>
/// Order-book snapshots, header and levels in one transaction; events, the first write of a key wins. The content is the levels: the same
/// key with other levels is kept aside in the dead letters. A book without a time is placed at the time of its arrival, to the millisecond.
/// </summary>
public sealed class OrderBookStore(NpgsqlDataSource database, PairCatalogue pairs, TimeProvider time)
{
    private const string Read = """
        WITH newest AS (
            SELECT snapshot_id, sequence_id, time_ns, time_digits FROM market.order_book_snapshots
            WHERE exchange_id = $1 AND currency_pair_no = $2 AND server_time_ms <= $3
            ORDER BY server_time_ms DESC, sequence_id DESC LIMIT 1)
        SELECT sequence_id, time_ns, time_digits, side, price, quantity,
            EXISTS (SELECT FROM market.order_book_resyncs WHERE exchange_id = $1 AND currency_pair_no = $2)
        FROM newest LEFT JOIN market.order_book_levels USING (snapshot_id) ORDER BY side, level_index
        """;

    /// <summary>The books that this process follows: where they stand, they are newer than any snapshot.</summary>
    public LiveBooks Live { get; } = new();

    /// <summary>Which books, of all nodes, can't be relied on.</summary>
    public BookResyncs Resyncs { get; } = new(database, pairs, time);

    /// <summary>Writes a batch and its series' progress in one transaction.</summary>
    /// <exception cref="PositionMovedException">Another writer moved a series on first; nothing was written.</exception>
    public async Task<IngestCounts> AppendAsync(
        IReadOnlyList<OrderBook> books, DateTimeOffset receivedAt, IReadOnlyList<SeriesProgress> progress,
        CancellationToken cancellationToken)
    {
        var batch = await OrderBookBatch.PrepareAsync(books, pairs, receivedAt, cancellationToken);
        return await BatchTransaction.RunAsync(database, WriteAsync, cancellationToken);

        async Task<IngestCounts> WriteAsync(NpgsqlConnection connection, CancellationToken stop)
        {
            var (inserted, differing) = batch.Rows.Count == 0 ? (0, []) : await WriteRowsAsync(connection, batch, receivedAt, stop);
            var letters = differing.Select(row => RecordLetters.Differing(
                row.Book, OrderBookBatch.SeriesOf(row.Book), $"{row.Key.ServerTimeMs}/{row.Key.SequenceId}", receivedAt));
            await new BatchEnd(progress, time.GetUtcNow()).RunAsync(connection, [.. batch.Rejected, .. letters], stop);
            var skipped = books.Count - inserted - differing.Count - batch.Rejected.Count;
            return new IngestCounts(books.Count, inserted, skipped, differing.Count, Revised: 0, batch.Rejected.Count);
        }
    }

    /// <summary>
    /// The book as it is: the followed one; where this process follows none, the newest snapshot, with the state that the following node
    /// has told. Or the newest snapshot at or before <paramref name="at"/>, with the state that it had. Null where there is none.
    /// </summary>
    public async Task<StatedBook?> ReadStatedAsync(string exchange, string pair, DateTimeOffset? at, CancellationToken cancellationToken)
    {
        var followed = at is null ? Live.Find(exchange, pair) : null;
        if (followed?.Read() is { } live)
        {
            return live;
        }

        if (await ReadSnapshotAsync(exchange, pair, at, cancellationToken) is not var (book, isResyncing))
        {
            return null;
        }

        var isDoubtful = at is null && (isResyncing || followed?.State == BookState.Resyncing);
        return new StatedBook(book, isDoubtful ? BookState.Resyncing : BookState.Valid);
    }

    /// <summary>The newest snapshot, or the newest at or before <paramref name="at"/>; null where there is none.</summary>
    public async Task<OrderBook?> ReadAsync(string exchange, string pair, DateTimeOffset? at, CancellationToken cancellationToken) =>
        (await ReadSnapshotAsync(exchange, pair, at, cancellationToken))?.Book;

    private async Task<(OrderBook Book, bool IsResyncing)?> ReadSnapshotAsync(
        string exchange, string pair, DateTimeOffset? at, CancellationToken cancellationToken)
    {
        if (await pairs.FindAsync(exchange, pair, cancellationToken) is not { } numbers)
        {
            return null;
        }

        await using var command = database.CreateCommand(Read);
        command.Parameters.AddValue(numbers.ExchangeId);
        command.Parameters.AddValue(numbers.CurrencyPairNo);
        command.Parameters.AddValue(at?.ToUnixTimeMilliseconds() ?? long.MaxValue);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        (OrderBook Book, bool IsResyncing)? read = null;
        var (bids, asks) = (new List<BookLevel>(), new List<BookLevel>());
        while (await reader.ReadAsync(cancellationToken))
        {
            read ??= (Header(reader, exchange, pair, bids, asks), reader.GetBoolean(6));
            AddLevel(reader, bids, asks);
        }

        return read;
    }

    private static async Task<(int Inserted, IReadOnlyList<OrderBookRow> Differing)> WriteRowsAsync(
        NpgsqlConnection connection, OrderBookBatch batch, DateTimeOffset receivedAt, CancellationToken cancellationToken)
    {
        var rows = batch.Rows;
        var (created, stored) = await OrderBookStatements.InsertHeadersAsync(connection, rows, receivedAt, cancellationToken);
        if (created.Count > 0)
        {
            await OrderBookStatements.CopyLevelsAsync(
                connection, rows.Where(row => created.ContainsKey(row.Key)).Select(row => (created[row.Key], row.Book)), cancellationToken);
        }

        return (created.Count, [.. rows.Concat(batch.Repeats).Where(row => !row.ContentHash.AsSpan().SequenceEqual(stored[row.Key]))]);
    }

    private static OrderBook Header(NpgsqlDataReader reader, string exchange, string pair, List<BookLevel> bids, List<BookLevel> asks)
    {
        var sequence = reader.GetInt64(0);
        return new OrderBook(exchange, pair, sequence == 0 ? null : sequence, new ProviderTime(reader.GetInt64(1), reader.GetInt16(2)),
            bids, asks);
    }

    private static void AddLevel(NpgsqlDataReader reader, List<BookLevel> bids, List<BookLevel> asks)
    {
        if (reader.IsDBNull(3))
        {
            return; // a book without levels
        }

        var side = reader.GetInt16(3) == OrderBookStatements.BidSide ? bids : asks;
        side.Add(new BookLevel(reader.Number(4), reader.Number(5)));
    }
}
