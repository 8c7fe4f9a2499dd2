using System.Runtime.InteropServices;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Storage.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace AkkaCrypto.Pipeline.Market;

/// <summary>The statements that write trades.</summary>
internal static class TradeStatements
{
    private const short Columns = 9;

    private const string Copy = """
        COPY market.trades (time_ns, received_at, currency_pair_no, exchange_id, taker_side, time_digits, trade_id, price, quantity)
        FROM STDIN (FORMAT BINARY)
        """;

    private const string Insert = """
        INSERT INTO market.trades
            (exchange_id, currency_pair_no, trade_id, time_ns, price, quantity, taker_side, time_digits, received_at)
        SELECT row.*, $9 FROM unnest($1, $2, $3, $4, $5, $6, $7, $8) AS row
        ON CONFLICT DO NOTHING
        """;

    // One look into the primary key for each row, whatever the planner knows of the table: a table that has just been filled has no
    // statistics, and a join by scanning it would cost seconds.
    private const string ByKeyOnly = """
        SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true)
        """;

    // A provider may give a trade's time with more digits in one way than in the other (Kraken: nanoseconds by REST, microseconds by its
    // socket): from microseconds on, times are the same when they agree as far as both have digits.
    private const string Compare = """
        SELECT (n - 1)::integer, stored.time_ns IS NOT NULL
        FROM unnest($1, $2, $3, $4, $5, $6, $7, $8) WITH ORDINALITY
            AS batch (exchange_id, currency_pair_no, trade_id, time_ns, price, quantity, taker_side, time_digits, n)
        LEFT JOIN LATERAL (
            SELECT time_ns, price, quantity, taker_side, time_digits FROM market.trades t
            WHERE t.exchange_id = batch.exchange_id AND t.currency_pair_no = batch.currency_pair_no AND t.trade_id = batch.trade_id
            LIMIT 1) stored ON true
        WHERE stored.time_ns IS NULL
            OR stored.price <> batch.price OR stored.quantity <> batch.quantity
            OR stored.taker_side IS DISTINCT FROM batch.taker_side
            OR (stored.time_ns <> batch.time_ns
                AND (least(stored.time_digits, batch.time_digits) < 6
                    OR abs(stored.time_ns - batch.time_ns) >= (10 ^ (9 - least(stored.time_digits, batch.time_digits)))::bigint))
        """;

    /// <summary>The fast way: fails whole on the first key that is stored already.</summary>
    public static async Task CopyAsync(
        NpgsqlConnection connection, List<TradeRow> rows, DateTimeOffset receivedAt, CancellationToken cancellationToken)
    {
        await using var writer = await CopyWriter.BeginAsync(connection, Copy, cancellationToken);
        for (var written = 0; written < rows.Count;)
        {
            written += WriteSome(writer, CollectionsMarshal.AsSpan(rows)[written..], receivedAt);
            await writer.SendFullAsync(cancellationToken);
        }

        await writer.CompleteAsync(cancellationToken);
    }

    /// <summary>The conflict-safe way.</summary>
    /// <returns>The rows that were new.</returns>
    public static async Task<int> InsertAsync(
        NpgsqlConnection connection, IReadOnlyList<TradeRow> rows, DateTimeOffset receivedAt, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Insert, connection);
        AddContent(command.Parameters, rows);
        command.Parameters.AddTime(receivedAt);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Which rows are not stored, and which are with other content; the others are stored as they are.</summary>
    public static async Task<(List<TradeRow> Missing, List<Trade> Differing)> CompareAsync(
        NpgsqlConnection connection, IReadOnlyList<TradeRow> rows, CancellationToken cancellationToken)
    {
        if (rows.Count == 0)
        {
            return ([], []);
        }

        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { new NpgsqlBatchCommand(ByKeyOnly) } };
        var compare = new NpgsqlBatchCommand(Compare);
        AddContent(compare.Parameters, rows);
        batch.BatchCommands.Add(compare);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        var (missing, differing) = (new List<TradeRow>(), new List<Trade>());
        while (await reader.ReadAsync(cancellationToken))
        {
            var row = rows[reader.GetInt32(0)];
            if (reader.GetBoolean(1))
            {
                differing.Add(row.Trade);
            }
            else
            {
                missing.Add(row);
            }
        }

        return (missing, differing);
    }

    /// <summary>As many rows as the writer takes before it wants to send them.</summary>
    private static int WriteSome(CopyWriter writer, ReadOnlySpan<TradeRow> rows, DateTimeOffset receivedAt)
    {
        var count = 0;
        while (count < rows.Length && !writer.IsFull)
        {
            Write(writer, rows[count++], receivedAt);
        }

        return count;
    }

    private static void Write(CopyWriter writer, in TradeRow row, DateTimeOffset receivedAt)
    {
        writer.StartRow(Columns);
        var trade = row.Trade;
        writer.Int64(trade.Time.UnixNanoseconds);
        writer.Timestamp(receivedAt);
        writer.Int32(row.Numbers.CurrencyPairNo);
        writer.Int16(row.Numbers.ExchangeId);
        if (trade.TakerSide is { } side)
        {
            writer.Int16((short)side);
        }
        else
        {
            writer.Null();
        }

        writer.Int16(trade.Time.Digits);
        writer.Text(trade.TradeId);
        writer.Number(trade.Price);
        writer.Number(trade.Quantity);
    }

    /// <summary>$1 to $8: the key and what makes a trade's content.</summary>
    private static void AddContent(NpgsqlParameterCollection parameters, IReadOnlyList<TradeRow> rows)
    {
        parameters.AddColumn(NpgsqlDbType.Smallint, Column(rows, row => row.Numbers.ExchangeId));
        parameters.AddColumn(NpgsqlDbType.Integer, Column(rows, row => row.Numbers.CurrencyPairNo));
        parameters.AddColumn(NpgsqlDbType.Text, Column(rows, row => row.Trade.TradeId));
        parameters.AddColumn(NpgsqlDbType.Bigint, Column(rows, row => row.Trade.Time.UnixNanoseconds));
        parameters.AddColumn(NpgsqlDbType.Numeric, Column(rows, row => row.Trade.Price));
        parameters.AddColumn(NpgsqlDbType.Numeric, Column(rows, row => row.Trade.Quantity));
        parameters.AddColumn(NpgsqlDbType.Smallint, Column(rows, row => (short?)row.Trade.TakerSide));
        parameters.AddColumn(NpgsqlDbType.Smallint, Column(rows, row => (short)row.Trade.Time.Digits));
    }

    private static T[] Column<T>(IReadOnlyList<TradeRow> rows, Func<TradeRow, T> value)
    {
        var column = new T[rows.Count];
        for (var i = 0; i < column.Length; i++)
        {
            column[i] = value(rows[i]);
        }

        return column;
    }
}
