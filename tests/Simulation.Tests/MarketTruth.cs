using AkkaCrypto.Simulator.Binance;
using AkkaCrypto.Simulator.Coinbase;
using AkkaCrypto.Simulator.Kraken;
using AkkaCrypto.Simulator.Market;
using Npgsql;

namespace AkkaCrypto.Simulation.Tests;

/// <summary>
/// Compares the stored trades of every exchange with what the market says, minus what stands in the gap register: by content, for each
/// exchange has ids of its own. Times are compared to the millisecond, which is as fine as the market is.
/// </summary>
internal static class MarketTruth
{
    private readonly record struct Content(long TimeMs, decimal Price, decimal Quantity, bool TakerBought);

    public sealed record Verdict(string Series, int Stored, int Gaps, int Excused, int Missing, int MadeUp, string Example)
    {
        public bool Holds => Missing == 0 && MadeUp == 0;

        public override string ToString() =>
            $"{Series}: {Stored} stored, {Gaps} gaps over {Excused} trades, {Missing} missing, {MadeUp} made up {Example}";
    }

    public static async Task<IReadOnlyList<Verdict>> CheckAsync(NpgsqlDataSource database, MarketModel market)
    {
        await using var command = database.CreateCommand(
            "SELECT name, pair FROM market.currency_pairs JOIN market.exchanges USING (exchange_id) ORDER BY name, pair");
        var series = new List<(string Exchange, string Pair)>();
        await using (var reader = await command.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
            {
                series.Add((reader.GetString(0), reader.GetString(1)));
            }
        }

        var verdicts = new List<Verdict>();
        foreach (var (exchange, pair) in series)
        {
            if (await CheckAsync(database, market, exchange, pair) is { } verdict)
            {
                verdicts.Add(verdict);
            }
        }

        return verdicts;
    }

    /// <summary>The pair as the exchange's twin knows it.</summary>
    public static MarketPair PairOf(string exchange, string pair) => exchange switch
    {
        "binance" => BinanceMarket.Pairs.Single(known => known.ToString() == pair),
        "kraken" => KrakenMarket.Pairs.Single(known => known.ToString() == pair),
        "coinbase" => CoinbaseMarket.Pairs.Single(known => known.ToString() == pair),
        _ => TradeTruth.PairOf(exchange, pair),
    };

    /// <summary>Null for a pair without trades.</summary>
    private static async Task<Verdict?> CheckAsync(NpgsqlDataSource database, MarketModel market, string exchange, string pair)
    {
        var ids = await StoredAsync(database, exchange, pair);
        var stored = ids.SelectMany(trade => trade.Select(_ => trade.Key)).ToList();
        if (stored.Count == 0)
        {
            return null;
        }

        var gaps = await GapsAsync(database, exchange, pair);
        var (first, last) = (stored.Min(trade => trade.TimeMs), stored.Max(trade => trade.TimeMs));
        var said = market.Trades(
                PairOf(exchange, pair), DateTimeOffset.FromUnixTimeMilliseconds(first), DateTimeOffset.FromUnixTimeMilliseconds(last + 1))
            .Select(trade => new Content(trade.Time, trade.Price, trade.Quantity, trade.TakerBought)).ToList();
        var left = Counted(stored);

        // At the outer ends an instant may be shared with trades that the first or the last reply did not show.
        var absent = said.Where(trade => !Take(left, trade)).Where(trade => trade.TimeMs > first && trade.TimeMs < last).ToList();
        var missing = absent.Where(trade => !gaps.Exists(gap => trade.TimeMs >= gap.FromMs && trade.TimeMs <= gap.ToMs)).ToList();
        var madeUp = left.Where(trade => trade.Value > 0).Select(trade => trade.Key).ToList();
        return new Verdict(
            $"{exchange}/{pair}", stored.Count, gaps.Count, absent.Count - missing.Count, missing.Count, madeUp.Count,
            string.Join(", ", missing.Take(2).Concat(madeUp.Take(2)))
                + string.Join(", ", ids.Where(id => madeUp.Contains(id.Key)).Take(2).Select(id => $" ids [{string.Join(", ", id)}]")));
    }

    private static Dictionary<Content, int> Counted(List<Content> trades) =>
        trades.GroupBy(trade => trade).ToDictionary(group => group.Key, group => group.Count());

    private static bool Take(Dictionary<Content, int> from, Content trade)
    {
        if (from.GetValueOrDefault(trade) == 0)
        {
            return false;
        }

        from[trade]--;
        return true;
    }

    /// <summary>The ids under which each content is stored.</summary>
    private static async Task<ILookup<Content, string>> StoredAsync(NpgsqlDataSource database, string exchange, string pair)
    {
        await using var command = database.CreateCommand("""
            SELECT t.time_ns / 1000000, t.price, t.quantity, t.taker_side = 1, t.trade_id
            FROM market.trades t
            JOIN market.currency_pairs p USING (exchange_id, currency_pair_no)
            JOIN market.exchanges e USING (exchange_id)
            WHERE e.name = $1 AND p.pair = $2
            """);
        command.Parameters.AddWithValue(exchange);
        command.Parameters.AddWithValue(pair);
        await using var reader = await command.ExecuteReaderAsync();
        var trades = new List<(Content Content, string Id)>();
        while (await reader.ReadAsync())
        {
            trades.Add((
                new Content(reader.GetInt64(0), reader.GetDecimal(1), reader.GetDecimal(2), reader.GetBoolean(3)), reader.GetString(4)));
        }

        return trades.ToLookup(trade => trade.Content, trade => trade.Id);
    }

    private static async Task<List<(long FromMs, long ToMs)>> GapsAsync(NpgsqlDataSource database, string exchange, string pair)
    {
        await using var command = database.CreateCommand("""
            SELECT from_time_ns / 1000000, to_time_ns / 1000000 FROM ops.gaps
            WHERE provider = $1 AND dataset = 'trades' AND series = $2 AND filled_at IS NULL
            """);
        command.Parameters.AddWithValue(exchange);
        command.Parameters.AddWithValue(pair);
        await using var reader = await command.ExecuteReaderAsync();
        var gaps = new List<(long, long)>();
        while (await reader.ReadAsync())
        {
            gaps.Add((reader.GetInt64(0), reader.GetInt64(1)));
        }

        return gaps;
    }
}
