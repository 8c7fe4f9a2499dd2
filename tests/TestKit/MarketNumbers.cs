using System.Globalization;
using System.Numerics;
using System.Text;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Text;

namespace AkkaCrypto.TestKit;

public static class MarketNumbers
{
    /// <summary>As a provider may write it, e.g. <c>1.5e-30</c>.</summary>
    public static MarketNumber Of(string text) =>
        DecimalReader.Read(Encoding.UTF8.GetBytes(text), out var number) is NumberOutcome.Exact
        ? number
        : throw new ArgumentException($"'{text}' is no number that is kept whole.", nameof(text));

    /// <summary>coefficient × 10^-scale in plain digits, with the zeros that end its fraction: how the database writes it.</summary>
    public static string Plain(bool isNegative, BigInteger coefficient, int scale)
    {
        var digits = (scale < 0 ? coefficient * BigInteger.Pow(10, -scale) : coefficient).ToString(CultureInfo.InvariantCulture);
        digits = scale <= 0 ? digits : digits.PadLeft(scale + 1, '0').Insert(Math.Max(digits.Length, scale + 1) - scale, ".");
        return isNegative ? $"-{digits}" : digits;
    }

    /// <summary>The same without those zeros.</summary>
    public static string Trimmed(string plain) => plain.Contains('.', StringComparison.Ordinal) ? plain.TrimEnd('0').TrimEnd('.') : plain;
}
