using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Storage.Postgres;
using Npgsql;

namespace AkkaCrypto.Pipeline.Market;

/// <summary>Pages of a pair's trades by (time, trade id): along the index by time, and by id within an instant.</summary>
internal sealed class TradeReader(NpgsqlDataSource database, PairCatalogue pairs)
{
    private const string Forwards = """
        SELECT trade_id, price, quantity, taker_side, time_ns, time_digits FROM market.trades
        WHERE exchange_id = $1 AND currency_pair_no = $2 AND time_ns BETWEEN $3 AND $5
            AND (time_ns, trade_id) > ($3, $4) AND (time_ns, trade_id) < ($5, $6)
        ORDER BY time_ns, trade_id LIMIT $7
        """;

    private const string Backwards = """
        SELECT trade_id, price, quantity, taker_side, time_ns, time_digits FROM market.trades
        WHERE exchange_id = $1 AND currency_pair_no = $2 AND time_ns BETWEEN $3 AND $5
            AND (time_ns, trade_id) > ($3, $4) AND (time_ns, trade_id) < ($5, $6)
        ORDER BY time_ns DESC, trade_id DESC LIMIT $7
        """;

    public async Task<Page<Trade>> ReadAsync(string exchange, string pair, PageRequest page, CancellationToken cancellationToken)
    {
        var window = PageWindow.Of(page);
        if (await pairs.FindAsync(exchange, pair, cancellationToken) is not { } numbers)
        {
            return new Page<Trade>([], null);
        }

        await using var command = database.CreateCommand(window.Forwards ? Forwards : Backwards);
        command.Parameters.AddValue(numbers.ExchangeId);
        command.Parameters.AddValue(numbers.CurrencyPairNo);
        command.Parameters.AddValue(window.After.TimeNs);
        command.Parameters.AddValue(window.After.Id);
        command.Parameters.AddValue(window.Before.TimeNs);
        command.Parameters.AddValue(window.Before.Id);
        command.Parameters.AddValue((long)page.Limit + 1);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var trades = new List<Trade>();
        while (await reader.ReadAsync(cancellationToken))
        {
            trades.Add(Row(reader, exchange, pair));
        }

        return window.ToPage(trades, page.Limit, trade => (trade.Time.UnixNanoseconds, trade.TradeId));
    }

    /// <summary>From the columns trade_id, price, quantity, taker_side, time_ns, time_digits.</summary>
    public static Trade Row(NpgsqlDataReader reader, string exchange, string pair) => new(
        exchange, pair, reader.GetString(0), reader.Number(1), reader.Number(2),
        reader.IsDBNull(3) ? null : (TakerSide)reader.GetInt16(3), new ProviderTime(reader.GetInt64(4), reader.GetInt16(5)));
}
