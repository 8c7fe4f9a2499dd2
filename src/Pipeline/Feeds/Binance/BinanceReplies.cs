using System.Text.Json;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Binance;

/// <summary>
/// What all replies of Binance share. An error is an object <c>{"code":-1121,"msg":"Invalid symbol."}</c> where a list or another object
/// was due (codes: developers.binance.com/docs/binance-spot-api-docs/errors); <c>{}</c> answers a ping and <c>{"serverTime":…}</c> asks
/// nobody for anything, so neither is a fault in any dataset. Times are in milliseconds, or in microseconds for who asked for them
/// (<c>X-MBX-TIME-UNIT</c>, <c>timeUnit=MICROSECOND</c>).
/// </summary>
internal static class BinanceReplies
{
    private const int Code = 0;
    private const int Message = 1;
    private const int ServerTime = 2;

    private static readonly FieldNames Head = Names();

    /// <summary>The field table of an object reply; its own fields begin at place 3.</summary>
    public static FieldNames Names(params string[] body) => new(["code", "msg|message", "serverTime", .. body]);

    /// <summary>A normaliser of replies that are lists, or an error in their place.</summary>
    public static Normaliser List(string expected, ReplyBody body) => Reply.Normaliser((ref Utf8JsonReader reader, in Reply reply) =>
    {
        if (reader.TokenType is JsonTokenType.StartArray)
        {
            body(ref reader, reply);
        }
        else if (reply.IsObject(ref reader, expected))
        {
            Span<JsonField> fields = stackalloc JsonField[Head.Count];
            Head.Read(ref reader, fields);
            RefuseOther(reply, new Element(reply.Json, fields, Head, reply.Into, new ElementPath("$")), expected);
        }
    });

    /// <summary>An object without what this endpoint's replies have: an error, the answer to a ping or to the time, or no such
    /// reply.</summary>
    public static void RefuseOther(in Reply reply, in Element head, string expected)
    {
        if (!Refused(reply, head) && !head.Has(ServerTime) && !IsEmpty(reply.Json))
        {
            reply.RefuseShape(expected);
        }
    }

    /// <summary>Refuses a reply that is an error; true if it was one.</summary>
    public static bool Refused(in Reply reply, in Element head)
    {
        if (!head.Has(Code))
        {
            return false;
        }

        var code = head[Code].TryText(head.Json, out var digits) && digits.Length <= 20 ? ShownText.Of(digits) : null;
        var said = head.Has(Message) && head[Message].TryText(head.Json, out var text) ? ShownText.Of(text, 300) : "no message";
        var meaning = Meaning(code, said) ?? GatewayErrors.MeaningOfUnknown(code, said);
        reply.Refuse(meaning, $"Binance answered with an error: {said}", null, code);
        return true;
    }

    private static bool IsEmpty(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        return reader.Read() && reader.TokenType is JsonTokenType.StartObject && reader.Read()
            && reader.TokenType is JsonTokenType.EndObject;
    }

    private static RefusalCode? Meaning(string? code, string said) => code switch
    {
        "-1003" or "-1015" or "-1034" => RefusalCode.RateLimited,
        "-1002" or "-1022" or "-2008" or "-2014" or "-2015" => RefusalCode.Unauthorized,
        "0" when said.Contains("restricted", StringComparison.OrdinalIgnoreCase) => RefusalCode.Forbidden, // of a location
        "-1005" or "-1011" => RefusalCode.Forbidden, // of an address
        "-1127" => RefusalCode.TimeRangeExceeded,
        "-1121" => RefusalCode.NotFound,
        "-1000" or "-1001" or "-1004" or "-1006" or "-1007" or "-1008" or "-1016" => RefusalCode.ProviderUnavailable,
        "-1013" or "-1014" or "-1020" or "-1021" => RefusalCode.BadRequest,
        ['-', '1', '1', _, _] => RefusalCode.BadRequest, // 11xx: faults of a request's parameters
        "0" or "1" or "2" or "3" => RefusalCode.BadRequest, // the socket's faults of a request
        _ => null,
    };
}
