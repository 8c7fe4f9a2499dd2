using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using AkkaCrypto.Contracts.Ops;

namespace AkkaCrypto.Pipeline.Feeds.Reading;

/// <summary>
/// Errors of what stands before a provider's API (AWS API Gateway, Kong, a CDN), which are the same at every provider and have no code of
/// the provider's: <c>{"message":"Too Many Requests"}</c>, <c>{"message":"API rate limit exceeded"}</c>, <c>{"error":"Forbidden"}</c>,
/// <c>"Service Unavailable"</c>; Cloudflare's <c>{"title":"Error 1015: You are being rate limited","status":429,"error_code":1015,…,
/// "cloudflare_error":true}</c> (RFC 9457). <see cref="GatewayPages"/> are those that are no JSON.
/// </summary>
internal static class GatewayErrors
{
    private const int Message = 0;
    private const int Error = 1;
    private const int Status = 2;
    private const int StatusCode = 3;
    private const int Code = 4;
    private const int Title = 9;

    /// <summary>All that such an error may hold; an object with any other key is something else.</summary>
    private static readonly FieldNames Names = new(
        "message|Message", "error", "status", "statusCode|status_code", "code|error_code", "timestamp", "path", "requestId|request_id",
        "success", "title", "detail", "type", "instance", "error_name", "error_category", "ray_id", "zone", "cloudflare_error",
        "retryable", "retry_after", "owner_action_required", "what_you_should_do", "footer");

    /// <summary>In their order of weight: what speaks of a limit is one, whatever else it says.</summary>
    private static readonly (string Words, RefusalCode Code)[] Meanings =
    [
        ("rate limit", RefusalCode.RateLimited), ("rate-limit", RefusalCode.RateLimited), ("too many request", RefusalCode.RateLimited),
        ("too many api request", RefusalCode.RateLimited), ("quota exceeded", RefusalCode.RateLimited),
        ("toomanyrequest", RefusalCode.RateLimited), ("throttl", RefusalCode.RateLimited), ("limit exceeded", RefusalCode.RateLimited),
        ("retry later", RefusalCode.RateLimited), ("slow down", RefusalCode.RateLimited), ("slowdown", RefusalCode.RateLimited),
        ("calls limit", RefusalCode.RateLimited), ("credit limit", RefusalCode.RateLimited),
        ("unauthorized", RefusalCode.Unauthorized), ("authenticat", RefusalCode.Unauthorized), ("api key", RefusalCode.Unauthorized),
        ("forbidden", RefusalCode.Forbidden), ("access denied", RefusalCode.Forbidden), ("not authorized", RefusalCode.Forbidden),
        ("you have been blocked", RefusalCode.Forbidden), ("just a moment", RefusalCode.Forbidden), // a browser's check
        ("attention required", RefusalCode.Forbidden),
        ("not found", RefusalCode.NotFound), ("no route", RefusalCode.NotFound),
        ("unavailable", RefusalCode.ProviderUnavailable), ("timeout", RefusalCode.ProviderUnavailable),
        ("time-out", RefusalCode.ProviderUnavailable), ("timed out", RefusalCode.ProviderUnavailable),
        ("bad gateway", RefusalCode.ProviderUnavailable), ("server error", RefusalCode.ProviderUnavailable),
        ("overloaded", RefusalCode.ProviderUnavailable), ("is busy", RefusalCode.ProviderUnavailable),
        ("점검", RefusalCode.ProviderUnavailable), // maintenance
        ("maintenance", RefusalCode.ProviderUnavailable), ("web server is down", RefusalCode.ProviderUnavailable),
        ("no healthy upstream", RefusalCode.ProviderUnavailable), ("upstream connect error", RefusalCode.ProviderUnavailable),
        ("bad request", RefusalCode.BadRequest), ("malformed", RefusalCode.BadRequest), ("method not allowed", RefusalCode.BadRequest),
    ];

    /// <summary>What mean something as an error's message alone: a page that speaks of API keys may be any page.</summary>
    private static readonly string[] OfMessagesAlone = ["authenticat", "api key", "malformed", "no route"];

    /// <summary>What words without a code mean; null where they are none of those that gateways use.</summary>
    public static RefusalCode? MeaningOf(string words) => MeaningOf(words, isPage: false);

    /// <summary>The same of the heading of a page or a line of text, of which nobody knows that it is an error at all.</summary>
    public static RefusalCode? MeaningOfPage(string words) => MeaningOf(words, isPage: true);

    /// <summary>Of a provider's error whose code is none of those that its documentation names: what its code says in words, else its
    /// message, else its code as an HTTP status, else the status that the reply states beside them.</summary>
    /// <param name="whole">The reply, where it may be a gateway's.</param>
    public static RefusalCode MeaningOfUnknown(string? code, string? message, ReadOnlySpan<byte> whole = default) =>
        (code is null ? null : MeaningOf(code.Replace('_', ' ')))
        ?? (message is null ? null : MeaningOf(message))
        ?? (code is null ? null : MeaningOfNumber(code))
        ?? (!whole.IsEmpty && TryRead(whole, out var told, out _) ? told : RefusalCode.ProviderError);

    /// <summary>An HTTP status, or one of Cloudflare's numbers (developers.cloudflare.com/support/troubleshooting, "Cloudflare 1xxx
    /// errors").</summary>
    public static RefusalCode? MeaningOfNumber(string number) => number switch
    {
        "400" or "405" or "406" or "411" or "413" or "414" or "415" or "422" or "431" => RefusalCode.BadRequest,
        "401" => RefusalCode.Unauthorized,
        "403" or "451" => RefusalCode.Forbidden,
        "404" or "410" => RefusalCode.NotFound,
        "418" or "429" or "1015" or "1027" => RefusalCode.RateLimited,
        "1005" or "1006" or "1007" or "1008" or "1009" or "1010" or "1011" or "1012" or "1013" or "1020" or "1106" =>
            RefusalCode.Forbidden,
        "408" or ['5', _, _] => RefusalCode.ProviderUnavailable,
        "1000" or "1001" or "1002" or "1003" or "1004" or "1014" or "1016" or "1018" or "1019" or "1033" or "1101" or "1102" =>
            RefusalCode.ProviderUnavailable,
        _ => null,
    };

    private static RefusalCode? MeaningOf(string words, bool isPage)
    {
        foreach (var (known, code) in Meanings)
        {
            if (words.Contains(known, StringComparison.OrdinalIgnoreCase) && !(isPage && OfMessagesAlone.Contains(known)))
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
        if (reader.TokenType is JsonTokenType.String)
        {
            said = TextOf(json, JsonField.Capture(ref reader));
            var told = said is null ? null : MeaningOfPage(said);
            code = told ?? default;
            return told is not null;
        }

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

        said = TextOf(json, fields[Message]) ?? TextOf(json, fields[Error]) ?? TextOf(json, fields[Title]);
        var meaning = said is null ? null
            : MeaningOf(said)
                ?? (TextOf(json, fields[Error]) is { } error ? MeaningOf(error) : null)
                ?? MeaningOfStatus(json, fields);
        code = meaning ?? default;
        return meaning is not null;
    }

    /// <summary>The HTTP status that an object states whose words nobody knows, or beside a title a gateway's own number.</summary>
    private static RefusalCode? MeaningOfStatus(ReadOnlySpan<byte> json, scoped ReadOnlySpan<JsonField> fields)
    {
        foreach (var place in (ReadOnlySpan<int>)[Code, StatusCode, Status])
        {
            var field = fields[place];
            if (field.Type is JsonTokenType.Number or JsonTokenType.String && field.TryText(json, out var digits)
                && (digits.Length == 3 || fields[Title].Type is JsonTokenType.String)
                && MeaningOfNumber(ShownText.Of(digits)) is { } meaning)
            {
                return meaning;
            }
        }

        return null;
    }

    private static string? TextOf(ReadOnlySpan<byte> json, in JsonField field) =>
        field.Type is JsonTokenType.String && field.TryText(json, out var text) && !text.IsEmpty ? ShownText.Of(text, 300) : null;
}
