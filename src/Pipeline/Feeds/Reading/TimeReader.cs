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
    private const long DayOfEpoch = 719_162; // 1970-01-01, as DateOnly numbers days

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
    /// A Unix time as digits, as a decimal (<c>1521036988.250</c>) or as a float literal (<c>1620550800000.0</c>). All decimals count as
    /// the provider's digits but that lone zero, by which a float says that it is whole; more than nine after the second are not a time,
    /// unless they are zeros.
    /// </summary>
    public static NumberOutcome ReadUnix(ReadOnlySpan<byte> text, UnixUnit unit, out ProviderTime time)
    {
        time = default;
        if (!TryReadWhole(text, out var whole))
        {
            return TryReadShort(text, unit, out time) ? NumberOutcome.Exact : ReadFractional(text, unit, out time);
        }

        var perSecond = Powers[(int)unit];
        if (whole < Earliest * perSecond || whole >= Past * perSecond)
        {
            return NumberOutcome.OutOfRange;
        }

        time = new ProviderTime(whole * Powers[9 - (int)unit], (int)unit);
        return NumberOutcome.Exact;
    }

    /// <summary>A Unix time in either of two units that a provider is known to send. Nothing is guessed: no number that is a time of the
    /// range in one unit is one in another.</summary>
    public static NumberOutcome ReadUnix(ReadOnlySpan<byte> text, UnixUnit unit, UnixUnit other, out ProviderTime time)
    {
        var outcome = ReadUnix(text, unit, out time);
        return outcome is NumberOutcome.OutOfRange && other != unit ? ReadUnix(text, other, out time) : outcome;
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

    /// <summary>Whether the text is a zero rather than an instant: 0 as a number, 1970 or, as Go and .NET write theirs, the year
    /// 1.</summary>
    public static bool IsNone(ReadOnlySpan<byte> text) =>
        text.StartsWith("1970-01-01T00:00:00"u8) || text.StartsWith("0001-01-01T00:00:00"u8)
        || (text is [(byte)'0', ..] && DecimalReader.Read(text, out var number) is NumberOutcome.Exact && number.IsZero);

    private static NumberOutcome InRange(long seconds) =>
        seconds is >= Earliest and < Past ? NumberOutcome.Exact : NumberOutcome.OutOfRange;

    /// <summary>The common case: a date alone, <c>2025-12-23</c>. False says nothing.</summary>
    private static bool TryReadDate(ReadOnlySpan<byte> text, out ProviderTime time)
    {
        time = default;
        if (text is not [_, _, _, _, (byte)'-', _, _, (byte)'-', _, _])
        {
            return false;
        }

        var (year, month, day) = ((TwoDigits(text, 0) * 100) + TwoDigits(text, 2), TwoDigits(text, 5), TwoDigits(text, 8));
        if (year is < 1990 or > 2200 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month))
        {
            return false;
        }

        time = new ProviderTime((new DateOnly(year, month, day).DayNumber - DayOfEpoch) * 86_400 * NanosecondsPerSecond, digits: 0);
        return true;
    }

    /// <summary>The other common case: <c>2021-04-17T16:43:37.056746Z</c>, with up to nine digits of a second or none. False says
    /// nothing.</summary>
    private static bool TryReadUtc(ReadOnlySpan<byte> text, out ProviderTime time)
    {
        time = default;
        if (text.Length is < 20 or > 30 || text[^1] != 'Z' || text[10] != 'T' || text[13] != ':' || text[16] != ':'
            || !TryReadDate(text[..10], out var date))
        {
            return false;
        }

        var (hour, minute, second) = (TwoDigits(text, 11), TwoDigits(text, 14), TwoDigits(text, 17));
        if (hour is < 0 or > 23 || minute is < 0 or > 59 || second is < 0 or > 59)
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

    /// <summary>Far below zero where they aren't two digits, so that no sum with it is a part of a date.</summary>
    private static int TwoDigits(ReadOnlySpan<byte> text, int at)
    {
        var (tens, ones) = (text[at] - '0', text[at + 1] - '0');
        return (uint)tens <= 9 && (uint)ones <= 9 ? (tens * 10) + ones : -1_000_000;
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

    /// <summary>The common case of a time with a fraction: <c>1688669597.8277369</c>, without an exponent and within the range. False says
    /// nothing.</summary>
    private static bool TryReadShort(ReadOnlySpan<byte> text, UnixUnit unit, out ProviderTime time)
    {
        time = default;
        var point = text.IndexOf((byte)'.');
        if (point < 0 || point == text.Length - 1 || !TryReadWhole(text[..point], out var whole))
        {
            return false;
        }

        var perSecond = Powers[(int)unit];
        var written = text[(point + 1)..];
        var needed = written.LastIndexOfAnyExcept((byte)'0') + 1;
        var decimals = written.Length == 1 && needed == 0 ? 0 : Math.Max(needed, Math.Min(written.Length, 9 - (int)unit));
        ulong fraction = 0;
        if (whole < Earliest * perSecond || whole >= Past * perSecond || decimals > 9 - (int)unit
            || DigitReader.Read(written[..decimals], ref fraction) != decimals)
        {
            return false;
        }

        var nanoseconds = (whole * Powers[9 - (int)unit]) + ((long)fraction * Powers[9 - (int)unit - decimals]);
        time = new ProviderTime(nanoseconds, (int)unit + decimals);
        return true;
    }

    private static NumberOutcome ReadFractional(ReadOnlySpan<byte> text, UnixUnit unit, out ProviderTime time)
    {
        time = default;
        var outcome = DecimalReader.Read(text, out var number);
        if (outcome is not NumberOutcome.Exact)
        {
            return outcome is NumberOutcome.Rounded ? NumberOutcome.Invalid : outcome;
        }

        if (!number.TryToDecimal(out var value))
        {
            return NumberOutcome.OutOfRange; // of a scale at which no time of the years that are accepted is written
        }

        var seconds = value / Powers[(int)unit];
        var digits = (int)unit + Math.Max(0, number.Canonical().Scale);
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
