using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Contracts.Text;
using Npgsql;

namespace AkkaCrypto.Pipeline.Market;

/// <summary>What stands for a bucket without trades.</summary>
public enum CandleFill
{
    /// <summary>Nothing: the bucket is left out.</summary>
    None,

    /// <summary>A candle without values.</summary>
    Null,

    /// <summary>The close of the candle before it, with volume zero; none where trades are known to be missing: that is a bucket without
    /// values.</summary>
    Previous,
}

/// <param name="Interval">One of <see cref="CandleLevels.Names"/>.</param>
/// <param name="AsOf">As known then; null: now.</param>
public sealed record CandleQuery(string Exchange, string Pair, string Interval, CandleFill Fill, DateTimeOffset? AsOf);

/// <param name="Page">Of <see cref="Candle"/> and, where buckets are filled with nulls, <see cref="EmptyCandle"/>.</param>
/// <param name="DataTime">Time of the newest trade in the page, as far as is known; null where it has none.</param>
public sealed record CandlePage(Page<NormalisedRecord> Page, ProviderTime? DataTime);

/// <summary>
/// Pages of a pair's candles. A candle is final by the clock: when its time has been over for the grace that the settings give trades to
/// arrive. A later trade still corrects it. Buckets are filled between the first candle that is known and the bucket of now (or then).
/// </summary>
public sealed class CandleStore(NpgsqlDataSource database, PairCatalogue pairs, Func<CandleSettings> settings, TimeProvider time)
{
    /// <summary>Minutes since 1970 of all times that <see cref="ProviderTime"/> can hold, and some more.</summary>
    private const int Earliest = -200_000_000;
    private const int Latest = 200_000_000;

    /// <exception cref="ArgumentOutOfRangeException">The interval is none that candles are made of, or the limit is below one.</exception>
    public async Task<CandlePage> ReadAsync(CandleQuery query, PageRequest page, CancellationToken cancellationToken)
    {
        var window = PageWindow.Of(page);
        var minutes = CandleLevels.MinutesOf(query.Interval) ?? throw new ArgumentOutOfRangeException(
            nameof(query), query.Interval, $"Candles are made of {string.Join(", ", CandleLevels.Names)}.");
        if (await pairs.FindAsync(query.Exchange, query.Pair, cancellationToken) is not { } numbers)
        {
            return new CandlePage(new Page<NormalisedRecord>([], null), null);
        }

        var reader = new CandleReader(database, query, numbers, minutes);
        var span = new CandleSpan(
            CandleLevels.FirstFrom(window.From, minutes), CandleLevels.FirstFrom(window.To, minutes), window.Forwards, page.Limit + 1);
        var slots = query.Fill is CandleFill.None
            ? (await reader.ReadAsync(span, cancellationToken)).ConvertAll(row => new Slot(row.OpenMinute, row, IsFilled: false))
            : await FilledAsync(reader, span, query, cancellationToken);
        var taken = window.ToPage(slots, page.Limit, slot => (CandleLevels.NanosecondsOf(slot.OpenMinute), PageWindow.OnlyId));
        var finalUntil = CandleLevels.MinuteOf((query.AsOf ?? time.GetUtcNow()) - settings().Grace);
        var newest = taken.Records.Where(slot => slot is { Row: not null, IsFilled: false }).Select(slot => slot.Row!.DataTimeNs)
            .DefaultIfEmpty(long.MinValue).Max();
        return new CandlePage(
            new Page<NormalisedRecord>([.. taken.Records.Select(slot => Record(slot, query, finalUntil >= slot.OpenMinute + minutes))],
                taken.Next),
            newest == long.MinValue ? null : new ProviderTime(newest, 3));
    }

    /// <param name="Row">The candle, or the one before it whose close stands for it; null for a bucket without values.</param>
    private sealed record Slot(int OpenMinute, CandleRow? Row, bool IsFilled);

    /// <summary>Every bucket of the span, in its order: at most as many as its limit.</summary>
    private async Task<List<Slot>> FilledAsync(
        CandleReader reader, CandleSpan span, CandleQuery query, CancellationToken cancellationToken)
    {
        var everything = new CandleSpan(Earliest, Latest, Forwards: true, Limit: 1);
        if (await reader.ReadAsync(everything, cancellationToken) is not [var first])
        {
            return [];
        }

        // A provider's clock may be ahead of ours: then the last candle lies past the bucket of now.
        var (last, minutes) = ((await reader.ReadAsync(everything with { Forwards = false }, cancellationToken))[0], reader.Minutes);
        var current = CandleLevels.Floor(CandleLevels.MinuteOf(query.AsOf ?? time.GetUtcNow()), minutes);
        var (from, to) = (Math.Max(span.From, first.OpenMinute), Math.Min(span.To, Math.Max(current, last.OpenMinute) + minutes));
        if (from >= to)
        {
            return [];
        }

        // A bucket costs no row, so the limit bounds the buckets.
        var length = (int)Math.Min((long)span.Limit * minutes, to - from);
        (from, to) = span.Forwards ? (from, from + length) : (to - length, to);
        var rows = (await reader.ReadAsync(new CandleSpan(from, to, Forwards: true, span.Limit), cancellationToken))
            .ToDictionary(row => row.OpenMinute);
        var slots = new List<Slot>(length / minutes);
        for (var minute = from; minute < to; minute += minutes)
        {
            slots.Add(new Slot(minute, rows.GetValueOrDefault(minute), IsFilled: !rows.ContainsKey(minute)));
        }

        if (query.Fill is CandleFill.Previous)
        {
            var before = await reader.ReadAsync(new CandleSpan(Earliest, from, Forwards: false, Limit: 1), cancellationToken);
            CarryOn(slots, before.FirstOrDefault(), await reader.ReadHolesAsync(from, to, cancellationToken), minutes);
        }

        if (!span.Forwards)
        {
            slots.Reverse();
        }

        return slots;
    }

    private static void CarryOn(List<Slot> slots, CandleRow? before, List<(int First, int Last)> holes, int minutes)
    {
        for (var i = 0; i < slots.Count; i++)
        {
            var slot = slots[i];
            before = slot.Row ?? before;
            if (slot.IsFilled && !holes.Exists(hole => hole.First < slot.OpenMinute + minutes && hole.Last >= slot.OpenMinute))
            {
                slots[i] = slot with { Row = before };
            }
        }
    }

    private static NormalisedRecord Record(Slot slot, CandleQuery query, bool isFinal)
    {
        var openTime = ProviderTime.From(CandleLevels.TimeOf(slot.OpenMinute), 0);
        return slot switch
        {
            { Row: null } => new EmptyCandle(query.Exchange, query.Pair, query.Interval, openTime, isFinal),
            { IsFilled: true, Row.Close: var close } =>
                new Candle(query.Exchange, query.Pair, query.Interval, openTime, close, close, close, close, 0, isFinal),
            { Row: var row } => new Candle(
                query.Exchange, query.Pair, query.Interval, openTime, row.Open, row.High, row.Low, row.Close, row.Volume, isFinal),
        };
    }
}
