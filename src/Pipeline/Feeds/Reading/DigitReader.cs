using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace AkkaCrypto.Pipeline.Feeds.Reading;

/// <summary>Runs of ASCII digits, eight at a time where there are eight: most of a market's bytes are digits.</summary>
internal static class DigitReader
{
    private const int Eight = sizeof(ulong);

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
    /// Eight characters at once, the first in the lowest byte: pairs become numbers of two digits, pairs of those numbers of four, and
    /// those the number of eight, by one multiplication each (D. Lemire, "Quickly parsing eight digits", 2018).
    /// </summary>
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

        var digits = text - Zeros;
        var pairs = (digits * 10) + (digits >> 8);
        const ulong EverySecondPair = 0x0000_00FF_0000_00FF;
        var first = (pairs & EverySecondPair) * 0x000F_4240_0000_0064; // 100 + (1,000,000 << 32)
        var second = ((pairs >> 16) & EverySecondPair) * 0x0000_2710_0000_0001; // 1 + (10,000 << 32)
        value = (first + second) >> 32;
        return true;
    }
}
