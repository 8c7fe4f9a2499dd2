using System.Text.Json;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Quotation;

/// <summary>
/// Errors in all their shapes, under any HTTP status: <c>{"error":{"name":404,"message":"Code not found"}}</c> with a number or a word as
/// the name, the same without the wrapper (<c>{"name":"not_found","message":"No Route matched …"}</c>), a gateway's bare
/// <c>{"message":…}</c>, and the older <c>{"status":"5500","message":…}</c> of Bithumb, whose socket calls the message <c>resmsg</c>.
/// </summary>
internal static class QuotationErrors
{
    private const int Error = 0;
    private const int Name = 1;
    private const int Message = 2;
    private const int Status = 3;

    private static readonly FieldNames Names = new("error", "name", "message|resmsg", "status");

    /// <summary>Refuses the object on which the reader stands: as an error where it is one, else as not this endpoint's reply.</summary>
    public static void RefuseObject(ref Utf8JsonReader reader, in Reply reply, string speaker, string expected)
    {
        Span<JsonField> fields = stackalloc JsonField[Names.Count];
        Names.Read(ref reader, fields);
        if (!Refused(reply.Json, fields, reply, speaker))
        {
            reply.RefuseShape(expected);
        }
    }

    /// <summary>Refuses the object as an error; false where it is none.</summary>
    private static bool Refused(scoped ReadOnlySpan<byte> json, scoped ReadOnlySpan<JsonField> fields, in Reply reply, string speaker)
    {
        if (fields[Error].Type is JsonTokenType.StartObject)
        {
            var nested = fields[Error].Of(json);
            var reader = new Utf8JsonReader(nested);
            reader.Read();
            Span<JsonField> inner = stackalloc JsonField[Names.Count];
            Names.Read(ref reader, inner);
            Refuse(reply, speaker, TextOf(nested, inner[Name]), TextOf(nested, inner[Message]));
            return true;
        }

        var name = TextOf(json, fields[fields[Status].IsUnknown ? Name : Status]);
        var message = TextOf(json, fields[fields[Message].IsUnknown ? Error : Message]);
        if (name.IsEmpty && message.IsEmpty)
        {
            return false;
        }

        Refuse(reply, speaker, name, message);
        return true;
    }

    public static void Refuse(in Reply reply, string speaker, scoped ReadOnlySpan<byte> code, scoped ReadOnlySpan<byte> message)
    {
        var shown = code.IsEmpty ? null : ShownText.Of(code);
        var said = message.IsEmpty ? "no message" : ShownText.Of(message, 300);
        var meaning = Meaning(shown) ?? GatewayErrors.MeaningOfUnknown(shown, said, reply.Json);
        reply.Refuse(meaning, $"{speaker} answered with an error: {said}", null, shown);
    }

    public static ReadOnlySpan<byte> TextOf(ReadOnlySpan<byte> json, scoped in JsonField field) =>
        field.Type is JsonTokenType.String or JsonTokenType.Number && field.TryText(json, out var text) ? text : default;

    /// <summary>
    /// Quotation errors carry an HTTP status or a word (docs.upbit.com "REST API errors", "WebSocket errors"), the older API of Bithumb a
    /// code of its own from 5100 on (apidocs.bithumb.com "error codes").
    /// </summary>
    private static RefusalCode? Meaning(string? code) => code?.ToLowerInvariant() switch
    {
        "400" or "validation_error" or "invalid_parameter" or "bad_request" or "wrong_format" or "no_ticket" or "no_type" or "no_codes"
            or "invalid_param" or "5100" or "5302" or "5500" => RefusalCode.BadRequest,
        "401" or "invalid_auth" or "invalid_access_key" or "invalid_query_payload" or "jwt_verification" or "expired_access_key"
            or "nonce_used" or "no_authorization_token" or "no_authorization_ip" or "no_authorization_i_p" or "5200" or "5300"
            => RefusalCode.Unauthorized,
        "403" or "forbidden" or "out_of_scope" or "thirdparty_agreement_required" => RefusalCode.Forbidden,
        "404" or "not_found" or "market_not_found" => RefusalCode.NotFound,
        "418" or "429" or "too_many_requests" or "too_many_request" => RefusalCode.RateLimited,
        ['5', _, _] or "server_error" or "internal_server_error" or "internal_error" or "5400" => RefusalCode.ProviderUnavailable,
        _ => null,
    };
}
