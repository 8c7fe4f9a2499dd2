using System.Buffers.Binary;

namespace AkkaCrypto.Storage.Postgres;

/// <summary>
/// PostgreSQL's binary form of <c>numeric</c> (numeric_send in its source): four 16-bit words – number of digits, weight of the first
/// digit,
/// sign, decimals – and then digits in base 10,000, aligned to the decimal point.
/// </summary>
internal static class PostgresNumeric
{
    private const int DigitBase = 10_000;
    private const short Negative = 0x4000;

    /// <summary>A decimal's 29 digits can touch nine base-10,000 digits.</summary>
    public const int LongestBytes = 8 + (2 * 9);

    /// <returns>The bytes written.</returns>
    public static int Write(Span<byte> target, decimal value)
    {
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(value, bits);
        var scale = value.Scale;
        var padding = (4 - (scale % 4)) % 4;
        Span<short> digits = stackalloc short[9];
        var count = Digits(digits, bits, padding);
        var fractionDigits = (scale + padding) / 4;
        var trailingZeros = 0;
        while (trailingZeros < count && digits[trailingZeros] == 0)
        {
            trailingZeros++;
        }

        var written = count - trailingZeros;
        BinaryPrimitives.WriteInt16BigEndian(target, (short)written);
        BinaryPrimitives.WriteInt16BigEndian(target[2..], (short)(written == 0 ? 0 : count - fractionDigits - 1));
        BinaryPrimitives.WriteInt16BigEndian(target[4..], written != 0 && bits[3] < 0 ? Negative : (short)0);
        BinaryPrimitives.WriteInt16BigEndian(target[6..], scale);
        for (var i = 0; i < written; i++)
        {
            BinaryPrimitives.WriteInt16BigEndian(target[(8 + (2 * i))..], digits[count - 1 - i]);
        }

        return 8 + (2 * written);
    }

    /// <summary>The digits of mantissa × 10^padding in base 10,000, least significant first, without leading zeros.</summary>
    private static int Digits(Span<short> digits, ReadOnlySpan<int> bits, int padding)
    {
        var power = padding switch { 0 => 1UL, 1 => 10UL, 2 => 100UL, _ => 1000UL };
        var low = ((ulong)(uint)bits[1] << 32) | (uint)bits[0];
        if (bits[2] == 0 && Math.BigMul(low, power, out var narrow) == 0)
        {
            return Digits(digits, 0, narrow); // nearly every number of a market
        }

        var count = 0;
        var wide = new UInt128((uint)bits[2], low) * power;
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
