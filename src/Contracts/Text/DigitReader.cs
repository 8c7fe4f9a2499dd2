using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AkkaCrypto.Contracts.Text;

/// <summary>ASCII digits, eight or sixteen at a time where there are so many: most of a market's bytes are digits.</summary>
public static class DigitReader
{
    private const int Eight = sizeof(ulong);
    private const int Sixteen = 2 * Eight;

    /// <summary>
    /// Appends the digits with which <paramref name="text"/> begins to <paramref name="value"/> and returns how many they are. The caller
    /// sees to it that value and digits are not more than 19 digits together: nothing here looks for an overflow.
    /// </summary>
    public static int Read(ReadOnlySpan<byte> text, ref ulong value)
    {
        var count = 0;
        while (text.Length - count >= Eight && TryEight(BinaryPrimitives.ReadUInt64LittleEndian(text[count..]), out var eight))
        {
            value = (value * 100_000_000) + eight;
            count += Eight;
        }

        for (; count < text.Length; count++)
        {
            var digit = (uint)(text[count] - '0');
            if (digit > 9)
            {
                break;
            }

            value = (value * 10) + digit;
        }

        return count;
    }

    /// <summary>
    /// A number of 8 to 16 characters without a sign, with a point or without, by RFC 8259 §6: all of them at once, where
    /// <see cref="Read"/> would take those before the point one by one. False says nothing.
    /// </summary>
    /// <param name="scale">How many of the digits are behind the point.</param>
    public static bool TryReadAtOnce(ReadOnlySpan<byte> text, out ulong digits, out int scale)
    {
        (digits, scale) = (0, 0);
        if (text.Length is < Eight or > Sixteen || text[0] == '.' || (text[0] == '0' && text[1] != '.') || !BitConverter.IsLittleEndian)
        {
            return false;
        }

        // In 16 places, the last character in the last. Both reads have those in the middle; the shift takes them from the first.
        var start = Sixteen - text.Length;
        var head = start == Eight ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(text) << (start * 8);
        var characters = Vector128.Create(head, BinaryPrimitives.ReadUInt64LittleEndian(text[^Eight..])).AsByte();
        var points = Vector128.Equals(characters, Vector128.Create((byte)'.')).ExtractMostSignificantBits();
        if (points != 0)
        {
            // What is before the point moves up by one, over it. A second point stays, and is no digit.
            var point = BitOperations.TrailingZeroCount(points);
            var isBehind = Vector128.GreaterThan(Vector128<byte>.Indices, Vector128.Create((byte)point));
            characters = Vector128.ConditionalSelect(isBehind, characters, OneUp(characters));
            (start, scale) = (start + 1, Sixteen - 1 - point);
        }

        var isDigit = Vector128.GreaterThanOrEqual(Vector128<byte>.Indices, Vector128.Create((byte)start));
        var values = (characters - Vector128.Create((byte)'0')) & isDigit;
        if (Vector128.GreaterThanAny(values, Vector128.Create((byte)9)) || (points != 0 && scale == 0))
        {
            return false;
        }

        digits = (ValueOf(values.AsUInt64()[0]) * 100_000_000) + ValueOf(values.AsUInt64()[1]);
        return true;
    }

    private static Vector128<byte> OneUp(Vector128<byte> characters) =>
        Vector128.Shuffle(characters, Vector128.Create((byte)255, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14));

    /// <summary>Eight characters at once, the first in the lowest byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryEight(ulong text, out ulong value)
    {
        // A digit is 0x30 to 0x39: its high half is 3, and still 3 with 6 added. Past the first test no character carries into the next.
        value = 0;
        const ulong HighHalves = 0xF0F0_F0F0_F0F0_F0F0;
        const ulong Zeros = 0x3030_3030_3030_3030;
        if ((text & HighHalves) != Zeros || ((text + 0x0606_0606_0606_0606) & HighHalves) != Zeros)
        {
            return false;
        }

        value = ValueOf(text - Zeros);
        return true;
    }

    /// <summary>
    /// The number of eight digits, the first in the lowest byte: pairs become numbers of two digits, pairs of those numbers of four, and
    /// those the number of eight, by one multiplication each (D. Lemire, "Quickly parsing eight digits", 2018).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong ValueOf(ulong digits)
    {
        var pairs = (digits * 10) + (digits >> 8);
        const ulong EverySecondPair = 0x0000_00FF_0000_00FF;
        var first = (pairs & EverySecondPair) * 0x000F_4240_0000_0064; // 100 + (1,000,000 << 32)
        var second = ((pairs >> 16) & EverySecondPair) * 0x0000_2710_0000_0001; // 1 + (10,000 << 32)
        return (first + second) >> 32;
    }
}
