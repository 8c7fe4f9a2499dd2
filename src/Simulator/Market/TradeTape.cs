using System.Collections.Concurrent;

namespace AkkaCrypto.Simulator.Market;

/// <param name="Number">1 for the pair's first trade on the tape, then without holes.</param>
public readonly record struct NumberedTrade(long Number, MarketTrade Trade);

/// <summary>
/// One pair's trades by number, as exchanges with consecutive ids number them: a pure function of the market, so every process gives a
/// trade the same number. Numbers come from counting, which costs a few nanoseconds a minute of market and is remembered by day; the tape
/// begins in <see cref="Begin"/> and shows nothing of before.
/// </summary>
public sealed class TradeTape(MarketModel market, MarketPair pair)
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly Lock gate = new();

    /// <summary>How many trades came before each day of the tape.</summary>
    private readonly List<long> before = [0];

    public static DateTimeOffset Begin { get; } = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Trades of [from, to), oldest first; computed as they are enumerated.</summary>
    public IEnumerable<NumberedTrade> Between(DateTimeOffset from, DateTimeOffset to)
    {
        from = from > Begin ? from : Begin;
        var minute = Floor(from, Minute);
        return minute >= to
            ? []
            : Enumerate(minute, to).SkipWhile(trade => DateTimeOffset.FromUnixTimeMilliseconds(trade.Trade.Time) < from);
    }

    /// <summary>Trades from a number on up to before <paramref name="to"/>, oldest first.</summary>
    public IEnumerable<NumberedTrade> From(long number, DateTimeOffset to)
    {
        number = Math.Max(1, number);
        var day = Begin;
        while (day < to && BeforeDay(day + Day) < number)
        {
            day += Day;
        }

        var minute = day;
        var count = BeforeDay(day);
        while (minute < to && minute < day + Day
            && count + market.TradeCount(pair, minute, minute + Minute) is var through && through < number)
        {
            count = through;
            minute += Minute;
        }

        return minute >= to ? [] : Enumerate(minute, to).SkipWhile(trade => trade.Number < number);
    }

    /// <summary>The last trades up to and including <paramref name="now"/>, oldest first.</summary>
    public IReadOnlyList<NumberedTrade> Newest(DateTimeOffset now, int count)
    {
        if (now < Begin)
        {
            return [];
        }

        var minute = Floor(now, Minute);
        var next = DateTimeOffset.FromUnixTimeMilliseconds(now.ToUnixTimeMilliseconds() + 1);
        var last = CountBefore(minute) + market.Trades(pair, minute, next).Count();
        return [.. market.NewestTrades(pair, now, count)
            .Select((trade, place) => new NumberedTrade(last - place, trade)).TakeWhile(trade => trade.Number > 0).Reverse()];
    }

    /// <summary>How many trades came before a minute.</summary>
    public long CountBefore(DateTimeOffset time)
    {
        if (time <= Begin)
        {
            return 0;
        }

        var day = Floor(time, Day);
        return BeforeDay(day) + market.TradeCount(pair, day, Floor(time, Minute));
    }

    private IEnumerable<NumberedTrade> Enumerate(DateTimeOffset minute, DateTimeOffset to)
    {
        var number = CountBefore(minute);
        foreach (var trade in market.Trades(pair, minute, to))
        {
            yield return new NumberedTrade(++number, trade);
        }
    }

    private long BeforeDay(DateTimeOffset day)
    {
        var index = (int)((day - Begin) / Day);
        lock (gate)
        {
            while (before.Count <= index)
            {
                var last = Begin + (Day * (before.Count - 1));
                before.Add(before[^1] + market.TradeCount(pair, last, last + Day));
            }

            return before[index];
        }
    }

    private static DateTimeOffset Floor(DateTimeOffset time, TimeSpan unit) =>
        new(time.UtcTicks - (time.UtcTicks % unit.Ticks), TimeSpan.Zero);
}

/// <summary>The tapes of one market, each made once.</summary>
internal sealed class TradeTapes(MarketModel market)
{
    private readonly ConcurrentDictionary<MarketPair, TradeTape> tapes = [];

    public TradeTape Of(MarketPair pair) => tapes.GetOrAdd(pair, key => new TradeTape(market, key));
}
