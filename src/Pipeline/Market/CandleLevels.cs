namespace AkkaCrypto.Pipeline.Market;

/// <summary>The intervals that candles are made of, each from the one before it. Buckets begin at multiples of their length since 1970
/// UTC, so days and hours are UTC's.</summary>
public static class CandleLevels
{
    /// <summary>Minutes since 1970 UTC that a day has.</summary>
    public const int Day = 1440;

    private const long NanosecondsPerMinute = 60_000_000_000;

    /// <summary>As the API and records name them, the shortest first.</summary>
    public static readonly IReadOnlyList<string> Names = ["1m", "5m", "15m", "1h", "4h", "1d"];

    /// <summary>The same in minutes.</summary>
    internal static readonly IReadOnlyList<int> Minutes = [1, 5, 15, 60, 240, Day];

    /// <summary>Length in minutes; null for a name that is none of <see cref="Names"/>.</summary>
    public static int? MinutesOf(string name)
    {
        for (var i = 0; i < Names.Count; i++)
        {
            if (Names[i] == name)
            {
                return Minutes[i];
            }
        }

        return null;
    }

    /// <summary>The minute since 1970 UTC that an instant lies in.</summary>
    internal static int MinuteOf(long unixNanoseconds)
    {
        var (minute, rest) = Math.DivRem(unixNanoseconds, NanosecondsPerMinute);
        return (int)(rest < 0 ? minute - 1 : minute);
    }

    internal static int MinuteOf(DateTimeOffset time) =>
        (int)Math.Floor((decimal)(time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMinute);

    /// <summary>The first bucket of a length that begins at or after an instant.</summary>
    internal static int FirstFrom(DateTimeOffset time, int minutes)
    {
        var minute = MinuteOf(time);
        return Floor(minute == MinuteOf(time.AddTicks(-1)) ? minute + minutes : minute + minutes - 1, minutes);
    }

    /// <summary>Where the bucket of a length begins that a minute lies in.</summary>
    internal static int Floor(int minute, int minutes) => minute - (((minute % minutes) + minutes) % minutes);

    internal static long NanosecondsOf(int minute) => minute * NanosecondsPerMinute;

    internal static DateTimeOffset TimeOf(int minute) => DateTimeOffset.UnixEpoch.AddMinutes(minute);
}
