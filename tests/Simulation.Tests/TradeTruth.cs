using AkkaCrypto.Simulator.Market;
using Npgsql;

namespace AkkaCrypto.Simulation.Tests;

/// <summary>Compares the stored trades with what the market says, minus what stands in the gap register: exactly.</summary>
internal static class TradeTruth
{
    public sealed record Verdict(
        string Pair, int Stored, int Gaps, IReadOnlyList<string> Missing, IReadOnlyList<string> MadeUp, IReadOnlyList<string> Wrong)
    {
        public bool Holds => Missing.Count == 0 && MadeUp.Count == 0 && Wrong.Count == 0;

        public override string ToString() =>
            $"{Pair}: {Stored} stored, {Gaps} gaps, missing [{string.Join(", ", Missing.Take(5))}] ({Missing.Count}), "
            + $"made up [{string.Join(", ", MadeUp.Take(5))}] ({MadeUp.Count}), wrong [{string.Join(", ", Wrong.Take(5))}] ({Wrong.Count})";
    }

    /// <param name="pairs">None: the three that the demo polls of Coinone.</param>
    public static async Task<IReadOnlyList<Verdict>> CheckAsync(
        NpgsqlDataSource database, MarketModel market, string exchange = "coinone", params string[] pairs)
    {
        var verdicts = new List<Verdict>();
        foreach (var pair in pairs.Length > 0 ? pairs : ["btc-krw", "eth-krw", "xrp-krw"])
        {
            verdicts.Add(await CheckAsync(database, market, exchange, pair));
        }

        return verdicts;
    }

    /// <summary>The pair as the exchange's twin knows it.</summary>
    public static MarketPair PairOf(string exchange, string pair)
    {
        var legs = pair.Split('-');
        var coinones = Catalogue.FindPair(legs[0], legs[1])!;
        return exchange == "coinone" ? coinones : coinones with { Exchange = exchange, Share = coinones.Share * 2 };
    }

    /// <summary>The trade with its id as the exchange writes it: the market's is the time in milliseconds and a counter of three
    /// digits.</summary>
    public static MarketTrade AsOn(string exchange, MarketTrade trade) => trade with
    {
        Id = trade.Id[..^3] + exchange switch { "upbit" => "0", "bithumb" => "000", _ => "" } + trade.Id[^3..],
    };

    private static async Task<Verdict> CheckAsync(NpgsqlDataSource database, MarketModel market, string exchange, string pair)
    {
        var stored = await StoredAsync(database, exchange, pair);
        var gaps = await GapsAsync(database, exchange, pair);
        var first = stored.Values.Min(trade => trade.TimeMs);
        var last = stored.Values.Max(trade => trade.TimeMs);
        var said = market
            .Trades(
                PairOf(exchange, pair), DateTimeOffset.FromUnixTimeMilliseconds(first), DateTimeOffset.FromUnixTimeMilliseconds(last + 1))
            .Select(trade => AsOn(exchange, trade)).ToDictionary(trade => trade.Id, StringComparer.Ordinal);

        // At the outer ends an instant may be shared with trades that the first or the last reply did not show.
        var missing = said.Values
            .Where(trade => trade.Time > first && trade.Time < last && !stored.ContainsKey(trade.Id)
                && !gaps.Exists(gap => gap.Holds(trade)))
            .Select(trade => trade.Id).ToList();
        var madeUp = stored.Keys.Where(id => !said.ContainsKey(id)).ToList();
        var wrong = stored.Where(trade => said.TryGetValue(trade.Key, out var truth)
                && (truth.Price != trade.Value.Price || truth.Quantity != trade.Value.Quantity || truth.Time != trade.Value.TimeMs
                    || truth.TakerBought != (trade.Value.TakerSide == 1)))
            .Select(trade => trade.Key).ToList();
        return new Verdict(pair, stored.Count, gaps.Count, missing, madeUp, wrong);
    }

    private static async Task<Dictionary<string,
    (long TimeMs, decimal Price, decimal Quantity, short TakerSide)>> StoredAsync(NpgsqlDataSource database, string exchange, string pair)
    {
        await using var command = database.CreateCommand("""
            SELECT t.trade_id, t.time_ns / 1000000, t.price, t.quantity, t.taker_side
            FROM market.trades t
            JOIN market.currency_pairs p USING (exchange_id, currency_pair_no)
            JOIN market.exchanges e USING (exchange_id)
            WHERE e.name = $1 AND p.pair = $2
            """);
        command.Parameters.AddWithValue(exchange);
        command.Parameters.AddWithValue(pair);
        await using var reader = await command.ExecuteReaderAsync();
        var trades = new Dictionary<string, (long, decimal, decimal, short)>(StringComparer.Ordinal);
        while (await reader.ReadAsync())
        {
            trades.Add(reader.GetString(0), (reader.GetInt64(1), reader.GetDecimal(2), reader.GetDecimal(3), reader.GetInt16(4)));
        }

        return trades;
    }

    private static async Task<List<StoredGap>> GapsAsync(NpgsqlDataSource database, string exchange, string pair)
    {
        await using var command = database.CreateCommand("""
            SELECT from_time_ns / 1000000, from_id, to_time_ns / 1000000, to_id FROM ops.gaps
            WHERE provider = $1 AND dataset = 'trades' AND series = $2 AND filled_at IS NULL
            """);
        command.Parameters.AddWithValue(exchange);
        command.Parameters.AddWithValue(pair);
        await using var reader = await command.ExecuteReaderAsync();
        var gaps = new List<StoredGap>();
        while (await reader.ReadAsync())
        {
            gaps.Add(new StoredGap(reader.GetInt64(0), reader.GetString(1), reader.GetInt64(2), reader.GetString(3)));
        }

        return gaps;
    }

    /// <summary>Everything after the one trade and before the other, both of which are stored.</summary>
    private sealed record StoredGap(long FromMs, string FromId, long ToMs, string ToId)
    {
        public bool Holds(MarketTrade trade) =>
            Compare((trade.Time, trade.Id), (FromMs, FromId)) > 0 && Compare((trade.Time, trade.Id), (ToMs, ToId)) < 0;

        private static int Compare((long Time, string Id) left, (long Time, string Id) right) =>
            left.Time != right.Time ? left.Time.CompareTo(right.Time) : string.CompareOrdinal(left.Id, right.Id);
    }
}
