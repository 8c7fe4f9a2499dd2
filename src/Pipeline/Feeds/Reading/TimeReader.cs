using System.Text;
using AkkaCrypto.Contracts.Text;

namespace AkkaCrypto.Pipeline.Feeds.Reading;

/// <summary>What one step of a Unix time is; the value is its digits after the second.</summary>
internal enum UnixUnit
{
    Seconds = 0,
    Milliseconds = 3,
    Microseconds = 6,
    Nanoseconds = 9,
}

/// <summary>
/// Times of the years 1990 to 2200; others are out of range, for no market had them: they come from a wrong unit or a zero that stands for
/// "unknown". A unit is never guessed from the size of the number.
/// </summary>
internal static class TimeReader
{
    private const long Earliest = 631_152_000; // 1990-01-01T00:00:00Z
    private const long Past = 7_289_654_400; // 2201-01-01T00:00:00Z
    private const long NanosecondsPerSecond = 1_000_000_000;

    private static readonly long[] Powers = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, NanosecondsPerSecond];

    /// <summary>What a refusal says was expected; made once, for it is asked for with every time that is read.</summary>
    public static string Expected(UnixUnit unit) => unit switch
    {
        UnixUnit.Seconds => "a Unix time in Seconds of the years 1990 to 2200",
        UnixUnit.Milliseconds => "a Unix time in Milliseconds of the years 1990 to 2200",
        UnixUnit.Microseconds => "a Unix time in Microseconds of the years 1990 to 2200",
        UnixUnit.Nanoseconds => "a Unix time in Nanoseconds of the years 1990 to 2200",
    };

    /// <summary>
    /// A Unix time as digits, as a decimal (<c>1521036988.25</c>) or as a float literal (<c>1620550800000.0</c>). Decimals that aren't zero
    /// count as the provider's digits; more than nine after the second are not a time.
    /// </summary>
    public static NumberOutcome ReadUnix(ReadOnlySpan<byte> text, UnixUnit unit, out ProviderTime time)
    {
        time = default;
        if (!TryReadWhole(text, out var whole))
        {
            return ReadFractional(text, unit, out time);
        }

        var perSecond = Powers[(int)unit];
        if (whole < Earliest * perSecond || whole >= Past * perSecond)
        {
            return NumberOutcome.OutOfRange;
        }

        time = new ProviderTime(whole * Powers[9 - (int)unit], (int)unit);
        return NumberOutcome.Exact;
    }

    /// <summary>ISO 8601, a date alone included; see <see cref="ProviderTime.TryParseIso"/>.</summary>
    public static NumberOutcome ReadIso(ReadOnlySpan<byte> text, out ProviderTime time)
    {
        if (TryReadDate(text, out time) || TryReadUtc(text, out time))
        {
            return InRange(time.UnixNanoseconds / NanosecondsPerSecond);
        }

        if (text.Length > 40 || !ProviderTime.TryParseIso(Encoding.UTF8.GetString(text), out var read))
        {
            return NumberOutcome.Invalid;
        }

        time = read;
        return InRange(time.UnixNanoseconds / NanosecondsPerSecond);
    }

    private static NumberOutcome InRange(long seconds) =>
        seconds is >= Earliest and < Past ? NumberOutcome.Exact : NumberOutcome.OutOfRange;

    /// <summary>The common case: a date alone, <c>2025-12-23</c>. False says nothing.</summary>
    private static bool TryReadDate(ReadOnlySpan<byte> text, out ProviderTime time)
    {
        time = default;
        if (text is not [_, _, _, _, (byte)'-', _, _, (byte)'-', _, _]
            || !TryReadPart(text[..4], out var year) || !TryReadPart(text[5..7], out var month) || !TryReadPart(text[8..], out var day)
            || year is < 1990 or > 2200 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month))
        {
            return false;
        }

        time = ProviderTime.From(new DateTimeOffset(year, month, day, 0, 0, 0, TimeSpan.Zero), digits: 0);
        return true;
    }

    /// <summary>The other common case: <c>2021-04-17T16:43:37.056746Z</c>, with up to nine digits of a second or none. False says
    /// nothing.</summary>
    private static bool TryReadUtc(ReadOnlySpan<byte> text, out ProviderTime time)
    {
        time = default;
        if (text.Length is < 20 or > 30 || text[^1] != 'Z' || text[10] != 'T' || text[13] != ':' || text[16] != ':'
            || !TryReadDate(text[..10], out var date)
            || !TryReadPart(text[11..13], out var hour) || !TryReadPart(text[14..16], out var minute)
            || !TryReadPart(text[17..19], out var second) || hour > 23 || minute > 59 || second > 59)
        {
            return false;
        }

        ulong fraction = 0;
        var digits = text.Length == 20 ? 0 : text.Length - 21;
        if (text.Length > 20 && (digits == 0 || text[19] != '.' || DigitReader.Read(text[20..^1], ref fraction) != digits))
        {
            return false;
        }

        var nanoseconds = date.UnixNanoseconds + ((((hour * 60L) + minute) * 60) + second) * NanosecondsPerSecond;
        time = new ProviderTime(nanoseconds + ((long)fraction * Powers[9 - digits]), digits);
        return true;
    }

    private static bool TryReadPart(ReadOnlySpan<byte> text, out int value)
    {
        ulong digits = 0;
        var isWhole = DigitReader.Read(text, ref digits) == text.Length;
        value = (int)digits;
        return isWhole;
    }

    private static bool TryReadWhole(ReadOnlySpan<byte> text, out long whole)
    {
        whole = 0;
        if (text.Length is 0 or > 18 || (text[0] == '0' && text.Length > 1))
        {
            return false;
        }

        ulong digits = 0;
        if (DigitReader.Read(text, ref digits) != text.Length)
        {
            return false;
        }

        whole = (long)digits;
        return true;
    }

    private static NumberOutcome ReadFractional(ReadOnlySpan<byte> text, UnixUnit unit, out ProviderTime time)
    {
        time = default;
        var outcome = DecimalReader.Read(text, out var value);
        if (outcome is not NumberOutcome.Exact)
        {
            return outcome is NumberOutcome.Rounded ? NumberOutcome.Invalid : outcome;
        }

        var seconds = value / Powers[(int)unit];
        var digits = (int)unit + DecimalText.Canonical(value).Scale;
        if (seconds is < Earliest or >= Past)
        {
            return NumberOutcome.OutOfRange;
        }

        if (digits > 9)
        {
            return NumberOutcome.Invalid;
        }

        time = new ProviderTime((long)(value * Powers[9 - (int)unit]), digits);
        return NumberOutcome.Exact;
    }
}
