using System.Globalization;

namespace AkkaCrypto.Simulator.Market;

/// <summary>
/// One pair on the exchange: quotes, trades, book and candles, all read from the same price path and volume path. Quotes last one second;
/// every trade happens at one of the two best prices of its second. At most a few thousand trades are built for one question about "the
/// newest"; <see cref="Trades"/> over a span costs what the span holds.
/// </summary>
internal sealed class PairMarket
{
    private const decimal Unit = 0.00000001m;
    private const int Second = 1000;
    private const int Minute = 60_000;
    private const int BurstPercent = 15;

    private readonly MarketPair pair;
    private readonly LogPath path;
    private readonly decimal basePrice;
    private readonly VolumePath volume;
    private readonly double morePerSlot;
    private readonly int slotLength;
    private readonly int quoteOffset;
    private readonly bool isScarce;
    private readonly ulong slots, counts, times, weights, sides, bursts, depth;

    public PairMarket(ulong seed, MarketPair pair, Asset asset, LogPath path, decimal basePrice, double pace)
    {
        this.pair = pair;
        this.path = path;
        this.basePrice = basePrice;
        PriceStep = StepOf(basePrice);
        var stream = Hash.Stream(seed, "pair:" + pair.Key);
        volume = new VolumePath(stream, (Int128)(asset.Supply * asset.Turnover * pair.Share / Unit));

        // A slot is built as a whole, so it gets shorter as trades get denser.
        slotLength = pace >= 60 ? Second : pace >= 6 ? 10 * Second : Minute;
        morePerSlot = Math.Max(0, (pace * slotLength / Second) - 1);
        quoteOffset = Hash.Below(stream, 0, Second);
        slots = Hash.Stream(stream, "slots" + slotLength.ToString(CultureInfo.InvariantCulture));
        counts = Hash.Stream(stream, "counts");
        times = Hash.Stream(stream, "times");
        weights = Hash.Stream(stream, "weights");
        sides = Hash.Stream(stream, "sides");
        bursts = Hash.Stream(stream, "bursts");
        depth = Hash.Stream(stream, "depth");
        var leastOfSlot = (volume.LeastOfMinute / (3 * (Minute / slotLength))) - 1;
        isScarce = leastOfSlot <= (Int128)(pace * slotLength / Second * 1.5) + 1;
    }

    public decimal PriceStep { get; }

    public Quote QuoteAt(long time)
    {
        var second = QuoteSecond(time);
        return QuoteOf(second);
    }

    /// <summary>Trades of [from, to) in Unix milliseconds, oldest first.</summary>
    public IEnumerable<MarketTrade> Trades(long from, long to)
    {
        for (var slot = from / slotLength; slot * slotLength < to; slot++)
        {
            foreach (var trade in Slot(slot))
            {
                if (trade.Time >= from && trade.Time < to)
                {
                    yield return trade;
                }
            }
        }
    }

    /// <summary>How many trades the minutes from <paramref name="from"/> to before <paramref name="to"/> (whole ones, in Unix milliseconds)
    /// have; builds none of them.</summary>
    public long Count(long from, long to)
    {
        long count = 0;
        for (var slot = from / slotLength; slot < to / slotLength; slot++)
        {
            // Only a market of dust has fewer units in a slot than trades; asking for units costs a hundred times the count.
            count += isScarce ? (int)Int128.Min(CountOf(slot), SlotUnits(slot)) : CountOf(slot);
        }

        return count;
    }

    /// <summary>The last <paramref name="count"/> trades up to and including <paramref name="now"/>, newest first.</summary>
    public IReadOnlyList<MarketTrade> Newest(long now, int count)
    {
        var newest = new List<MarketTrade>(count);
        for (var slot = now / slotLength; newest.Count < count; slot--)
        {
            newest.AddRange(Slot(slot).Where(t => t.Time <= now).Reverse().Take(count - newest.Count));
        }

        return newest;
    }

    /// <summary>Up to <paramref name="count"/> trades whose number is below <paramref name="number"/>, highest first; none before
    /// 1970.</summary>
    public IReadOnlyList<MarketTrade> Before(long number, int count)
    {
        var slot = (long)(number / (1 + morePerSlot));
        for (; slot > 0 && NumberBefore(slot) >= number; slot--)
        {
        }

        for (; NumberBefore(slot + 1) < number; slot++)
        {
        }

        var found = new List<MarketTrade>(count);
        for (; slot >= 0 && found.Count < count; slot--)
        {
            found.AddRange(Slot(slot).Where(t => t.Number < number).Reverse().Take(count - found.Count));
        }

        return found;
    }

    public MarketBook Book(long now, int levels)
    {
        var quote = QuoteAt(now);
        return new MarketBook(quote.Time, Side(quote, quote.Bid, -1, levels), Side(quote, quote.Ask, 1, levels));
    }

    /// <summary>
    /// Quantity traded in [from, to), in the target currency: exactly the sum over <see cref="Trades"/> of the same span.
    /// </summary>
    public decimal Volume(long from, long to)
    {
        var (first, last) = (from / Minute, to / Minute);
        var whole = (decimal)volume.Between(first, last) * Unit;
        return whole - Sum(first * Minute, from) + Sum(last * Minute, to);
    }

    public MarketCandle Candle(long from, long to)
    {
        var (first, last) = (QuoteSecond(from), QuoteSecond(to - 1));
        decimal quoteVolume = 0;
        for (var start = from; start < to; start = ((start / (60 * Minute)) + 1) * 60 * Minute)
        {
            var end = Math.Min(to, ((start / (60 * Minute)) + 1) * 60 * Minute);
            quoteVolume += Volume(start, end) * QuoteAt(start + ((end - start) / 2)).Bid;
        }

        return new MarketCandle(
            from, QuoteOf(first).Bid, QuoteOf(path.Extreme(first, last + 1, 1)).Ask, QuoteOf(path.Extreme(first, last + 1, -1)).Bid,
            QuoteOf(last).Bid, Volume(from, to), Math.Round(quoteVolume, 4));
    }

    private decimal Sum(long from, long to) => from == to ? 0 : Trades(from, to).Sum(t => t.Quantity);

    private List<MarketTrade> Slot(long slot)
    {
        var units = SlotUnits(slot);
        var count = (int)Int128.Min(CountOf(slot), units);
        var first = NumberBefore(slot);
        var trades = new List<MarketTrade>(count);
        var shares = Shares(slot, count, units);
        var (time, counter, bought) = (0L, 0, false);
        for (var i = 0; i < count; i++)
        {
            // One taker's order that fills against several makers is printed as several trades of the same millisecond and side.
            var index = unchecked((slot * 1_000_003) + i);
            var burst = i > 0 && counter < 999 && Hash.Below(bursts, index, 100) < BurstPercent;
            var next = burst ? time : Math.Max(time, (slot * slotLength) + (long)((i + Hash.Unit(times, index)) * slotLength / count));
            counter = next == time ? counter + 1 : 1;
            bought = next == time ? bought : Hash.Bits(sides, index) % 2 == 0;
            time = next;
            var quote = QuoteAt(time);
            trades.Add(new MarketTrade(
                string.Create(CultureInfo.InvariantCulture, $"{time}{counter:D3}"), time, bought ? quote.Ask : quote.Bid, shares[i] * Unit,
                    bought, first + i));
        }

        return trades;
    }

    private int CountOf(long slot) => (int)(NumberBefore(slot + 1) - NumberBefore(slot));

    /// <summary>
    /// The number of the first trade of a slot: a line with jitter instead of a sum over all slots before it, so that a trade's number
    /// costs no history. Its steps are the slots' counts, from a half to one and a half of the mean. Never none, so that a minute's volume
    /// always has a trade to be in: a pace below one trade a slot acts as one trade a slot.
    /// </summary>
    private long NumberBefore(long slot) => slot + (long)(morePerSlot * (slot + (Hash.Unit(counts, slot) / 2)));

    private Int128 SlotUnits(long slot)
    {
        var minute = slot * slotLength / Minute;
        var units = volume.Between(minute, minute + 1);
        var parts = Minute / slotLength;
        var part = (int)(slot % parts);
        return parts == 1
            ? units
            : Split.Before(slots, minute, parts, part + 1, units) - Split.Before(slots, minute, parts, part, units);
    }

    // Many small trades and a few large ones; each has at least one unit, and together they are the slot's units.
    private decimal[] Shares(long slot, int count, Int128 units)
    {
        var heavy = new long[count];
        for (var i = 0; i < count; i++)
        {
            var u = Hash.Unit(weights, unchecked((slot * 1_000_003) + i));
            heavy[i] = 10 + (long)(1000 * u * u * u * u);
        }

        var all = (Int128)heavy.Sum();
        var shares = new decimal[count];
        var (before, given) = ((Int128)0, (Int128)0);
        for (var i = 0; i < count; i++)
        {
            before += heavy[i];
            var upTo = (units - count) * before / all;
            shares[i] = (decimal)(upTo - given) + 1;
            given = upTo;
        }

        return shares;
    }

    private MarketLevel[] Side(Quote quote, decimal best, int direction, int count)
    {
        var levels = new MarketLevel[count];
        var price = best;
        var size = (double)(volume.Between(quote.Time / Minute, (quote.Time / Minute) + 1) + 1000);
        for (var i = 0; i < count; i++)
        {
            // A level's quantity belongs to its price and lives for some seconds, so that books a second apart resemble each other.
            var key = unchecked(((long)(price / PriceStep) * 4) + direction);
            var life = (quote.Time / Second / 7) + key;
            var u = Hash.Unit(depth, life);
            levels[i] = new MarketLevel(price, Math.Round((decimal)(size * (0.01 + (u * u))) * Unit, 8) + Unit);
            price += direction * PriceStep * (1 + (Hash.Below(depth, key, 10) < 7 ? 0 : Hash.Below(depth, -key, 4)));
            if (price <= 0)
            {
                return levels[..(i + 1)];
            }
        }

        return levels;
    }

    private long QuoteSecond(long time) => (time - quoteOffset) / Second;

    private Quote QuoteOf(long second)
    {
        var bid = Math.Max(PriceStep, Digits.Floor(basePrice * (decimal)Math.Exp(path.At(second)), PriceStep));
        return new Quote((second * Second) + quoteOffset, bid, bid + PriceStep);
    }

    // About a hundredth of a percent of the price, as a power of ten.
    private static decimal StepOf(decimal price)
    {
        var step = 1m;
        for (; price >= 100_000; price /= 10)
        {
            step *= 10;
        }

        for (; price < 10_000; price *= 10)
        {
            step /= 10;
        }

        return step;
    }
}
