using System.Text;
using AkkaCrypto.Contracts.Text;

namespace AkkaCrypto.Pipeline.Feeds.Reading;

/// <summary>
/// Korean local time without a zone, which is UTC+9 all the year: <c>2024-08-08 17:14:33</c>, with up to nine decimals, with <c>T</c> or a
/// space, and with hours that may lack their leading zero (<c>2024-08-08 7:14:33</c>). A text that states a zone means that one.
/// </summary>
internal static class KoreanTime
{
    private const long OffsetNanoseconds = 9 * 3600 * 1_000_000_000L;
    private const int DateLength = 10;
    private const int Longest = 40;

    public static bool Read(in Element element, int field, out ProviderTime time)
    {
        time = default;
        return element.LocalTime(field, "a Korean local time such as 2024-08-08 17:14:33", Read, out time);
    }

    /// <summary>A day and a time of day in digits alone: <c>20200129</c>, <c>121844</c>.</summary>
    public static bool TryRead(string day, string clock, out ProviderTime time)
    {
        time = default;
        if (day.Length != 8 || clock.Length != 6)
        {
            return false;
        }

        var text = $"{day[..4]}-{day[4..6]}-{day[6..]} {clock[..2]}:{clock[2..4]}:{clock[4..]}";
        return Read(Encoding.UTF8.GetBytes(text), out time) is NumberOutcome.Exact;
    }

    /// <summary>Whether a Unix time was counted from the Korean clock as if that showed UTC: it is nine hours past the UTC day and time of
    /// day that are stated beside it.</summary>
    public static bool IsCountedAsUtc(ProviderTime unix, string utcDay, string utcClock)
    {
        const long Tolerance = 2_000_000_000;
        return TryRead(utcDay, utcClock, out var read)
            && Math.Abs(unix.UnixNanoseconds - read.UnixNanoseconds - (2 * OffsetNanoseconds)) < Tolerance;
    }

    /// <summary>The instant of a Unix time that was counted so.</summary>
    public static ProviderTime ToUtc(ProviderTime local) => new(local.UnixNanoseconds - OffsetNanoseconds, local.Digits);

    private static NumberOutcome Read(ReadOnlySpan<byte> text, out ProviderTime time)
    {
        Span<byte> padded = stackalloc byte[Longest + 1];
        scoped var whole = text;
        if (text.Length is > DateLength + 2 and <= Longest && text[DateLength + 2] == ':')
        {
            text[..(DateLength + 1)].CopyTo(padded);
            padded[DateLength + 1] = (byte)'0';
            text[(DateLength + 1)..].CopyTo(padded[(DateLength + 2)..]);
            whole = padded[..(text.Length + 1)];
        }

        var outcome = TimeReader.ReadIso(whole, out var read);
        var statesZone = whole.Length > DateLength && whole[DateLength..].IndexOfAny("Z+-"u8) >= 0;
        time = outcome is not NumberOutcome.Exact || statesZone
            ? read
            : new ProviderTime(read.UnixNanoseconds - OffsetNanoseconds, read.Digits);
        return outcome;
    }
}
