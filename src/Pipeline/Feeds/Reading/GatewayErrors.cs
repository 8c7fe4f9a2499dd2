using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using AkkaCrypto.Contracts.Ops;

namespace AkkaCrypto.Pipeline.Feeds.Reading;

/// <summary>
/// Errors of what stands before a provider's API (AWS API Gateway, Kong, a CDN), which are the same at every provider and have no code of
/// the provider's: <c>{"message":"Too Many Requests"}</c>, <c>{"message":"API rate limit exceeded"}</c>, <c>{"error":"Forbidden"}</c>.
/// </summary>
internal static class GatewayErrors
{
    private const int Message = 0;
    private const int Error = 1;

    /// <summary>All that such an error may hold; an object with any other key is something else.</summary>
    private static readonly FieldNames Names = new(
        "message|Message", "error", "status", "statusCode|status_code", "code", "timestamp", "path", "requestId|request_id", "success");

    private static readonly (string Words, RefusalCode Code)[] Meanings =
    [
        ("rate limit", RefusalCode.RateLimited), ("too many request", RefusalCode.RateLimited),
        ("toomanyrequest", RefusalCode.RateLimited), ("throttl", RefusalCode.RateLimited), ("limit exceeded", RefusalCode.RateLimited),
        ("unauthorized", RefusalCode.Unauthorized), ("authenticat", RefusalCode.Unauthorized), ("api key", RefusalCode.Unauthorized),
        ("forbidden", RefusalCode.Forbidden), ("access denied", RefusalCode.Forbidden), ("not authorized", RefusalCode.Forbidden),
        ("not found", RefusalCode.NotFound), ("no route", RefusalCode.NotFound),
        ("unavailable", RefusalCode.ProviderUnavailable), ("timeout", RefusalCode.ProviderUnavailable),
        ("time-out", RefusalCode.ProviderUnavailable), ("timed out", RefusalCode.ProviderUnavailable),
        ("bad gateway", RefusalCode.ProviderUnavailable), ("internal server error", RefusalCode.ProviderUnavailable),
        ("maintenance", RefusalCode.ProviderUnavailable),
        ("bad request", RefusalCode.BadRequest), ("malformed", RefusalCode.BadRequest),
    ];

    /// <summary>What words without a code mean; null where they are none of those that gateways use.</summary>
    public static RefusalCode? MeaningOf(string words)
    {
        foreach (var (known, code) in Meanings)
        {
            if (words.Contains(known, StringComparison.OrdinalIgnoreCase))
            {
                return code;
            }
        }

        return null;
    }

    /// <summary>Whether a reply that is none of its endpoint's is a gateway's error.</summary>
    public static bool TryRead(ReadOnlySpan<byte> json, out RefusalCode code, [NotNullWhen(true)] out string? said)
    {
        (code, said) = (default, null);
        var reader = new Utf8JsonReader(json);
        reader.Read();
        if (reader.TokenType is not JsonTokenType.StartObject)
        {
            return false;
        }

        Span<JsonField> fields = stackalloc JsonField[Names.Count];
        fields.Clear();
        while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
        {
            if (!Names.TryField(ref reader, out var field, out var name))
            {
                return false;
            }

            reader.Read();
            fields[field] = JsonField.Capture(ref reader, name);
        }

        said = TextOf(json, fields[Message]) ?? TextOf(json, fields[Error]);
        var meaning = said is null ? null : MeaningOf(said) ?? (TextOf(json, fields[Error]) is { } error ? MeaningOf(error) : null);
        code = meaning ?? default;
        return meaning is not null;
    }

    private static string? TextOf(ReadOnlySpan<byte> json, in JsonField field) =>
        field.Type is JsonTokenType.String && field.TryText(json, out var text) && !text.IsEmpty ? ShownText.Of(text, 300) : null;
}
