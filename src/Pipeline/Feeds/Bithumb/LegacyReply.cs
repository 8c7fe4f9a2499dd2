using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Pipeline.Feeds.Quotation;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Bithumb;

/// <summary>
/// The older API's replies, <c>{"status":"0000","data":…}</c> under HTTP 200; any other status is an error. Archives hold <c>data</c> alone
/// as well. Pairs are called target first: <c>BTC_KRW</c>.
/// </summary>
internal static class LegacyReply
{
    private const int Status = 0;
    private const int Data = 1;
    private const int Error = 2;
    private const int Message = 3;

    private static readonly FieldNames Names = new("status", "data", "error", "message");
    private static readonly FieldNames MarketName = new("market");

    public static readonly PairCode Market = new('_', QuoteFirst: false);

    /// <summary>Finds the data of the object on which the reader stands; false where it is an error, which is refused.</summary>
    /// <param name="json">The data, or the whole reply where it has neither status nor data.</param>
    public static bool TryData(ref Utf8JsonReader reader, in Reply reply, string expected, out ReadOnlySpan<byte> json, out string path)
    {
        var root = reader;
        Span<JsonField> head = stackalloc JsonField[Names.Count];
        Names.Read(ref reader, head);
        json = reply.Json;
        path = "$";
        var status = QuotationErrors.TextOf(json, head[Status]);
        var isAlone = head[Status].IsUnknown && head[Data].IsUnknown;
        if ((isAlone && (!head[Error].IsUnknown || !head[Message].IsUnknown)) || (!isAlone && !status.SequenceEqual("0000"u8)))
        {
            QuotationErrors.RefuseObject(ref root, reply, BithumbProvider.Dialect.Speaker, expected);
            return false;
        }

        if (isAlone)
        {
            return true;
        }

        if (head[Data].Type is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
        {
            reply.RefuseShape(expected);
            return false;
        }

        json = head[Data].Of(json);
        path = "$.data";
        return true;
    }

    /// <summary>A list of the API 2.0 in this envelope: its objects name their market, as the older API's do not.</summary>
    /// <param name="root">On the object's start.</param>
    public static bool TryList(Utf8JsonReader root, ReadOnlySpan<byte> json, out ReadOnlySpan<byte> list)
    {
        list = default;
        Span<JsonField> head = stackalloc JsonField[Names.Count];
        Names.Read(ref root, head);
        if (head[Data].Type is not JsonTokenType.StartArray || !QuotationErrors.TextOf(json, head[Status]).SequenceEqual("0000"u8))
        {
            return false;
        }

        list = head[Data].Of(json);
        var first = Open(list);
        first.Read();
        if (first.TokenType is not JsonTokenType.StartObject)
        {
            return false;
        }

        Span<JsonField> market = stackalloc JsonField[1];
        MarketName.Read(ref first, market);
        return !market[0].IsUnknown;
    }

    /// <summary>Of an endpoint that the older API hasn't: an error, or not its reply.</summary>
    public static void RefuseOther(ref Utf8JsonReader reader, in Reply reply)
    {
        const string Expected = "a list";
        if (TryData(ref reader, reply, Expected, out var data, out _) && !IsEmptyList(data))
        {
            reply.RefuseShape(Expected);
        }
    }

    private static bool IsEmptyList(ReadOnlySpan<byte> json)
    {
        var reader = Open(json);
        return reader.TokenType is JsonTokenType.StartArray && reader.Read() && reader.TokenType is JsonTokenType.EndArray;
    }

    /// <summary>A reader on the first token of what <see cref="TryData"/> gave.</summary>
    public static Utf8JsonReader Open(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        return reader;
    }

    /// <summary>What a reply about all coins of one quote currency leaves out: from the currency or the pair that was asked for; null
    /// where neither was, which is then marked.</summary>
    public static string? QuoteOf(in Reply reply)
    {
        var quote = reply.Context.Currency?.ToLowerInvariant()
            ?? (CurrencyPair.TryParse(reply.Context.Pair, out var asked) ? asked.Quote : null);
        if (quote is null)
        {
            reply.Into.MissingContext = "currency";
        }

        return quote;
    }
}
