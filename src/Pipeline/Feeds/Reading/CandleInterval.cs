using System.Globalization;

namespace AkkaCrypto.Pipeline.Feeds.Reading;

/// <summary>Intervals of fixed length: <c>30m</c>, <c>4h</c>, <c>1d</c>, <c>1w</c>.</summary>
internal static class CandleInterval
{
    private const int MostUnits = 1000;

    public static bool TryParse(string text, out TimeSpan length)
    {
        length = default;
        if (text.Length < 2
            || !int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            || count is < 1 or > MostUnits)
        {
            return false;
        }

        length = text[^1] switch
        {
            'm' => TimeSpan.FromMinutes(count),
            'h' => TimeSpan.FromHours(count),
            'd' => TimeSpan.FromDays(count),
            'w' => TimeSpan.FromDays(7 * count),
            _ => default,
        };
        return length > TimeSpan.Zero;
    }
}
