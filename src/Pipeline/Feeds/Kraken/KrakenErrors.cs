using System.Text;
using System.Text.Json;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Kraken;

/// <summary>
/// Kraken's errors, which come under HTTP 200 as a list of <c>&lt;severity&gt;&lt;category&gt;:&lt;message&gt;</c>:
/// <c>{"error":["EQuery:Unknown asset pair"]}</c>; severity <c>W</c> is a warning beside a good result (docs.kraken.com/api/docs/guides/
/// global-intro). The sockets name faults in free text.
/// </summary>
internal static class KrakenErrors
{
    /// <summary>Refuses a reply whose list of errors holds an error; true if it does.</summary>
    /// <param name="list">The value of <c>error</c> as JSON of its own.</param>
    public static bool Refused(in Reply reply, ReadOnlySpan<byte> list)
    {
        var reader = new Utf8JsonReader(list);
        reader.Read();
        if (reader.TokenType is not JsonTokenType.StartArray)
        {
            return RefuseShape(reply);
        }

        while (reader.Read() && reader.TokenType is not JsonTokenType.EndArray)
        {
            if (reader.TokenType is not JsonTokenType.String
                || !JsonField.Capture(ref reader).TryText(list, out var error))
            {
                return RefuseShape(reply);
            }

            if (error is not [(byte)'W', ..])
            {
                var shown = ShownText.Of(error);
                reply.Refuse(Meaning(shown), $"Kraken answered with an error: {ShownText.Of(error, 300)}", null, shown);
                return true;
            }
        }

        return false;
    }

    /// <summary>A fault that a socket named, with a code in front of its text or without.</summary>
    public static void RefuseSocket(in Reply reply, ReadOnlySpan<byte> text)
    {
        var shown = text.IsEmpty ? "no message" : ShownText.Of(text, 300);
        var hasCode = text is [(byte)'E', ..] && text.Contains((byte)':');
        reply.Refuse(
            hasCode ? Meaning(shown) : MeaningOfText(shown), $"Kraken answered with an error: {shown}", null,
            hasCode ? ShownText.Of(text) : null);
    }

    private static bool RefuseShape(in Reply reply)
    {
        reply.RefuseShape("an object with a list error of texts");
        return true;
    }

    private static RefusalCode Meaning(string error) => error switch
    {
        _ when Begins(error, "EGeneral:Too many requests", "EGeneral:Temporary lockout", "EService:Throttled") => RefusalCode.RateLimited,
        _ when Holds(error, ":Rate limit") => RefusalCode.RateLimited, // of EAPI, EOrder, EAuth, …
        _ when Holds(error, ":Unknown asset", ":Unknown pair", ":Invalid asset", ":Invalid pair") => RefusalCode.NotFound,
        _ when Begins(error, "EAPI:Invalid", "EAuth:", "ESession:") => RefusalCode.Unauthorized,
        _ when Begins(error, "EGeneral:Permission denied", "EAPI:Feature disabled") => RefusalCode.Forbidden,
        _ when Begins(error, "EQuery:Unknown", "EGeneral:Unknown", "EAPI:Unknown") => RefusalCode.NotFound,
        _ when Begins(error, "EGeneral:Invalid arguments", "EAPI:Bad request", "EQuery:") => RefusalCode.BadRequest,
        _ when Begins(error, "EService:", "EGeneral:Internal error", "EGeneral:Service", "EDatabase:") => RefusalCode.ProviderUnavailable,
        _ => GatewayErrors.MeaningOf(error) ?? RefusalCode.ProviderError,
    };

    private static RefusalCode MeaningOfText(string text) =>
        Holds(text, "pair not supported", "pair not in ISO 4217-A3 format", "symbol not found", "symbol(s) not found", "unknown symbol")
            ? RefusalCode.NotFound
        : Holds(text, "rate", "too many", "exceeded") ? RefusalCode.RateLimited
        : Holds(text, "unavailable", "internal error") ? RefusalCode.ProviderUnavailable
        : Holds(text, "malformed", "not supported", "invalid", "not found", "already subscribed", "missing", "unsupported", "field")
            ? RefusalCode.BadRequest
        : GatewayErrors.MeaningOf(text) ?? RefusalCode.ProviderError;

    private static bool Begins(string error, params string[] starts) =>
        starts.Any(start => error.StartsWith(start, StringComparison.Ordinal));

    private static bool Holds(string text, params string[] parts) =>
        parts.Any(part => text.Contains(part, StringComparison.OrdinalIgnoreCase));
}
