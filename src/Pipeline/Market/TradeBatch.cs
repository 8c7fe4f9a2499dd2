using System.Runtime.InteropServices;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Ops;

namespace AkkaCrypto.Pipeline.Market;

/// <summary>A trade that can be stored, with its pair's numbers and its place in the batch.</summary>
internal readonly record struct TradeRow(PairNumbers Numbers, Trade Trade, int Index)
{
    /// <summary>In the order of the table's key, equal keys in the order of the batch.</summary>
    public static readonly Comparison<TradeRow> ByKey = (left, right) =>
        CompareKeys(left, right) is var order && order != 0 ? order : left.Index.CompareTo(right.Index);

    public static int CompareKeys(in TradeRow left, in TradeRow right)
    {
        var order = left.Numbers.ExchangeId.CompareTo(right.Numbers.ExchangeId);
        order = order != 0 ? order : left.Numbers.CurrencyPairNo.CompareTo(right.Numbers.CurrencyPairNo);
        return order != 0 ? order : string.CompareOrdinal(left.Trade.TradeId, right.Trade.TradeId);
    }
}

/// <summary>A batch with each key once, in the order of the table's key, so that writers that meet on keys wait in one order.</summary>
internal sealed class TradeBatch(DateTimeOffset receivedAt)
{
    public List<TradeRow> Rows { get; } = [];

    /// <summary>Further trades under keys of <see cref="Rows"/>; what they are is known once their key's content is stored.</summary>
    public List<TradeRow> Repeats { get; } = [];

    public List<DeadLetter> Rejected { get; } = [];

    public static async Task<TradeBatch> PrepareAsync(
        IReadOnlyList<Trade> trades, PairCatalogue pairs, DateTimeOffset receivedAt, CancellationToken cancellationToken)
    {
        var batch = new TradeBatch(receivedAt);
        batch.Rows.EnsureCapacity(trades.Count);
        PairNumbers? numbers = null;
        var (exchange, pair) = ("", "");
        for (var i = 0; i < trades.Count; i++)
        {
            var trade = trades[i];
            if (trade.Pair != pair || trade.Exchange != exchange)
            {
                (exchange, pair) = (trade.Exchange, trade.Pair);
                numbers = PairCatalogue.CanHold(exchange, pair) ? await pairs.GetOrCreateAsync(exchange, pair, cancellationToken) : null;
            }

            batch.Add(trade, numbers, i);
        }

        batch.MakeDistinct();
        return batch;
    }

    public static SeriesKey SeriesOf(Trade trade) => new(trade.Exchange, "trades", trade.Pair);

    /// <summary>Whether a row is of before a time.</summary>
    public bool ReachesBefore(DateTimeOffset time)
    {
        var bound = ProviderTime.From(time, 3).UnixNanoseconds;
        foreach (var row in CollectionsMarshal.AsSpan(Rows))
        {
            if (row.Trade.Time.UnixNanoseconds < bound)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Leaves out what is of before a time: it counts as skipped.</summary>
    public void LetGoBefore(DateTimeOffset time)
    {
        Rows.RemoveAll(row => row.Trade.Time.ToDateTimeOffset() < time);
        Repeats.RemoveAll(row => row.Trade.Time.ToDateTimeOffset() < time);
    }

    private void Add(Trade trade, PairNumbers? numbers, int index)
    {
        var refusal = Refusal(trade, numbers);
        if (refusal is null)
        {
            Rows.Add(new TradeRow(numbers.GetValueOrDefault(), trade, index));
        }
        else
        {
            Rejected.Add(RecordLetters.Rejected(trade, SeriesOf(trade), refusal, receivedAt));
        }
    }

    private static Refusal? Refusal(Trade trade, PairNumbers? numbers)
    {
        if (numbers is null)
        {
            return new Refusal(RefusalCode.InvalidField, $"'{trade.Pair}' is not a pair like 'btc-krw'.", "$.pair");
        }

        if (!StorableText.Holds(trade.TradeId))
        {
            return StorableText.Refusal("$.trade_id");
        }

        return trade.Price > 0 && trade.Quantity > 0
            ? null
            : new Refusal(
                RefusalCode.InvalidField, $"Price {trade.Price} and quantity {trade.Quantity} must be above zero.",
                trade.Price > 0 ? "$.quantity" : "$.price");
    }

    private void MakeDistinct()
    {
        if (IsStrictlyAscending() || ReverseDescendingRuns())
        {
            return;
        }

        Rows.Sort(TradeRow.ByKey);
        var kept = 0;
        foreach (var row in Rows)
        {
            if (kept == 0 || TradeRow.CompareKeys(Rows[kept - 1], row) != 0)
            {
                CollectionsMarshal.AsSpan(Rows)[kept++] = row;
            }
            else
            {
                Repeats.Add(row);
            }
        }

        Rows.RemoveRange(kept, Rows.Count - kept);
    }

    /// <summary>Most providers send the newest first, reply after reply: then this alone puts the batch in order, without a sort.</summary>
    /// <returns>Whether the batch is in strict order now: within a run it is by itself, so only where runs meet is it looked at.</returns>
    private bool ReverseDescendingRuns()
    {
        var rows = CollectionsMarshal.AsSpan(Rows);
        var isAscending = true;
        for (var start = 0; start < rows.Length;)
        {
            var end = start + 1;
            while (end < rows.Length && TradeRow.CompareKeys(rows[end - 1], rows[end]) > 0)
            {
                end++;
            }

            rows[start..end].Reverse();
            isAscending &= start == 0 || TradeRow.CompareKeys(rows[start - 1], rows[start]) < 0;
            start = end;
        }

        return isAscending;
    }

    private bool IsStrictlyAscending()
    {
        var rows = CollectionsMarshal.AsSpan(Rows);
        for (var i = 1; i < rows.Length; i++)
        {
            if (TradeRow.CompareKeys(rows[i - 1], rows[i]) >= 0)
            {
                return false;
            }
        }

        return true;
    }
}
