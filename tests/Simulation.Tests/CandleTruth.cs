using Npgsql;

namespace AkkaCrypto.Simulation.Tests;

/// <summary>
/// Compares the stored 1m candles with the stored trades, in one snapshot: a minute either waits to be recomputed, or its candle is what
/// its trades say. At every moment, for a touch is written with the trades, and taken away with the candle.
/// </summary>
internal static class CandleTruth
{
    private const string Compare = """
        WITH naive AS (
            SELECT exchange_id, currency_pair_no, floor(time_ns / 60000000000.0)::integer AS open_minute,
                (array_agg(price ORDER BY time_ns, length(trade_id), trade_id))[1] AS open, max(price) AS high, min(price) AS low,
                (array_agg(price ORDER BY time_ns DESC, length(trade_id) DESC, trade_id DESC))[1] AS close, sum(quantity) AS volume
            FROM market.trades GROUP BY 1, 2, 3),
        made AS (
            SELECT DISTINCT ON (exchange_id, currency_pair_no, open_minute)
                exchange_id, currency_pair_no, open_minute, open, high, low, close, volume
            FROM market.candles WHERE interval_minutes = 1
            ORDER BY exchange_id, currency_pair_no, open_minute, revision DESC)
        SELECT count(*), count(*) FILTER (WHERE naive IS DISTINCT FROM made AND NOT EXISTS (
            SELECT FROM market.touched_minutes t
            WHERE t.exchange_id = coalesce(naive.exchange_id, made.exchange_id)
                AND t.currency_pair_no = coalesce(naive.currency_pair_no, made.currency_pair_no)
                AND coalesce(naive.open_minute, made.open_minute) BETWEEN t.from_minute AND t.to_minute))
        FROM naive FULL JOIN made USING (exchange_id, currency_pair_no, open_minute)
        """;

    /// <returns>How many minutes have trades or a candle, and how many of their candles are wrong.</returns>
    public static async Task<(long Minutes, long Wrong)> CheckAsync(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand(Compare);
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        return (reader.GetInt64(0), reader.GetInt64(1));
    }
}
