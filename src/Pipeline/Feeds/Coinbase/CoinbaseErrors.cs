using System.Text.Json;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Coinbase;

/// <summary>
/// Coinbase's errors. Exchange: <c>{"message":"NotFound"}</c>, a sentence and nothing else (docs.cdp.coinbase.com/exchange, "Errors").
/// Advanced Trade: <c>{"error":"INVALID_ARGUMENT","error_details":"…","message":"…"}</c>, or <c>{"code":5,"message":"…"}</c> with a
/// number of google.rpc.Code, and from what stands before it <c>{"errors":[{"id":"rate_limit_exceeded","message":"…"}]}</c>. Sockets:
/// <c>{"type":"error","message":"Failed to subscribe","reason":"…"}</c>.
/// </summary>
internal static class CoinbaseErrors
{
    private const int Message = 0;
    private const int Error = 1;
    private const int Details = 2;
    private const int Code = 3;
    private const int Reason = 4;
    private const int Iso = 5;
    private const int Epoch = 6;
    private const int Errors = 7;

    private static readonly FieldNames Names =
        new("message", "error", "error_details", "code", "reason", "iso", "epoch|epochSeconds", "errors");

    /// <summary>One of a list of errors; its places are those of <see cref="Names"/>.</summary>
    private static readonly FieldNames ListedNames = new("message", "error", "error_details", "id", "reason");

    /// <summary>Refuses an object that holds none of an endpoint's fields: as the error that it is, else as not this endpoint's. The time
    /// (<c>{"iso":…,"epoch":…}</c>) is no fault in any dataset.</summary>
    public static void Refuse(in Reply reply, string expected)
    {
        Span<JsonField> fields = stackalloc JsonField[Names.Count];
        var reader = new Utf8JsonReader(reply.Json);
        reader.Read();
        if (reader.TokenType is not JsonTokenType.StartObject)
        {
            reply.RefuseShape(expected);
            return;
        }

        Names.Read(ref reader, fields);
        if (!fields[Iso].IsUnknown && !fields[Epoch].IsUnknown)
        {
            return; // the server's time, which asks nobody for anything
        }

        var root = new Element(reply.Json, fields, Names, reply.Into, new ElementPath("$"));
        if (root[Errors].Type is not JsonTokenType.StartArray)
        {
            Refuse(reply, root, expected);
            return;
        }

        // The first of a list says what went wrong.
        var listed = new EntryReader(root, Errors, ListedNames, stackalloc JsonField[ListedNames.Count]);
        if (listed.TryObject(out var first))
        {
            Refuse(reply, first, expected);
        }
        else
        {
            reply.RefuseShape(expected);
        }
    }

    private static void Refuse(in Reply reply, in Element root, string expected)
    {
        var message = Text(root, Message);
        var error = Text(root, Error);
        if (message.IsEmpty && error.IsEmpty)
        {
            reply.RefuseShape(expected);
            return;
        }

        var code = error.IsEmpty ? Text(root, Code) : error;
        var shown = code.IsEmpty ? null : ShownText.Of(code);
        var more = Text(root, Reason) is { IsEmpty: false } reason ? reason : Text(root, Details);
        var said = string.Join(": ", new[] { Said(message), Said(more) }.OfType<string>().Distinct(StringComparer.Ordinal));
        said = said.Length == 0 ? shown! : said;
        var meaning = ByCode(shown) ?? ByMessage(said) ?? GatewayErrors.MeaningOfUnknown(shown, said, reply.Json);
        reply.Refuse(meaning, $"Coinbase answered with an error: {said}", null, shown);
    }

    private static string? Said(ReadOnlySpan<byte> text) => text.IsEmpty ? null : ShownText.Of(text, 300);

    private static ReadOnlySpan<byte> Text(in Element root, int field) =>
        root[field].Type is JsonTokenType.String or JsonTokenType.Number && root[field].TryText(root.Json, out var text) ? text : default;

    private static RefusalCode? ByCode(string? code) => code?.ToUpperInvariant() switch
    {
        "3" or "9" or "11" or "400" or "INVALID_ARGUMENT" or "FAILED_PRECONDITION" or "OUT_OF_RANGE"
            or "PARAM_REQUIRED" or "VALIDATION_ERROR" or "INVALID_REQUEST" => RefusalCode.BadRequest,
        "5" or "404" or "NOT_FOUND" => RefusalCode.NotFound,
        "7" or "403" or "PERMISSION_DENIED" or "INVALID_SCOPE" => RefusalCode.Forbidden,
        "8" or "429" or "RESOURCE_EXHAUSTED" or "RATE_LIMIT_EXCEEDED" => RefusalCode.RateLimited,
        "16" or "401" or "UNAUTHENTICATED" or "UNAUTHORIZED" or "AUTHENTICATION_ERROR" or "INVALID_TOKEN" or "EXPIRED_TOKEN"
            or "REVOKED_TOKEN" => RefusalCode.Unauthorized,
        "4" or "13" or "14" or "500" or "502" or "503" or "504" or "INTERNAL" or "INTERNAL_SERVER_ERROR" or "UNAVAILABLE"
            or "DEADLINE_EXCEEDED" => RefusalCode.ProviderUnavailable,
        _ => null,
    };

    /// <summary>Exchange has no codes; these are the words of its documented and recorded messages.</summary>
    private static RefusalCode? ByMessage(string message)
    {
        bool Says(string words) => message.Contains(words, StringComparison.OrdinalIgnoreCase);
        return Says("rate limit") || Says("too many requests") ? RefusalCode.RateLimited
            : Says("not found") || Says("NotFound") || Says("not a valid product") ? RefusalCode.NotFound
            : Says("unauthorized") || Says("api key") || Says("signature") || Says("passphrase") || Says("authenticat")
                || Says("CB-ACCESS") || Says("timestamp expired") || Says("invalid timestamp")
                ? RefusalCode.Unauthorized
            : Says("forbidden") || Says("not allowed") || Says("permission") || Says("invalid scope") ? RefusalCode.Forbidden
            : Says("internal") || Says("unavailable") || Says("ServiceUnavailable") || Says("maintenance") || Says("timeout")
                || Says("bad gateway")
                ? RefusalCode.ProviderUnavailable
            : Says("invalid") || Says("unsupported") || Says("required") || Says("bad request") || Says("too small") || Says("must be")
                || Says("failed to subscribe") || Says("malformed") ? RefusalCode.BadRequest
            : null;
    }
}
