using System.Text;
using System.Text.Json;

namespace AkkaCrypto.Pipeline.Feeds.Reading;

/// <summary>Pairs by the bytes of their two tickers, for the path that must not allocate a string for each reply.</summary>
internal static class PairText
{
    /// <summary>Whether two plain strings spell <paramref name="pair"/>, in any case. False also for anything unusual.</summary>
    public static bool Matches(ReadOnlySpan<byte> json, in JsonField target, in JsonField quote, string pair)
    {
        if (target.Type is not JsonTokenType.String || quote.Type is not JsonTokenType.String || target.IsEscaped || quote.IsEscaped)
        {
            return false;
        }

        return pair.Length == target.Length + 1 + quote.Length
            && pair[target.Length] == '-'
            && Ascii.EqualsIgnoreCase(target.Of(json), pair.AsSpan(0, target.Length))
            && Ascii.EqualsIgnoreCase(quote.Of(json), pair.AsSpan(target.Length + 1));
    }
}
