using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;
using System.Text;
using AkkaCrypto.Contracts.Text;

namespace AkkaCrypto.Contracts.Market;

/// <summary>
/// A market value: a decimal number of up to 28 significant digits at any scale that a provider's double can have, from 10^-324 to below
/// 10^309, where <see cref="decimal"/> ends at 28 decimals and below 10^29. As a decimal it keeps the zeros that end its fraction (a
/// checksum may be of the digits as sent), and numbers that differ in these alone are equal. Money is no such number: it is whole minor
/// units.
/// </summary>
public readonly struct MarketNumber : IEquatable<MarketNumber>, IComparable<MarketNumber>, ISpanFormattable, IUtf8SpanFormattable
{
    /// <summary>Significant digits that are kept of any number.</summary>
    public const int MostDigits = 28;

    /// <summary>Of the first significant digit, as a power of ten.</summary>
    public const int LeastExponent = -324;

    /// <inheritdoc cref="LeastExponent"/>
    public const int MostExponent = 308;

    /// <summary>Decimals that a number of <see cref="MostDigits"/> digits at <see cref="LeastExponent"/> has.</summary>
    public const int MostDecimals = MostDigits - 1 - LeastExponent;

    /// <summary>Characters of the longest text: a sign, a zero, the point and all decimals.</summary>
    public const int LongestText = MostDecimals + 3;

    /// <summary>2^96 times ten to this is below 2^128.</summary>
    private const int SafelyAligned = 9;

    private const ulong Minus = 1UL << 16;

    private readonly ulong _low;

    /// <summary>The coefficient's highest 32 bits, the sign, and the scale in the lowest 16: in two words, not four, a number is copied
    /// without waiting for the writing of its parts.</summary>
    private readonly ulong _rest;

    /// <summary>coefficient × 10^-scale, nothing rounded.</summary>
    /// <param name="coefficient">Below 2^96.</param>
    /// <param name="scale">Decimals; below zero for zeros before the point that are not in the coefficient.</param>
    public MarketNumber(bool isNegative, UInt128 coefficient, int scale)
    {
        _low = (ulong)coefficient;
        _rest = ((ulong)checked((uint)(coefficient >> 64)) << 32) | (isNegative && coefficient != 0 ? Minus : 0)
            | (ushort)checked((short)scale);
    }

    /// <inheritdoc cref="MarketNumber(bool, UInt128, int)"/>
    public MarketNumber(bool isNegative, ulong coefficient, int scale)
    {
        _low = coefficient;
        _rest = (isNegative && coefficient != 0 ? Minus : 0) | (ushort)scale;
    }

    public static MarketNumber Zero => default;

    public UInt128 Coefficient => new(_rest >> 32, _low);

    /// <summary>Decimals, with the zeros that end them; below zero for zeros before the point that are not in the coefficient.</summary>
    public int Scale => (short)_rest;

    public bool IsNegative => (_rest & Minus) != 0;

    public bool IsZero => (_low | (_rest >> 32)) == 0;

    /// <summary>-1, 0 or 1.</summary>
    public int Sign => IsZero ? 0 : IsNegative ? -1 : 1;

    /// <summary>Whether it is one that a provider may send; a sum or a constructed number may be beyond.</summary>
    public bool IsInRange => IsZero || Exponent() is >= LeastExponent and <= MostExponent;

    public bool IsInteger => Scale <= 0 || Canonical().Scale <= 0;

    public static implicit operator MarketNumber(decimal value)
    {
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(value, bits);
        return new(bits[3] < 0, new UInt128((uint)bits[2], ((ulong)(uint)bits[1] << 32) | (uint)bits[0]), value.Scale);
    }

    /// <exception cref="OverflowException">A decimal does not hold all of it.</exception>
    public static explicit operator decimal(MarketNumber value) => value.TryToDecimal(out var number)
        ? number
        : throw new OverflowException($"{value} has more digits or another scale than a decimal holds.");

    public static bool operator ==(MarketNumber left, MarketNumber right) => left.Equals(right);

    public static bool operator !=(MarketNumber left, MarketNumber right) => !left.Equals(right);

    public static bool operator <(MarketNumber left, MarketNumber right) => left.CompareTo(right) < 0;

    public static bool operator >(MarketNumber left, MarketNumber right) => left.CompareTo(right) > 0;

    public static bool operator <=(MarketNumber left, MarketNumber right) => left.CompareTo(right) <= 0;

    public static bool operator >=(MarketNumber left, MarketNumber right) => left.CompareTo(right) >= 0;

    public static MarketNumber operator -(MarketNumber value) => new(!value.IsNegative, value.Coefficient, value.Scale);

    /// <summary>Rounded half-even to <see cref="MostDigits"/> digits where the sum has more.</summary>
    public static MarketNumber operator +(MarketNumber left, MarketNumber right)
    {
        var scale = Math.Max(left.Scale, right.Scale);
        var sum = left.Signed(scale) + right.Signed(scale);
        return Rounded(sum.Sign < 0, BigInteger.Abs(sum), scale);
    }

    /// <summary>Of what <see cref="ToString()"/> writes: plain digits, no more than <see cref="MostDigits"/> of them significant.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out MarketNumber value)
    {
        value = default;
        return text is not null && !text.AsSpan().ContainsAny('e', 'E')
            && DecimalReader.Read(Encoding.UTF8.GetBytes(text), out value) is NumberOutcome.Exact;
    }

    /// <exception cref="FormatException">The text is no such number.</exception>
    public static MarketNumber Parse(string text) => TryParse(text, out var value)
        ? value
        : throw new FormatException($"'{text}' is no number in plain digits, at most {MostDigits} of them significant.");

    /// <inheritdoc cref="Rounded(bool, BigInteger, int)"/>
    public static MarketNumber Rounded(bool isNegative, UInt128 coefficient, int scale) => coefficient < PowersOfTen.Of(MostDigits)
        ? new(isNegative, coefficient, scale)
        : Rounded(isNegative, (BigInteger)coefficient, scale);

    /// <summary>coefficient × 10^-scale, rounded half-even to <see cref="MostDigits"/> significant digits.</summary>
    public static MarketNumber Rounded(bool isNegative, BigInteger coefficient, int scale)
    {
        var digits = coefficient.ToString(CultureInfo.InvariantCulture).Length;
        if (digits <= MostDigits)
        {
            return new(isNegative, (UInt128)coefficient, scale);
        }

        var unit = BigInteger.Pow(10, digits - MostDigits);
        var (kept, rest) = BigInteger.DivRem(coefficient, unit);
        var half = (rest * 2).CompareTo(unit);
        kept += half > 0 || (half == 0 && !kept.IsEven) ? 1 : 0;
        return new(isNegative, (UInt128)kept, scale - (digits - MostDigits));
    }

    /// <summary>To so many decimals; halves go away from zero.</summary>
    public MarketNumber RoundedTo(int decimals)
    {
        var drop = Scale - decimals;
        if (drop <= 0)
        {
            return this;
        }

        if (drop > PowersOfTen.Most)
        {
            return Zero;
        }

        var unit = PowersOfTen.Of(drop);
        var (kept, rest) = UInt128.DivRem(Coefficient, unit);
        return new(IsNegative, kept + (rest >= unit - rest ? UInt128.One : UInt128.Zero), decimals);
    }

    /// <summary>The same number with no zero at the end of its coefficient: equal numbers are the same then.</summary>
    public MarketNumber Canonical()
    {
        if (IsZero)
        {
            return Zero;
        }

        var (coefficient, scale) = (Coefficient, Scale);
        while (coefficient > ulong.MaxValue)
        {
            var (tenth, digit) = UInt128.DivRem(coefficient, 10);
            if (digit != 0)
            {
                return new(IsNegative, coefficient, scale);
            }

            (coefficient, scale) = (tenth, scale - 1);
        }

        var low = (ulong)coefficient;
        for (var tenth = low / 10; tenth * 10 == low; tenth = low / 10)
        {
            (low, scale) = (tenth, scale - 1);
        }

        return new(IsNegative, low, scale);
    }

    /// <summary>False where a decimal does not hold all of it.</summary>
    public bool TryToDecimal(out decimal value)
    {
        var number = Scale is >= 0 and <= MostDigits ? this : Canonical();
        var (coefficient, scale) = (number.Coefficient, number.Scale);
        value = 0;
        if (scale is < -MostDigits or > MostDigits)
        {
            return false;
        }

        if (scale < 0)
        {
            (coefficient, scale) = (coefficient * PowersOfTen.Of(-scale), 0);
        }

        if (coefficient >> 96 != 0)
        {
            return false;
        }

        var (low, middle, high) = ((int)(uint)coefficient, (int)(uint)(coefficient >> 32), (int)(uint)(coefficient >> 64));
        value = new decimal(low, middle, high, IsNegative, (byte)scale);
        return true;
    }

    public bool Equals(MarketNumber other)
    {
        if (Scale == other.Scale)
        {
            return _low == other._low && _rest == other._rest;
        }

        var (left, right) = (Canonical(), other.Canonical());
        return left._low == right._low && left._rest == right._rest;
    }

    public override bool Equals([NotNullWhen(true)] object? obj) => obj is MarketNumber other && Equals(other);

    public override int GetHashCode()
    {
        var number = Canonical();
        return HashCode.Combine(number._low, number._rest);
    }

    public int CompareTo(MarketNumber other)
    {
        if (Sign != other.Sign || IsZero)
        {
            return Sign.CompareTo(other.Sign);
        }

        var magnitude = CompareMagnitude(other);
        return IsNegative ? -magnitude : magnitude;
    }

    /// <summary>In plain digits: no exponent, no zeros at the end of a fraction, e.g. <c>0.00000001</c>.</summary>
    public override string ToString()
    {
        Span<byte> text = stackalloc byte[LongestText];
        return Encoding.ASCII.GetString(text[..MarketNumberText.Write(text, Canonical())]);
    }

    /// <inheritdoc cref="ToString()"/>
    public string ToString(string? format, IFormatProvider? formatProvider) => ToString();

    /// <inheritdoc cref="ToString()"/>
    public bool TryFormat(
        Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format, IFormatProvider? provider)
    {
        Span<byte> text = stackalloc byte[LongestText];
        var length = MarketNumberText.Write(text, Canonical());
        bytesWritten = text[..length].TryCopyTo(utf8Destination) ? length : 0;
        return bytesWritten > 0;
    }

    /// <inheritdoc cref="ToString()"/>
    public bool TryFormat(
        Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider)
    {
        Span<byte> text = stackalloc byte[LongestText];
        var length = MarketNumberText.Write(text, Canonical());
        charsWritten = 0;
        return length <= destination.Length && Ascii.ToUtf16(text[..length], destination, out charsWritten) is OperationStatus.Done;
    }

    /// <summary>Of numbers that are not zero. Where the scales are far apart the first digits' places decide, or the digits behind them
    /// are so few that aligning them overflows nothing.</summary>
    private int CompareMagnitude(MarketNumber other)
    {
        var apart = Scale - other.Scale;
        if (apart == 0)
        {
            return Coefficient.CompareTo(other.Coefficient);
        }

        if (Math.Abs(apart) > SafelyAligned && Exponent() != other.Exponent())
        {
            return Exponent().CompareTo(other.Exponent());
        }

        return apart > 0
            ? Coefficient.CompareTo(other.Coefficient * PowersOfTen.Of(apart))
            : (Coefficient * PowersOfTen.Of(-apart)).CompareTo(other.Coefficient);
    }

    /// <summary>Of the first digit, as a power of ten.</summary>
    private int Exponent() => PowersOfTen.Digits(Coefficient) - 1 - Scale;

    private BigInteger Signed(int scale)
    {
        var aligned = (BigInteger)Coefficient * BigInteger.Pow(10, scale - Scale);
        return IsNegative ? -aligned : aligned;
    }
}
