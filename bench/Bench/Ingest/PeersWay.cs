using System.Text;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Pipeline.Market;
using Npgsql;

namespace AkkaCrypto.Bench.Ingest;

/// <summary>
/// What services of this kind usually do: a statement built for each 200 rows, <c>INSERT … VALUES (@p0, …), (…) ON CONFLICT DO
/// NOTHING</c>, named parameters, the driver's defaults (nothing prepared), its own transaction.
/// </summary>
internal static class PeersWay
{
    private const int RowsOfStatement = 200;

    private const string Insert = """
        INSERT INTO market.trades
            (time_ns, received_at, currency_pair_no, exchange_id, taker_side, time_digits, trade_id, price, quantity) VALUES
        """;

    public static async Task WriteAsync(
        NpgsqlDataSource database, PairNumbers numbers, IReadOnlyList<Trade> trades, DateTimeOffset receivedAt,
        CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        foreach (var rows in trades.Chunk(RowsOfStatement))
        {
            await using var command = new NpgsqlCommand { Connection = connection };
            var sql = new StringBuilder(Insert);
            foreach (var trade in rows)
            {
                Add(sql, command.Parameters, numbers, trade, receivedAt);
            }

            sql.Append(" ON CONFLICT DO NOTHING");
            command.CommandText = sql.ToString();
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    private static void Add(StringBuilder sql, NpgsqlParameterCollection parameters, PairNumbers numbers, Trade trade,
        DateTimeOffset receivedAt)
    {
        sql.Append(parameters.Count == 0 ? " (" : ", (");
        object[] values =
        [
            trade.Time.UnixNanoseconds, receivedAt.UtcDateTime, numbers.CurrencyPairNo, numbers.ExchangeId,
            trade.TakerSide is { } side ? (short)side : DBNull.Value, (short)trade.Time.Digits, trade.TradeId, trade.Price, trade.Quantity,
        ];
        for (var i = 0; i < values.Length; i++)
        {
            var name = $"p{parameters.Count}";
            sql.Append(i == 0 ? "@" : ", @").Append(name);
            parameters.AddWithValue(name, values[i]);
        }

        sql.Append(')');
    }
}
