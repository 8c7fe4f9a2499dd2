using System.Globalization;
using AkkaCrypto.Contracts.Text;

namespace AkkaCrypto.Cli;

/// <summary>A moment on the command line: ISO 8601 or Unix seconds.</summary>
internal static class OptionTime
{
    /// <summary>Null where the option was not given.</summary>
    /// <exception cref="UsageException">It is no moment.</exception>
    public static DateTimeOffset? Of(IReadOnlyDictionary<string, string> options, string name)
    {
        if (!options.TryGetValue(name, out var text))
        {
            return null;
        }

        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
        {
            if (seconds <= uint.MaxValue)
            {
                return DateTimeOffset.FromUnixTimeSeconds(seconds);
            }
        }
        else if (ProviderTime.TryParseIso(text, out var time))
        {
            return time.ToDateTimeOffset().ToUniversalTime();
        }

        throw new UsageException($"{name} {text}: expected ISO 8601 such as 2026-01-31T12:00:00Z, or Unix seconds.");
    }
}
