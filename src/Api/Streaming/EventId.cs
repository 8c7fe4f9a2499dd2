using System.Globalization;
using AkkaCrypto.Pipeline.Market;

namespace AkkaCrypto.Api.Streaming;

/// <summary>
/// The id of an event: <c>position.index.milliseconds</c>, its place in the order of commits and its record's own time. The time is only
/// there for what is older than the log. <c>position</c> alone stands after everything up to it.
/// </summary>
public readonly record struct EventId(LogPlace Place, long? UnixMilliseconds)
{
    private const int LongestText = 64;

    /// <summary>9999-12-31, the last that .NET's time can hold.</summary>
    private const long LastMillisecond = 253_402_300_799_999;

    public override string ToString()
    {
        var culture = CultureInfo.InvariantCulture;
        return Place.Index == int.MaxValue ? Place.Position.ToString(culture)
            : UnixMilliseconds is { } time ? string.Create(culture, $"{Place.Position}.{Place.Index}.{time}")
            : string.Create(culture, $"{Place.Position}.{Place.Index}");
    }

    public static bool TryParse(string? text, out EventId id)
    {
        id = default;
        if (text is not { Length: > 0 and <= LongestText })
        {
            return false;
        }

        var parts = text.Split('.');
        var (index, time) = (int.MaxValue, 0L);
        if (!long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var position)
            || (parts.Length > 1 && !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out index))
            || (parts.Length > 2 && !long.TryParse(parts[2], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out time))
            || parts.Length > 3 || Math.Abs((decimal)time) > LastMillisecond)
        {
            return false;
        }

        id = new EventId(new LogPlace(position, index), parts.Length == 3 ? time : null);
        return true;
    }
}
