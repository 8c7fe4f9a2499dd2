using System.Globalization;
using System.Numerics;

namespace AkkaCrypto.Contracts.Ledger;

/// <summary>Why a text is no amount.</summary>
public enum AmountFault
{
    /// <summary>Not digits with at most one point between them.</summary>
    NotANumber,

    /// <summary>Zero or less.</summary>
    NotPositive,

    /// <summary>More decimals than the currency has.</summary>
    TooManyDecimals,

    /// <summary>More than 38 digits in minor units.</summary>
    TooManyDigits,
}

/// <summary>
/// Money as decimal strings outside and as whole minor units inside: <c>"12.50"</c> of a currency of two decimals is 1250. Exact to 38
/// digits; nothing is ever rounded.
/// </summary>
public static class Amount
{
    /// <summary>The longest amount, in digits of minor units.</summary>
    public const int MostDigits = 38;

    /// <summary>The largest: 38 nines.</summary>
    public static readonly Int128 Largest = Int128.Parse(new string('9', MostDigits), CultureInfo.InvariantCulture);

    /// <summary>Reads an amount above zero; trailing zeros past the currency's decimals are as good as none.</summary>
    /// <returns>Null: it is one.</returns>
    public static AmountFault? Parse(ReadOnlySpan<char> text, int decimals, out Int128 minor)
    {
        var fault = ParseUnsigned(text, decimals, out minor);
        return fault ?? (minor == 0 ? AmountFault.NotPositive : null);
    }

    /// <summary>As <see cref="Parse"/>, with zero allowed.</summary>
    public static AmountFault? ParseUnsigned(ReadOnlySpan<char> text, int decimals, out Int128 minor)
    {
        minor = 0;
        var isNegative = text is ['-', ..];
        var digits = isNegative ? text[1..] : text;
        var point = digits.IndexOf('.');
        var whole = point < 0 ? digits : digits[..point];
        var fraction = point < 0 ? [] : digits[(point + 1)..];
        if (whole.IsEmpty || (point >= 0 && fraction.IsEmpty) || HasOther(whole) || HasOther(fraction))
        {
            return AmountFault.NotANumber;
        }

        fraction = fraction.TrimEnd('0');
        whole = whole.TrimStart('0');
        if (isNegative)
        {
            return AmountFault.NotPositive;
        }

        return fraction.Length > decimals ? AmountFault.TooManyDecimals : Compose(whole, fraction, decimals, out minor);
    }

    /// <summary>The shortest text that says all of it: <c>12.5</c>, <c>-3</c>, <c>0</c>.</summary>
    public static string Format(Int128 minor, int decimals) =>
        Compose(minor < 0, Int128.Abs(minor).ToString(CultureInfo.InvariantCulture), decimals);

    /// <summary>As <see cref="Format"/>, of a sum, which may have more than 38 digits.</summary>
    public static string FormatSum(BigInteger minor, int decimals) =>
        Compose(minor.Sign < 0, BigInteger.Abs(minor).ToString(CultureInfo.InvariantCulture), decimals);

    private static string Compose(bool isNegative, string digits, int decimals)
    {
        digits = digits.PadLeft(decimals + 1, '0');
        var fraction = digits[^decimals..].TrimEnd('0');
        var whole = digits[..^decimals];
        var sign = isNegative ? "-" : "";
        return fraction.Length == 0 ? sign + whole : $"{sign}{whole}.{fraction}";
    }

    private static bool HasOther(ReadOnlySpan<char> text) => text.ContainsAnyExceptInRange('0', '9');

    private static AmountFault? Compose(ReadOnlySpan<char> whole, ReadOnlySpan<char> fraction, int decimals, out Int128 minor)
    {
        minor = 0;
        if (whole.Length + (whole.IsEmpty ? fraction.Length : decimals) > MostDigits)
        {
            return AmountFault.TooManyDigits;
        }

        foreach (var digit in whole)
        {
            minor = (minor * 10) + (digit - '0');
        }

        for (var i = 0; i < decimals; i++)
        {
            minor = (minor * 10) + (i < fraction.Length ? fraction[i] - '0' : 0);
        }

        return null;
    }
}
