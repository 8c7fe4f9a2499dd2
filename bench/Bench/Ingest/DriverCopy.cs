using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Pipeline.Market;
using Npgsql;
using NpgsqlTypes;

namespace AkkaCrypto.Bench.Ingest;

/// <summary>One binary COPY of records by the driver's own importer: what COPY costs a program that writes it the usual way.</summary>
internal static class DriverCopy
{
    private const string Into = """
        COPY market.trades (time_ns, received_at, currency_pair_no, exchange_id, taker_side, time_digits, trade_id, price, quantity)
        FROM STDIN (FORMAT BINARY)
        """;

    /// <param name="trades">In the order of the primary key, as the raw COPY has them.</param>
    public static async Task WriteAsync(
        NpgsqlDataSource database, PairNumbers numbers, IEnumerable<Trade> trades, DateTimeOffset receivedAt, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var copy = await connection.BeginBinaryImportAsync(Into, cancellationToken);
        foreach (var trade in trades)
        {
            await copy.StartRowAsync(cancellationToken);
            await copy.WriteAsync(trade.Time.UnixNanoseconds, NpgsqlDbType.Bigint, cancellationToken);
            await copy.WriteAsync(receivedAt.UtcDateTime, NpgsqlDbType.TimestampTz, cancellationToken);
            await copy.WriteAsync(numbers.CurrencyPairNo, NpgsqlDbType.Integer, cancellationToken);
            await copy.WriteAsync(numbers.ExchangeId, NpgsqlDbType.Smallint, cancellationToken);
            await copy.WriteAsync((short)trade.TakerSide!.Value, NpgsqlDbType.Smallint, cancellationToken);
            await copy.WriteAsync((short)trade.Time.Digits, NpgsqlDbType.Smallint, cancellationToken);
            await copy.WriteAsync(trade.TradeId, NpgsqlDbType.Text, cancellationToken);
            await copy.WriteAsync(trade.Price, NpgsqlDbType.Numeric, cancellationToken);
            await copy.WriteAsync(trade.Quantity, NpgsqlDbType.Numeric, cancellationToken);
        }

        await copy.CompleteAsync(cancellationToken);
    }
}
