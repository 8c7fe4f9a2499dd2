using System.Collections.Concurrent;

namespace AkkaCrypto.Pipeline.Market;

/// <summary>
/// What this process has seen of each pair's trades, to guess whether a batch is new. A wrong guess costs time, never correctness. Holds
/// at most <see cref="MostPairs"/> pairs; those past it count as unknown.
/// </summary>
internal sealed class FreshnessHints
{
    private const int MostPairs = 20_000;

    private readonly ConcurrentDictionary<PairNumbers, Hint> hints = new();

    /// <param name="Watermark">Nanoseconds since 1970: the newest trade committed by this process.</param>
    /// <param name="WasFresh">The pair's last batch met nothing that was stored already.</param>
    private readonly record struct Hint(long Watermark, bool WasFresh);

    /// <summary>
    /// True where every pair of the batch is known, its last batch was wholly new, and no row is older than its watermark. A replay, a
    /// poll that shows its window again, a backfill and the first batch after a start are not expected to be new.
    /// </summary>
    public bool ExpectNew(IReadOnlyList<TradeRow> rows)
    {
        PairNumbers? pair = null;
        Hint hint = default;
        foreach (var row in rows)
        {
            if (row.Numbers != pair)
            {
                pair = row.Numbers;
                if (!hints.TryGetValue(row.Numbers, out hint) || !hint.WasFresh)
                {
                    return false;
                }
            }

            if (row.Trade.Time.UnixNanoseconds < hint.Watermark)
            {
                return false;
            }
        }

        return true;
    }

    public void Committed(IReadOnlyList<TradeRow> rows, bool wasFresh)
    {
        foreach (var pair in Watermarks(rows))
        {
            if (hints.Count < MostPairs || hints.ContainsKey(pair.Key))
            {
                hints.AddOrUpdate(
                    pair.Key, _ => new Hint(pair.Value, wasFresh), (_, old) => new Hint(Math.Max(old.Watermark, pair.Value), wasFresh));
            }
        }
    }

    private static Dictionary<PairNumbers, long> Watermarks(IReadOnlyList<TradeRow> rows)
    {
        var watermarks = new Dictionary<PairNumbers, long>();
        for (var i = 0; i < rows.Count;)
        {
            var (pair, watermark) = (rows[i].Numbers, long.MinValue);
            for (; i < rows.Count && rows[i].Numbers == pair; i++)
            {
                watermark = Math.Max(watermark, rows[i].Trade.Time.UnixNanoseconds);
            }

            watermarks.Add(pair, watermark); // rows are in the order of their key, so each pair comes once
        }

        return watermarks;
    }
}
