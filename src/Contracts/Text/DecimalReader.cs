using AkkaCrypto.Contracts.Market;

namespace AkkaCrypto.Contracts.Text;

/// <summary>What became of a number's text.</summary>
public enum NumberOutcome
{
    Exact,

    /// <summary>More significant digits than are kept; rounded half-even.</summary>
    Rounded,

    /// <summary>Not a number in JSON's grammar.</summary>
    Invalid,

    /// <summary>No number that a double could be: 10^309 or more, or below 10^-324.</summary>
    OutOfRange,
}

/// <summary>
/// Decimals from UTF-8, never through binary floating point. The grammar is JSON's (RFC 8259 §6), for number tokens and for numbers in
/// strings alike: <c>1.52899720736006e+15</c> and <c>"0.00123440"</c> are numbers, <c>"+1"</c>, <c>"1,000"</c>, <c>" 1"</c>, <c>"NaN"</c>
/// are not. Keeps <see cref="MarketNumber.MostDigits"/> significant digits, and the zeros that end a fraction (checksums are of the digits
/// as sent). Linear in the length of the text.
/// </summary>
public static class DecimalReader
{
    /// <summary>Any number of so many digits fits an unsigned long.</summary>
    private const int MostShortDigits = 19;

    /// <summary>An exponent past this is as good as this: no payload is long enough to bring it back into range.</summary>
    private const long EndlessExponent = 10_000_000_000;

    /// <param name="text">UTF-8.</param>
    public static NumberOutcome Read(ReadOnlySpan<byte> text, out MarketNumber value)
    {
        if (TryReadShort(text, out value))
        {
            return NumberOutcome.Exact;
        }

        return TrySplit(text, out var whole, out var fraction, out var exponent)
            ? Compose(text[0] == '-', whole, fraction, exponent, out value)
            : NumberOutcome.Invalid;
    }

    /// <summary>The common case: at most 19 digits (a zero before the point not counted) and no exponent, so that all digits fit an
    /// unsigned long. False says nothing.</summary>
    private static bool TryReadShort(ReadOnlySpan<byte> text, out MarketNumber value)
    {
        value = default;
        if (text.Length is 0 or > MostShortDigits + 3)
        {
            return false;
        }

        var isNegative = text[0] == '-';
        var number = isNegative ? text[1..] : text;
        if (!DigitReader.TryReadAtOnce(number, out var mantissa, out var scale) && !TryReadRuns(number, out mantissa, out scale))
        {
            return false;
        }

        value = new MarketNumber(isNegative, mantissa, scale);
        return true;
    }

    /// <summary>The digits before the point and those behind it.</summary>
    private static bool TryReadRuns(ReadOnlySpan<byte> text, out ulong mantissa, out int scale)
    {
        (mantissa, scale) = (0, 0);
        var whole = DigitReader.Read(text, ref mantissa);
        var rest = text[whole..];
        if (!rest.IsEmpty)
        {
            if (rest[0] != '.')
            {
                return false;
            }

            scale = DigitReader.Read(rest[1..], ref mantissa);
            if (scale == 0 || scale != rest.Length - 1)
            {
                return false;
            }
        }

        // Too many digits have overflowed the mantissa by now; it is not used.
        return whole > 0 && (text[0] == '0' ? whole == 1 && scale <= MostShortDigits : whole + scale <= MostShortDigits);
    }

    private static bool TrySplit(
        ReadOnlySpan<byte> text, out ReadOnlySpan<byte> whole, out ReadOnlySpan<byte> fraction, out long exponent)
    {
        fraction = default;
        exponent = 0;
        var rest = text is [(byte)'-', ..] ? text[1..] : text;
        whole = TakeDigits(ref rest);
        if (whole.IsEmpty || (whole.Length > 1 && whole[0] == '0'))
        {
            return false;
        }

        if (rest is [(byte)'.', ..])
        {
            rest = rest[1..];
            fraction = TakeDigits(ref rest);
            if (fraction.IsEmpty)
            {
                return false;
            }
        }

        return rest.IsEmpty || (rest[0] is (byte)'e' or (byte)'E' && TryReadExponent(rest[1..], out exponent));
    }

    private static bool TryReadExponent(ReadOnlySpan<byte> text, out long exponent)
    {
        exponent = 0;
        var negative = text is [(byte)'-', ..];
        var rest = text is [(byte)'-' or (byte)'+', ..] ? text[1..] : text;
        var digits = TakeDigits(ref rest);
        foreach (var digit in digits)
        {
            exponent = Math.Min(EndlessExponent, (exponent * 10) + (digit - '0'));
        }

        exponent = negative ? -exponent : exponent;
        return !digits.IsEmpty && rest.IsEmpty;
    }

    private static ReadOnlySpan<byte> TakeDigits(scoped ref ReadOnlySpan<byte> text)
    {
        var length = text.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        var digits = length < 0 ? text : text[..length];
        text = text[digits.Length..];
        return digits;
    }

    private static NumberOutcome Compose(
        bool negative, ReadOnlySpan<byte> whole, ReadOnlySpan<byte> fraction, long exponent, out MarketNumber value)
    {
        value = default;
        var digits = new Digits(whole, fraction);
        var (first, last) = digits.Significant();
        if (first < 0)
        {
            return NumberOutcome.Exact;
        }

        // Zeros at the end of a fraction are digits that the provider wrote: they stay where there is room, as in a short number.
        if (exponent == 0 && fraction.Length is > 0 and <= MarketNumber.MostDecimals && digits.Count - first <= MarketNumber.MostDigits)
        {
            last = digits.Count - 1;
        }

        // The value is the digits first..last as one integer, times ten to the power.
        long count = last - first + 1;
        var power = exponent - fraction.Length + (digits.Count - 1 - last);
        if (count - 1 + power is < MarketNumber.LeastExponent or > MarketNumber.MostExponent)
        {
            return NumberOutcome.OutOfRange;
        }

        var keep = Math.Min(count, MarketNumber.MostDigits);
        var mantissa = Mantissa(digits, first, last, (int)keep);
        power += count - keep;
        for (; power > 0 && keep < MarketNumber.MostDigits; power--, keep++)
        {
            mantissa *= 10;
        }

        var number = new MarketNumber(negative, mantissa, (int)-power);
        if (!number.IsInRange)
        {
            return NumberOutcome.OutOfRange; // rounded up to the end of it
        }

        value = number;
        return count > MarketNumber.MostDigits ? NumberOutcome.Rounded : NumberOutcome.Exact;
    }

    /// <summary>The first <paramref name="keep"/> significant digits, rounded half-even by the rest.</summary>
    private static UInt128 Mantissa(in Digits digits, int first, int last, int keep)
    {
        UInt128 mantissa = 0;
        for (var i = first; i < first + keep; i++)
        {
            mantissa = (mantissa * 10) + (uint)digits[i];
        }

        if (first + keep > last)
        {
            return mantissa;
        }

        var guard = digits[first + keep];
        var moreFollows = last > first + keep;
        var up = guard > 5 || (guard == 5 && (moreFollows || UInt128.IsOddInteger(mantissa)));
        return up ? mantissa + 1 : mantissa;
    }

    /// <summary>The digits before and after the point as one row.</summary>
    private readonly ref struct Digits(ReadOnlySpan<byte> whole, ReadOnlySpan<byte> fraction)
    {
        private readonly ReadOnlySpan<byte> whole = whole;
        private readonly ReadOnlySpan<byte> fraction = fraction;

        public int Count => whole.Length + fraction.Length;

        public int this[int index] => (index < whole.Length ? whole[index] : fraction[index - whole.Length]) - '0';

        /// <summary>First and last digit that isn't zero; (-1, -1) where all are.</summary>
        public (int First, int Last) Significant()
        {
            var first = whole.IndexOfAnyExcept((byte)'0');
            var inFraction = fraction.LastIndexOfAnyExcept((byte)'0');
            if (first < 0)
            {
                first = fraction.IndexOfAnyExcept((byte)'0');
                first = first < 0 ? -1 : first + whole.Length;
            }

            return (first, inFraction >= 0 ? inFraction + whole.Length : whole.LastIndexOfAnyExcept((byte)'0'));
        }
    }
}
