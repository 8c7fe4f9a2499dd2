using System.Text.Json;

namespace AkkaCrypto.Pipeline.Feeds.Reading;

/// <summary>Keys that are data: an asset's id, a currency, a metric.</summary>
internal static class JsonKeys
{
    /// <summary>The property name on which the reader stands; one with half a character (a lone surrogate) as U+FFFD, which no id
    /// has.</summary>
    public static string Read(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return "\uFFFD";
        }
    }
}
