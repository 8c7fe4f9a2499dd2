using AkkaCrypto.Simulator.Market;
using Npgsql;

namespace AkkaCrypto.Simulation.Tests;

/// <summary>Compares the stored trades with what the market says, minus what stands in the gap register: exactly.</summary>
internal static class TradeTruth
{
    private static readonly string[] Pairs = ["btc-krw", "eth-krw", "xrp-krw"];

    public sealed record Verdict(
        string Pair, int Stored, int Gaps, IReadOnlyList<string> Missing, IReadOnlyList<string> MadeUp, IReadOnlyList<string> Wrong)
    {
        public bool Holds => Missing.Count == 0 && MadeUp.Count == 0 && Wrong.Count == 0;

        public override string ToString() =>
            $"{Pair}: {Stored} stored, {Gaps} gaps, missing [{string.Join(", ", Missing.Take(5))}] ({Missing.Count}), "
            + $"made up [{string.Join(", ", MadeUp.Take(5))}] ({MadeUp.Count}), wrong [{string.Join(", ", Wrong.Take(5))}] ({Wrong.Count})";
    }

    public static async Task<IReadOnlyList<Verdict>> CheckAsync(NpgsqlDataSource database, MarketModel market)
    {
        var verdicts = new List<Verdict>();
        foreach (var pair in Pairs)
        {
            verdicts.Add(await CheckAsync(database, market, pair));
        }

        return verdicts;
    }

    private static async Task<Verdict> CheckAsync(NpgsqlDataSource database, MarketModel market, string pair)
    {
        var stored = await StoredAsync(database, pair);
        var gaps = await GapsAsync(database, pair);
        var first = stored.Values.Min(trade => trade.TimeMs);
        var last = stored.Values.Max(trade => trade.TimeMs);
        var legs = pair.Split('-');
        var said = market
            .Trades(Catalogue.Pairs.Single(known => known.Target == legs[0] && known.Quote == legs[1]),
                DateTimeOffset.FromUnixTimeMilliseconds(first), DateTimeOffset.FromUnixTimeMilliseconds(last + 1))
            .ToDictionary(trade => trade.Id, StringComparer.Ordinal);

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
    (long TimeMs, decimal Price, decimal Quantity, short TakerSide)>> StoredAsync(NpgsqlDataSource database, string pair)
    {
        await using var command = database.CreateCommand("""
            SELECT t.trade_id, t.time_ns / 1000000, t.price, t.quantity, t.taker_side
            FROM market.trades t
            JOIN market.currency_pairs p USING (exchange_id, currency_pair_no)
            WHERE p.pair = $1
            """);
        command.Parameters.AddWithValue(pair);
        await using var reader = await command.ExecuteReaderAsync();
        var trades = new Dictionary<string, (long, decimal, decimal, short)>(StringComparer.Ordinal);
        while (await reader.ReadAsync())
        {
            trades.Add(reader.GetString(0), (reader.GetInt64(1), reader.GetDecimal(2), reader.GetDecimal(3), reader.GetInt16(4)));
        }

        return trades;
    }

    private static async Task<List<StoredGap>> GapsAsync(NpgsqlDataSource database, string pair)
    {
        await using var command = database.CreateCommand("""
            SELECT from_time_ns / 1000000, from_id, to_time_ns / 1000000, to_id FROM ops.gaps
            WHERE provider = 'coinone' AND dataset = 'trades' AND series = $1 AND filled_at IS NULL
            """);
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
