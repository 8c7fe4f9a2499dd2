namespace AkkaCrypto.Pipeline.Market;

/// <summary>A place between records: before all of its time where the id is empty, for no record has an empty id.</summary>
internal readonly record struct Place(long TimeNs, string Id);

/// <summary>The places that a page lies between, both exclusive, and the end that it is read from.</summary>
internal sealed record PageWindow(bool Forwards, Place After, Place Before)
{
    /// <summary>The id in cursors of series whose time is their key.</summary>
    public const string OnlyId = "0";

    private const long NanosecondsPerMicrosecond = 1_000;

    /// <summary>For series with one record a time (whose id is <see cref="OnlyId"/>): the earliest time of the page, inclusive, to the
    /// microsecond.</summary>
    public DateTimeOffset From => CeilingMicrosecond(After.Id.Length == 0 ? After.TimeNs : (Int128)After.TimeNs + 1);

    /// <summary>The same series' latest time of the page, exclusive, to the microsecond.</summary>
    public DateTimeOffset To => CeilingMicrosecond(Before.TimeNs);

    /// <exception cref="ArgumentOutOfRangeException">The limit is below one.</exception>
    public static PageWindow Of(PageRequest page)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(page.Limit, 1);
        var after = new Place(page.From is { } from ? Nanoseconds(from) : long.MinValue, "");
        var before = new Place(page.To is { } to ? Nanoseconds(to) : long.MaxValue, "");
        return page.Cursor switch
        {
            { Forwards: true } cursor => new PageWindow(true, Later(after, new Place(cursor.TimeNs, cursor.Id)), before),
            { } cursor => new PageWindow(false, after, Earlier(before, new Place(cursor.TimeNs, cursor.Id))),
            null => new PageWindow(page.From is not null, after, before),
        };
    }

    /// <param name="read">In the order of reading; one more than <paramref name="limit"/> says that there is a next page. Is
    /// reordered.</param>
    public Page<T> ToPage<T>(List<T> read, int limit, Func<T, (long TimeNs, string Id)> key)
    {
        PageCursor? next = null;
        if (read.Count > limit)
        {
            read.RemoveRange(limit, read.Count - limit);
            var (timeNs, id) = key(read[^1]);
            next = new PageCursor(Forwards, timeNs, id);
        }

        if (!Forwards)
        {
            read.Reverse();
        }

        return new Page<T>(read, next);
    }

    /// <summary>Nanoseconds since 1970; what lies outside of <see cref="Contracts.Text.ProviderTime"/>'s years becomes their end.</summary>
    private static long Nanoseconds(DateTimeOffset time) =>
        (long)Int128.Clamp((Int128)(time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) * 100, long.MinValue, long.MaxValue);

    private static DateTimeOffset CeilingMicrosecond(Int128 nanoseconds)
    {
        var (whole, rest) = Int128.DivRem(nanoseconds, NanosecondsPerMicrosecond);
        return DateTimeOffset.UnixEpoch.AddTicks((long)(rest > 0 ? whole + 1 : whole) * TimeSpan.TicksPerMicrosecond);
    }

    private static Place Later(Place left, Place right) => Compare(left, right) >= 0 ? left : right;

    private static Place Earlier(Place left, Place right) => Compare(left, right) <= 0 ? left : right;

    private static int Compare(Place left, Place right) =>
        left.TimeNs != right.TimeNs ? left.TimeNs.CompareTo(right.TimeNs) : string.CompareOrdinal(left.Id, right.Id);
}
