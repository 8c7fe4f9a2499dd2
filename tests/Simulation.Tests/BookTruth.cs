using AkkaCrypto.Simulator.Market;
using Npgsql;

namespace AkkaCrypto.Simulation.Tests;

/// <summary>
/// Compares every stored snapshot of every exchange's books with the market's book of that moment, level by level. The moment is the
/// snapshot's time; Binance's books have none, but their number counts the market's seconds.
/// </summary>
internal static class BookTruth
{
    /// <summary>Levels a side of a whole book, as each exchange shows it. Bithumb drops those that its rounding makes nothing.</summary>
    private static readonly Dictionary<string, int[]> Depths = new(StringComparer.Ordinal)
    {
        ["binance"] = [500], ["bithumb"] = [30], ["coinbase"] = [50], ["coinone"] = [15, 16], ["kraken"] = [100], ["upbit"] = [30],
    };

    private const string Read = """
        SELECT s.snapshot_id, e.name, p.pair, s.sequence_id, s.server_time_ms,
            array_agg(l.price ORDER BY l.level_index) FILTER (WHERE l.side = 1),
            array_agg(l.quantity ORDER BY l.level_index) FILTER (WHERE l.side = 1),
            array_agg(l.price ORDER BY l.level_index) FILTER (WHERE l.side = 2),
            array_agg(l.quantity ORDER BY l.level_index) FILTER (WHERE l.side = 2)
        FROM market.order_book_snapshots s
        JOIN market.currency_pairs p USING (exchange_id, currency_pair_no) JOIN market.exchanges e USING (exchange_id)
        LEFT JOIN market.order_book_levels l USING (snapshot_id)
        GROUP BY 1, 2, 3, 4, 5 ORDER BY 2, 3, 5
        """;

    public static async Task<IReadOnlyList<Verdict>> CheckAsync(NpgsqlDataSource database, MarketModel market)
    {
        var checks = new Dictionary<string, VerdictBuilder>(StringComparer.Ordinal);
        await using var command = database.CreateCommand(Read);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var stored = new Snapshot(
                reader.GetString(1), reader.GetString(2), reader.GetInt64(3), reader.GetInt64(4), Side(reader, 5), Side(reader, 7));
            if (!checks.TryGetValue($"books of {stored.Exchange}", out var check))
            {
                checks[$"books of {stored.Exchange}"] = check = new VerdictBuilder($"books of {stored.Exchange}");
            }

            check.Add(Fault(stored, market) is { } fault ? $"{stored.Pair} {stored.Sequence}/{stored.TimeMs}: {fault}" : null);
        }

        return [.. checks.Values.Select(check => check.Verdict)];
    }

    /// <summary>What is wrong with a snapshot; null when nothing is.</summary>
    private static string? Fault(Snapshot stored, MarketModel market)
    {
        var isNumbered = stored.Exchange == "binance";

        // Binance's number is the second in which the book began; it is the last one that began before the second's end.
        var at = DateTimeOffset.FromUnixTimeMilliseconds(isNumbered ? stored.Sequence + 999 : stored.TimeMs);
        var said = market.Book(MarketTruth.PairOf(stored.Exchange, stored.Pair), at, Depths[stored.Exchange].Max());
        var began = isNumbered ? said.Time / 1000 * 1000 == stored.Sequence : said.Time == stored.TimeMs;
        return !began ? $"no book of the market; the nearest is of {said.Time}"
            : FaultOf("bids", stored.Exchange, stored.Bids, said.Bids) ?? FaultOf("asks", stored.Exchange, stored.Asks, said.Asks);
    }

    private static string? FaultOf(
        string side, string exchange, IReadOnlyList<MarketLevel> stored, IReadOnlyList<MarketLevel> market)
    {
        foreach (var depth in Depths[exchange])
        {
            var said = market.Take(depth).Select(level => exchange == "bithumb"
                ? level with { Quantity = Digits.Floor(level.Quantity, 0.0001m) }
                : level).Where(level => level.Quantity > 0).ToList();
            if (stored.SequenceEqual(said))
            {
                return null;
            }
        }

        var first = stored.Zip(market).TakeWhile(pair => pair.First == pair.Second).Count();
        return $"{stored.Count} {side}, the first {first} of them right; then {stored.ElementAtOrDefault(first)}"
            + $" where the market has {market.ElementAtOrDefault(first)}";
    }

    private static List<MarketLevel> Side(NpgsqlDataReader reader, int at) => reader.IsDBNull(at)
        ? []
        :
        [
            .. reader.GetFieldValue<decimal[]>(at)
                .Zip(reader.GetFieldValue<decimal[]>(at + 1), (price, quantity) => new MarketLevel(price, quantity)),
        ];

    private sealed record Snapshot(
        string Exchange, string Pair, long Sequence, long TimeMs, IReadOnlyList<MarketLevel> Bids, IReadOnlyList<MarketLevel> Asks);
}
