using System.Globalization;
using System.Text.Json;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.CoinGecko;

/// <summary>
/// CoinGecko's errors, each seen under its own HTTP status and under 200: A <c>{"error":"coin not found"}</c>;
/// B <c>{"status":{"error_code":429,"error_message":"…"}}</c>; C <c>{"error":{"status":{"error_code":10012,…}}}</c>; and
/// <c>{"status":500,"error":"Internal Server Error"}</c>; of B's code also beside its status:
/// <c>{"error_code":10011,"status":{"error_message":"…"}}</c>. Codes: docs.coingecko.com/docs/errors-and-rate-limits.
/// There are coins whose ids are <c>status</c> and <c>error</c>-like words, so an object is an error only if it holds a code or a message.
/// </summary>
internal static class CoinGeckoErrors
{
    private const int Error = 0;
    private const int Status = 1;
    private const int Code = 2;
    private const int Message = 3;
    private const int Ping = 4;

    private static readonly FieldNames Names = new("error", "status", "error_code|code", "error_message|message", "gecko_says");

    /// <summary>
    /// A normaliser for replies that are objects. Errors are refused and a ping passes without a record before <paramref name="body"/> sees
    /// them.
    /// </summary>
    public static Normaliser Object(string expected, ReplyBody body) => Reply.Normaliser((ref Utf8JsonReader reader, in Reply reply) =>
    {
        if (reply.IsObject(ref reader, expected) && !IsAnswered(reply))
        {
            body(ref reader, reply);
        }
    });

    /// <summary>A normaliser for replies that are lists; an object is an error, a ping, or not this endpoint's.</summary>
    public static Normaliser List(string expected, ReplyBody body) => Reply.Normaliser((ref Utf8JsonReader reader, in Reply reply) =>
    {
        if (reader.TokenType is JsonTokenType.StartArray)
        {
            body(ref reader, reply);
        }
        else if (reader.TokenType is not JsonTokenType.StartObject || !IsAnswered(reply))
        {
            reply.RefuseShape(expected);
        }
    });

    /// <summary>Whether the reply is an error, which is then refused, or a ping.</summary>
    private static bool IsAnswered(in Reply reply)
    {
        Span<JsonField> fields = stackalloc JsonField[Names.Count];
        var root = ReadObject(reply.Json, fields, reply);
        return RefusedText(reply, root)
            || RefusedObject(reply, root, Status)
            || RefusedObject(reply, root, Error)
            || RefusedCode(reply, root, default)
            || (root[Ping].Type is JsonTokenType.String && !root.Has(Error) && !root.Has(Status));
    }

    /// <summary>Shape A, and with a number beside it.</summary>
    private static bool RefusedText(in Reply reply, in Element root)
    {
        if (root[Error].Type is not JsonTokenType.String || !root.Has(Error))
        {
            return false;
        }

        var status = Text(root, Status);
        Refuse(reply, status.IsEmpty ? Text(root, Code) : status, Text(root, Error));
        return true;
    }

    /// <summary>Shapes B and C: the code and the message stand in the object, or one deeper in its <c>status</c>.</summary>
    private static bool RefusedObject(in Reply reply, in Element root, int field)
    {
        if (root[field].Type is not JsonTokenType.StartObject)
        {
            return false;
        }

        Span<JsonField> fields = stackalloc JsonField[Names.Count];
        var inner = ReadObject(root[field].Of(root.Json), fields, reply);
        return RefusedCode(reply, inner, Text(root, Code)) || (field == Error && RefusedObject(reply, inner, Status));
    }

    /// <param name="outer">The code that stands beside the element and not in it.</param>
    private static bool RefusedCode(in Reply reply, in Element element, scoped ReadOnlySpan<byte> outer)
    {
        var own = Text(element, Code);
        var message = Text(element, Message);
        var code = own.IsEmpty && !message.IsEmpty ? outer : own;
        if ((code.IsEmpty && message.IsEmpty) || (code.SequenceEqual("0"u8) && message.IsEmpty))
        {
            return false;
        }

        Refuse(reply, code, message);
        return true;
    }

    private static Element ReadObject(ReadOnlySpan<byte> json, Span<JsonField> fields, in Reply reply)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        Names.Read(ref reader, fields);
        return new Element(json, fields, Names, reply.Into, new ElementPath("$"));
    }

    private static ReadOnlySpan<byte> Text(in Element element, int field) =>
        element[field].Type is JsonTokenType.Number or JsonTokenType.String && element[field].TryText(element.Json, out var text)
            ? text
            : default;

    private static void Refuse(in Reply reply, scoped ReadOnlySpan<byte> code, ReadOnlySpan<byte> message)
    {
        var shown = code.IsEmpty ? null : ShownText.Of(code);
        var said = message.IsEmpty ? "no message" : ShownText.Of(message, 300);
        var meaning = int.TryParse(shown, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? ByCode(number) ?? GatewayErrors.MeaningOfNumber(shown)
            : null;
        meaning ??= ByMessage(said) ?? GatewayErrors.MeaningOfUnknown(null, said, reply.Json);
        reply.Refuse(meaning.Value, $"CoinGecko answered with an error: {said}", null, shown);
    }

    private static RefusalCode? ByCode(int code) => code switch
    {
        10002 or 10010 or 10011 => RefusalCode.Unauthorized,
        10005 => RefusalCode.Forbidden,
        10006 => RefusalCode.RateLimited, // the month's calls are used up
        10012 => RefusalCode.TimeRangeExceeded,
        _ => null,
    };

    /// <summary>Shape A has no code; these are the words of its recorded and documented messages.</summary>
    private static RefusalCode? ByMessage(string message)
    {
        bool Says(string words) => message.Contains(words, StringComparison.OrdinalIgnoreCase);
        return Says("rate limit") || Says("too many requests") || Says("throttled") ? RefusalCode.RateLimited
            : Says("allowed time range") ? RefusalCode.TimeRangeExceeded
            : Says("not found") || Says("could not find") || Says("incorrect path") ? RefusalCode.NotFound
            : Says("api key") || Says("unauthorized") ? RefusalCode.Unauthorized
            : Says("forbidden") || Says("access denied") || Says("limited to pro") ? RefusalCode.Forbidden
            : Says("internal server error") || Says("unavailable") || Says("timeout") ? RefusalCode.ProviderUnavailable
            : Says("missing") || Says("invalid") || Says("required") ? RefusalCode.BadRequest
            : null;
    }
}
