namespace AkkaCrypto.Hocon.Units;

/// <summary>"Duration format": <c>250ms</c>, <c>1.5 s</c>, <c>2 hours</c>; a bare number is milliseconds. Unit names are lower
/// case.</summary>
public static class HoconDuration
{
    private const decimal TicksPerNanosecond = 0.01m;

    /// <summary>False for what is no duration, is longer than a <see cref="TimeSpan"/> holds, or is no multiple of its 100 ns.</summary>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        if (!UnitText.TrySplit(text, out var number, out var unit) || TicksPer(unit) is not { } ticksPer)
        {
            return false;
        }

        // A decimal product would overflow only far beyond what a TimeSpan holds: compare before multiplying.
        if (Math.Abs(number) > TimeSpan.MaxValue.Ticks / ticksPer || !decimal.IsInteger(number * ticksPer))
        {
            return false;
        }

        duration = TimeSpan.FromTicks((long)(number * ticksPer));
        return true;
    }

    /// <summary>The shortest text that reads back the same: <c>250ms</c>, <c>1m</c>.</summary>
    public static string Format(TimeSpan duration)
    {
        (string Unit, decimal Ticks)[] units =
        [
            ("d", TimeSpan.TicksPerDay), ("h", TimeSpan.TicksPerHour), ("m", TimeSpan.TicksPerMinute), ("s", TimeSpan.TicksPerSecond),
            ("ms", TimeSpan.TicksPerMillisecond), ("us", TimeSpan.TicksPerMicrosecond), ("ns", TicksPerNanosecond),
        ];
        var (unit, ticks) = duration == TimeSpan.Zero ? units[3] : Array.Find(units, unit => duration.Ticks % unit.Ticks == 0);
        return $"{duration.Ticks / ticks:0}{unit}";
    }

    private static decimal? TicksPer(string unit) => unit switch
    {
        "ns" or "nano" or "nanos" or "nanosecond" or "nanoseconds" => TicksPerNanosecond,
        "us" or "micro" or "micros" or "microsecond" or "microseconds" => TimeSpan.TicksPerMicrosecond,
        "" or "ms" or "milli" or "millis" or "millisecond" or "milliseconds" => TimeSpan.TicksPerMillisecond,
        "s" or "second" or "seconds" => TimeSpan.TicksPerSecond,
        "m" or "minute" or "minutes" => TimeSpan.TicksPerMinute,
        "h" or "hour" or "hours" => TimeSpan.TicksPerHour,
        "d" or "day" or "days" => TimeSpan.TicksPerDay,
        _ => null,
    };
}
