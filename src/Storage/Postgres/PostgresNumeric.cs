using System.Buffers.Binary;
using System.Numerics;

namespace AkkaCrypto.Storage.Postgres;

/// <summary>
/// PostgreSQL's binary form of <c>numeric</c> (numeric_send in its source): four 16-bit words – number of digits, weight of the first
/// digit, sign, decimals – and then digits in base 10,000, aligned to the decimal point. Here a number is coefficient × 10^-scale; a
/// scale below zero stands for zeros before the point that are not in the coefficient.
/// </summary>
public static class PostgresNumeric
{
    private const int DigitBase = 10_000;
    private const int DigitsOfBase = 4;
    private const short Negative = 0x4000;
    private const int HeadBytes = 8;

    /// <summary>Digits in base 10,000 that a coefficient below 2^96 touches at most, whatever its alignment.</summary>
    private const int MostDigits = 9;

    public const int LongestBytes = HeadBytes + (2 * MostDigits);

    /// <summary>10^27: one more digit makes the 28th.</summary>
    private static readonly UInt128 RoomForADigit = (UInt128)1_000_000_000_000_000_000 * 1_000_000_000;

    /// <param name="coefficient">Below 2^96.</param>
    /// <returns>The bytes written.</returns>
    public static int Write(Span<byte> target, bool isNegative, UInt128 coefficient, int scale)
    {
        var padding = (DigitsOfBase - (scale % DigitsOfBase)) % DigitsOfBase;
        Span<short> digits = stackalloc short[MostDigits];
        var count = Digits(digits, coefficient, padding);
        var fractionDigits = (scale + padding) / DigitsOfBase;
        var trailingZeros = 0;
        while (trailingZeros < count && digits[trailingZeros] == 0)
        {
            trailingZeros++;
        }

        var written = count - trailingZeros;
        BinaryPrimitives.WriteInt16BigEndian(target, (short)written);
        BinaryPrimitives.WriteInt16BigEndian(target[2..], (short)(written == 0 ? 0 : count - fractionDigits - 1));
        BinaryPrimitives.WriteInt16BigEndian(target[4..], written != 0 && isNegative ? Negative : (short)0);
        BinaryPrimitives.WriteInt16BigEndian(target[6..], (short)Math.Max(0, scale));
        for (var i = 0; i < written; i++)
        {
            BinaryPrimitives.WriteInt16BigEndian(target[(HeadBytes + (2 * i))..], digits[count - 1 - i]);
        }

        return HeadBytes + (2 * written);
    }

    /// <summary>With the zeros that end the fraction, as long as there are no more than 28 digits in all.</summary>
    /// <returns>False where the digits are more than 128 bits hold for certain: <see cref="ReadLong"/> has them.</returns>
    /// <exception cref="OverflowException">Infinite or no number.</exception>
    public static bool TryRead(ReadOnlySpan<byte> form, out bool isNegative, out UInt128 coefficient, out int scale)
    {
        (isNegative, var digits, scale) = Head(form);
        coefficient = 0;
        if (digits >= MostDigits)
        {
            return false;
        }

        for (var i = 0; i < digits; i++)
        {
            coefficient = (coefficient * DigitBase) + Digit(form, i);
        }

        // Digits in base 10,000 end with up to three zeros too many, or many too few, of those that the database keeps.
        int decimals = BinaryPrimitives.ReadInt16BigEndian(form[6..]);
        for (; scale > decimals && coefficient != 0; scale--)
        {
            coefficient /= 10;
        }

        for (; scale < decimals && coefficient != 0 && coefficient < RoomForADigit; scale++)
        {
            coefficient *= 10;
        }

        scale = coefficient == 0 ? decimals : scale;
        return true;
    }

    /// <summary>Of any length, as a sum may be.</summary>
    /// <exception cref="OverflowException">Infinite or no number.</exception>
    public static (bool IsNegative, BigInteger Coefficient, int Scale) ReadLong(ReadOnlySpan<byte> form)
    {
        var (isNegative, digits, scale) = Head(form);
        var coefficient = BigInteger.Zero;
        for (var i = 0; i < digits; i++)
        {
            coefficient = (coefficient * DigitBase) + Digit(form, i);
        }

        return (isNegative, coefficient, scale);
    }

    private static (bool IsNegative, int Digits, int Scale) Head(ReadOnlySpan<byte> form)
    {
        int digits = BinaryPrimitives.ReadInt16BigEndian(form);
        int weight = BinaryPrimitives.ReadInt16BigEndian(form[2..]);
        var sign = BinaryPrimitives.ReadInt16BigEndian(form[4..]);
        return sign is 0 or Negative
            ? (sign == Negative, digits, DigitsOfBase * (digits - 1 - weight))
            : throw new OverflowException("The database's number is infinite or none at all; a number with digits was expected.");
    }

    private static uint Digit(ReadOnlySpan<byte> form, int index) =>
        BinaryPrimitives.ReadUInt16BigEndian(form[(HeadBytes + (2 * index))..]);

    /// <summary>The digits of coefficient × 10^padding in base 10,000, least significant first, without leading zeros.</summary>
    private static int Digits(Span<short> digits, UInt128 coefficient, int padding)
    {
        var power = padding switch { 0 => 1UL, 1 => 10UL, 2 => 100UL, _ => 1000UL };
        if (coefficient <= ulong.MaxValue && Math.BigMul((ulong)coefficient, power, out var narrow) == 0)
        {
            return Digits(digits, 0, narrow); // nearly every number of a market
        }

        var count = 0;
        var wide = coefficient * power;
        while (wide > ulong.MaxValue)
        {
            (wide, var rest) = UInt128.DivRem(wide, DigitBase);
            digits[count++] = (short)rest;
        }

        return Digits(digits, count, (ulong)wide);
    }

    private static int Digits(Span<short> digits, int count, ulong rest)
    {
        while (rest != 0)
        {
            var next = rest / DigitBase;
            digits[count++] = (short)(rest - (next * DigitBase));
            rest = next;
        }

        return count;
    }
}
