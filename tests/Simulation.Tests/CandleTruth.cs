using Npgsql;

namespace AkkaCrypto.Simulation.Tests;

/// <summary>
/// Compares the stored candles of every length with the stored trades, in one snapshot: a candle either waits to be recomputed, or is what
/// its trades say. At every moment, for a touch is written with the trades, and taken away with the candle. A longer candle whose time is
/// not over is a row without values, which stands for the shorter ones.
/// </summary>
internal static class CandleTruth
{
    private const string Compare = """
        WITH lengths AS (SELECT unnest(ARRAY[1, 5, 15, 60, 240, 1440]::smallint[]) AS length),
        naive AS (
            SELECT exchange_id, currency_pair_no, length, floor(time_ns / 60000000000.0)::integer / length * length AS open_minute,
                (array_agg(price ORDER BY time_ns, length(trade_id), trade_id))[1] AS open, max(price) AS high, min(price) AS low,
                (array_agg(price ORDER BY time_ns DESC, length(trade_id) DESC, trade_id DESC))[1] AS close, sum(quantity) AS volume
            FROM market.trades, lengths GROUP BY 1, 2, 3, 4),
        made AS (
            SELECT DISTINCT ON (exchange_id, currency_pair_no, interval_minutes, open_minute)
                exchange_id, currency_pair_no, interval_minutes AS length, open_minute, open, high, low, close, volume
            FROM market.candles
            ORDER BY exchange_id, currency_pair_no, interval_minutes, open_minute, revision DESC)
        SELECT count(*), count(*) FILTER (WHERE naive IS DISTINCT FROM made
            AND NOT (length > 1 AND made.open_minute IS NOT NULL AND made.open IS NULL AND EXISTS (
                SELECT FROM market.unfinished_candles u
                WHERE (u.exchange_id, u.currency_pair_no, u.interval_minutes, u.open_minute)
                    = (made.exchange_id, made.currency_pair_no, made.length, made.open_minute)))
            AND NOT EXISTS (
                SELECT FROM market.touched_minutes t
                WHERE t.exchange_id = coalesce(naive.exchange_id, made.exchange_id)
                    AND t.currency_pair_no = coalesce(naive.currency_pair_no, made.currency_pair_no)
                    AND t.from_minute < coalesce(naive.open_minute, made.open_minute) + length
                    AND t.to_minute >= coalesce(naive.open_minute, made.open_minute)))
        FROM naive FULL JOIN made USING (exchange_id, currency_pair_no, length, open_minute)
        """;

    public static async Task<Verdict> CheckAsync(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand(Compare);
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        return new Verdict("candles made of trades", (int)reader.GetInt64(0), 0, (int)reader.GetInt64(1), "");
    }
}
