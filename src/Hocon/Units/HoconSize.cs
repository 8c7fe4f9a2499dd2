namespace AkkaCrypto.Hocon.Units;

/// <summary>"Size in bytes format": <c>4MiB</c>, <c>512K</c>, <c>1.5 kB</c>; a bare number is bytes. <c>kB</c> is 1000, <c>K</c> and
/// <c>KiB</c> are 1024.</summary>
public static class HoconSize
{
    private static readonly string[] Letters = ["K", "M", "G", "T", "P", "E"];
    private static readonly string[] Decimal = ["kilo", "mega", "giga", "tera", "peta", "exa"];
    private static readonly string[] Binary = ["kibi", "mebi", "gibi", "tebi", "pebi", "exbi"];

    /// <summary>False for what is no size, is no whole number of bytes, or is too large for a <c>long</c> (zetta and yotta always
    /// are).</summary>
    public static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        if (!UnitText.TrySplit(text, out var number, out var unit) || BytesPer(unit) is not { } bytesPer)
        {
            return false;
        }

        if (Math.Abs(number) > long.MaxValue / bytesPer || !decimal.IsInteger(number * bytesPer))
        {
            return false;
        }

        bytes = (long)(number * bytesPer);
        return true;
    }

    /// <summary>The shortest exact text: <c>4MiB</c>, <c>1000B</c>.</summary>
    public static string Format(long bytes)
    {
        var power = 0;
        while (power < Letters.Length && bytes != 0 && bytes % 1024 == 0)
        {
            bytes /= 1024;
            power++;
        }

        return power == 0 ? $"{bytes}B" : $"{bytes}{Letters[power - 1]}iB";
    }

    private static decimal? BytesPer(string unit)
    {
        if (unit is "" or "B" or "b" or "byte" or "bytes")
        {
            return 1;
        }

        for (var i = 0; i < Letters.Length; i++)
        {
            var letter = Letters[i];
            if (unit == letter || unit == letter.ToLowerInvariant() || unit == letter + "i"
                || unit == letter + "iB" || IsLong(unit, Binary[i]))
            {
                return Power(1024, i + 1);
            }

            if (unit == (i == 0 ? "kB" : letter + "B") || IsLong(unit, Decimal[i]))
            {
                return Power(1000, i + 1);
            }
        }

        return null;
    }

    private static bool IsLong(string unit, string prefix) => unit == prefix + "byte" || unit == prefix + "bytes";

    private static decimal Power(decimal radix, int exponent) => exponent == 0 ? 1 : radix * Power(radix, exponent - 1);
}
