using System.Globalization;

namespace AkkaCrypto.Contracts.Text;

/// <summary>
/// An instant as a provider stated it: nanoseconds since the Unix epoch (UTC) and how many digits of a second the provider gave
/// (0 for whole seconds, 3 for milliseconds, 9 for nanoseconds), so that it is written out again exactly as precise as it came.
/// Range: years 1678 to 2261.
/// </summary>
public readonly record struct ProviderTime : IComparable<ProviderTime>
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    public ProviderTime(long unixNanoseconds, int digits)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(digits);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(digits, 9);
        UnixNanoseconds = unixNanoseconds;
        Digits = (byte)digits;
    }

    public long UnixNanoseconds { get; }

    public byte Digits { get; }

    public static ProviderTime FromUnixSeconds(long seconds) => new(checked(seconds * NanosecondsPerSecond), 0);

    public static ProviderTime FromUnixMilliseconds(long milliseconds) => new(checked(milliseconds * 1_000_000), 3);

    public static ProviderTime FromUnixMicroseconds(long microseconds) => new(checked(microseconds * 1_000), 6);

    public static ProviderTime From(DateTimeOffset time, int digits) =>
        new(checked((time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) * 100), digits);

    /// <summary>Milliseconds since the Unix epoch, rounded down.</summary>
    public long UnixMilliseconds => Math.DivRem(UnixNanoseconds, 1_000_000) is var (q, r) && r < 0 ? q - 1 : UnixNanoseconds / 1_000_000;

    /// <summary>The instant to .NET's resolution of 100 ns, rounded down.</summary>
    public DateTimeOffset ToDateTimeOffset() => DateTimeOffset.UnixEpoch.AddTicks(
        Math.DivRem(UnixNanoseconds, 100) is var (q, r) && r < 0 ? q - 1 : UnixNanoseconds / 100);

    /// <summary>Whether it is later than every instant that the other may stand for: one in whole seconds says nothing of where in its
    /// second it was. What two datasets say of one thing, each in its own digits, is compared by this.</summary>
    public bool IsPast(ProviderTime other) => (Int128)UnixNanoseconds - other.UnixNanoseconds >= Steps[other.Digits];

    public int CompareTo(ProviderTime other) => UnixNanoseconds.CompareTo(other.UnixNanoseconds);

    public static bool operator <(ProviderTime left, ProviderTime right) => left.CompareTo(right) < 0;

    public static bool operator >(ProviderTime left, ProviderTime right) => left.CompareTo(right) > 0;

    public static bool operator <=(ProviderTime left, ProviderTime right) => left.CompareTo(right) <= 0;

    public static bool operator >=(ProviderTime left, ProviderTime right) => left.CompareTo(right) >= 0;

    /// <summary>ISO 8601 in UTC with the provider's own number of digits, e.g. <c>2026-09-23T01:42:57.835Z</c>.</summary>
    public override string ToString()
    {
        var seconds = ToDateTimeOffset().ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture);
        if (Digits == 0)
        {
            return seconds + "Z";
        }

        var rest = UnixNanoseconds % NanosecondsPerSecond;
        var fraction = (rest < 0 ? rest + NanosecondsPerSecond : rest).ToString("D9", CultureInfo.InvariantCulture);
        return $"{seconds}.{fraction.AsSpan(0, Digits)}Z";
    }

    /// <summary>
    /// Reads ISO 8601: a date, or a date and time to seconds with up to nine digits and an optional zone (<c>Z</c>, <c>+09:00</c>; none is
    /// UTC). A space may stand for the <c>T</c>.
    /// </summary>
    public static bool TryParseIso(string text, out ProviderTime time)
    {
        time = default;
        var fraction = ReadOnlySpan<char>.Empty;
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        var plain = text;
        if (dot >= 0)
        {
            var end = dot + 1;
            while (end < text.Length && char.IsAsciiDigit(text[end]))
            {
                end++;
            }

            fraction = text.AsSpan(dot + 1, end - dot - 1);
            plain = string.Concat(text.AsSpan(0, dot), text.AsSpan(end));
        }

        if (fraction.Length > 9 || (dot >= 0 && fraction.IsEmpty)
            || !DateTimeOffset.TryParseExact(plain, IsoForms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var whole)
            || whole.Year is < 1678 or > 2261)
        {
            return false;
        }

        var nanoseconds = fraction.IsEmpty ? 0 : long.Parse(fraction.ToString().PadRight(9, '0'), CultureInfo.InvariantCulture);
        time = new ProviderTime((whole.ToUnixTimeSeconds() * NanosecondsPerSecond) + nanoseconds, fraction.Length);
        return true;
    }

    /// <summary>Nanoseconds of the last digit, by how many there are.</summary>
    private static readonly long[] Steps =
        [1_000_000_000, 100_000_000, 10_000_000, 1_000_000, 100_000, 10_000, 1_000, 100, 10, 1];

    private static readonly string[] IsoForms =
        ["yyyy-MM-ddTHH:mm:ssK", "yyyy-MM-dd HH:mm:ssK", "yyyy-MM-ddTHH:mmK", "yyyy-MM-dd"];
}
