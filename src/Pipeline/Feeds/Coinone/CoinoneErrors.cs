using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Coinone;

/// <summary>
/// Coinone's errors, which come under HTTP 200: v2 <c>{"result":"error","error_code":"108","error_msg":"Unknown CryptoCurrency"}</c>, v1
/// the same with <c>errorCode</c> and <c>errorMsg</c>, the socket
/// <c>{"response_type":"ERROR","error_code":160012,"message":"Invalid Topic"}</c>. Codes: docs.coinone.co.kr/docs/error-code.
/// </summary>
internal static class CoinoneErrors
{
    /// <summary>Places of the head's fields, the same in every table of this provider's REST replies.</summary>
    public const int Result = 0;
    public const int Code = 1;
    public const int Message = 2;

    /// <summary>The head of every reply's field table.</summary>
    public static FieldNames Reply(params string[] body) => new(["result", "error_code|errorCode", "error_msg|errorMsg", .. body]);

    /// <summary>Whether the reply is an error; pure of side effects.</summary>
    public static bool IsError(in Element head) =>
        (head.Has(Result) && !TextOf(head, Result).SequenceEqual("success"u8))
        || (head.Has(Code) && !TextOf(head, Code).SequenceEqual("0"u8));

    /// <summary>Refuses a reply that is an error; true if it was one.</summary>
    public static bool Refused(in Reply reply, in Element head)
    {
        if (!IsError(head))
        {
            return false;
        }

        Refuse(reply, TextOf(head, Code), TextOf(head, Message));
        return true;
    }

    public static void Refuse(in Reply reply, ReadOnlySpan<byte> code, ReadOnlySpan<byte> message)
    {
        var shown = code.IsEmpty ? null : ShownText.Of(code);
        var said = message.IsEmpty ? "no message" : ShownText.Of(message, 300);
        var meaning = Meaning(shown) ?? GatewayErrors.MeaningOfUnknown(shown, said);
        reply.Refuse(meaning, $"Coinone answered with an error: {said}", null, shown);
    }

    public static ReadOnlySpan<byte> TextOf(in Element head, int field) =>
        head.Has(field) && head[field].TryText(head.Json, out var text) ? text : default;

    private static RefusalCode? Meaning(string? code) => code switch
    {
        "4" => RefusalCode.RateLimited,
        "8" or "11" or "12" or "23" or "24" or "25" or "26" or "27" or "28" or "29" => RefusalCode.Unauthorized,
        "120" or "121" or "122" or "123" or "130" or "131" or "150" or "151" => RefusalCode.Unauthorized,
        "10" or "21" or "22" or "40" or "50" or "52" or "53" => RefusalCode.Forbidden,
        "20" or "51" or "104" or "108" or "109" or "404" => RefusalCode.NotFound,
        "101" or "105" or "107" or "113" or "132" or "133" or "316" or "317" => RefusalCode.BadRequest,
        "405" => RefusalCode.ProviderUnavailable,
        ['1', '6', '0', _, _, _] => RefusalCode.BadRequest, // the socket's faults of a request: a topic, channel or format that isn't there
        _ => null,
    };
}
