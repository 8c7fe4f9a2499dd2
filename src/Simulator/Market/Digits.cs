namespace AkkaCrypto.Simulator.Market;

/// <summary>Rounding as providers do it, on decimals alone.</summary>
public static class Digits
{
    /// <summary>Rounds to <paramref name="count"/> significant digits, half to even.</summary>
    public static decimal Significant(decimal value, int count)
    {
        var size = Math.Abs(value);
        var decimals = count;
        while (size >= 1)
        {
            size /= 10;
            decimals--;
        }

        while (size is > 0 and < 0.1m && decimals < 28)
        {
            size *= 10;
            decimals++;
        }

        return decimals >= 0 ? Math.Round(value, Math.Min(decimals, 28)) : Math.Round(value);
    }

    /// <summary>The multiple of <paramref name="step"/> at or below a positive value.</summary>
    public static decimal Floor(decimal value, decimal step) => Math.Floor(value / step) * step;

    /// <summary>The multiple of <paramref name="step"/> at or above a positive value.</summary>
    public static decimal Ceiling(decimal value, decimal step) => Math.Ceiling(value / step) * step;
}
