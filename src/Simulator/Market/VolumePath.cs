namespace AkkaCrypto.Simulator.Market;

/// <summary>
/// Traded quantity from the top down: a day has a total, its hours split it, their minutes split those. So the volume of any span of
/// minutes costs at most one day's hours and one hour's minutes per end, and every part adds up to its whole to the last unit.
/// </summary>
/// <param name="unitsPerDay">Mean of a day, in units of 10^-8 coin.</param>
internal sealed class VolumePath(ulong stream, Int128 unitsPerDay)
{
    public const int MinutesPerDay = 1440;

    private readonly ulong days = Hash.Stream(stream, "days");
    private readonly ulong hours = Hash.Stream(stream, "hours");
    private readonly ulong minutes = Hash.Stream(stream, "minutes");

    /// <summary>Units traded in the minutes [from, to), counted since the Unix epoch.</summary>
    public Int128 Between(long from, long to)
    {
        var (firstDay, lastDay) = (from / MinutesPerDay, to / MinutesPerDay);
        var sum = WithinDay(lastDay, (int)(to % MinutesPerDay)) - WithinDay(firstDay, (int)(from % MinutesPerDay));
        for (var day = firstDay; day < lastDay; day++)
        {
            sum += Day(day);
        }

        return sum;
    }

    /// <summary>No minute has fewer units: half a mean day, split twice by weights whose lightest part is a third of the mean one, and a
    /// unit lost to rounding at each split.</summary>
    public Int128 LeastOfMinute => (unitsPerDay / 2 / 24 / 60 / 9) - 2;

    // Days wander instead of jumping: a day is the mean of three neighbouring draws between a half and one and a half of the mean day.
    private Int128 Day(long day) =>
        unitsPerDay * (2000 + Hash.Below(days, day - 1, 1000) + (2 * Hash.Below(days, day, 1000)) + Hash.Below(days, day + 1, 1000)) / 4000;

    private Int128 WithinDay(long day, int minute)
    {
        if (minute == 0)
        {
            return 0;
        }

        var total = Day(day);
        var (hour, rest) = Math.DivRem(minute, 60);
        var before = Split.Before(hours, day, 24, hour, total);
        return rest == 0
            ? before
            : before + Split.Before(minutes, (day * 24) + hour, 60, rest, Split.Before(hours, day, 24, hour + 1, total) - before);
    }
}

/// <summary>Splits a whole number into parts by hashed weights; the parts add up to it exactly.</summary>
internal static class Split
{
    private const int LightestWeight = 500;
    private const int WeightRange = 1000;

    /// <summary>What the first <paramref name="count"/> of <paramref name="parts"/> parts of group <paramref name="group"/> hold.</summary>
    public static Int128 Before(ulong stream, long group, int parts, int count, Int128 total)
    {
        Int128 before = 0;
        Int128 all = 0;
        for (var part = 0; part < parts; part++)
        {
            if (part == count)
            {
                before = all;
            }

            all += LightestWeight + Hash.Below(stream, (group * parts) + part, WeightRange);
        }

        return count == parts ? total : total * before / all;
    }
}
