namespace AkkaCrypto.Contracts.Text;

/// <summary>Powers of ten that 128 bits hold.</summary>
public static class PowersOfTen
{
    /// <summary>10^38 is the largest.</summary>
    public const int Most = 38;

    private static readonly UInt128[] Powers = [.. Enumerable.Range(0, Most + 1).Select(Power)];

    /// <param name="exponent">0 to <see cref="Most"/>.</param>
    public static UInt128 Of(int exponent) => Powers[exponent];

    /// <summary>How many digits the value has; 1 for zero.</summary>
    public static int Digits(UInt128 value)
    {
        var at = Array.BinarySearch(Powers, value);
        return Math.Max(1, at >= 0 ? at + 1 : ~at);
    }

    private static UInt128 Power(int exponent) => exponent == 0 ? UInt128.One : 10 * Power(exponent - 1);
}
