namespace AkkaCrypto.Hocon.Units;

/// <summary>
/// "Period format": a span of the calendar, <c>3 days</c>, <c>2w</c>, <c>6 months</c>, <c>1y</c>; a bare number is days. The number is
/// whole.
/// </summary>
public readonly record struct HoconPeriod(int Years, int Months, int Days)
{
    public static bool TryParse(string text, out HoconPeriod period)
    {
        period = default;
        if (!UnitText.TrySplit(text, out var number, out var unit) || !decimal.IsInteger(number) || Math.Abs(number) > int.MaxValue / 7)
        {
            return false;
        }

        var count = (int)number;
        HoconPeriod? read = unit switch
        {
            "" or "d" or "day" or "days" => new HoconPeriod(0, 0, count),
            "w" or "week" or "weeks" => new HoconPeriod(0, 0, count * 7),
            "m" or "mo" or "month" or "months" => new HoconPeriod(0, count, 0),
            "y" or "year" or "years" => new HoconPeriod(count, 0, 0),
            _ => null,
        };
        period = read ?? default;
        return read is not null;
    }
}
