using System.Text.Json;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Coinone;

/// <summary>
/// One frame of <c>wss://stream.coinone.co.kr</c>: <c>{"response_type":"DATA","channel":"TRADE","data":{…}}</c>, or in the short form
/// <c>{"r":"DATA","c":"TRADE","d":{"qc":"KRW","tc":"XRP","i":"1693560563084003","t":1693560563084,"p":"688.3","q":"290.745",
/// "sm":false}}</c>. CONNECTED, SUBSCRIBED, UNSUBSCRIBED and PONG carry no record; acknowledgements keep the long names in both forms.
/// </summary>
internal static class CoinoneSocket
{
    private const int ResponseType = 0;
    private const int Channel = 1;
    private const int Data = 2;
    private const int Code = 3;
    private const int Message = 4;

    private static readonly FieldNames Names = new("response_type|r", "channel|c", "data|d", "error_code|errorCode", "message|error_msg");

    public static readonly Normaliser Normaliser = Reply.Normaliser(Read);

    private static void Read(ref Utf8JsonReader reader, in Reply reply)
    {
        if (!reply.IsObject(ref reader, "a frame with response_type"))
        {
            return;
        }

        Span<JsonField> fields = stackalloc JsonField[Names.Count];
        Names.Read(ref reader, fields);
        var frame = new Element(reply.Json, fields, Names, reply.Into, new ElementPath("$"));
        var type = CoinoneErrors.TextOf(frame, ResponseType);
        if (type.SequenceEqual("DATA"u8))
        {
            ReadData(reply, frame);
        }
        else if (type.SequenceEqual("ERROR"u8))
        {
            CoinoneErrors.Refuse(reply, CoinoneErrors.TextOf(frame, Code), CoinoneErrors.TextOf(frame, Message));
        }
        else if (!IsAcknowledgement(type))
        {
            reply.RefuseShape("a frame whose response_type is DATA, ERROR, CONNECTED, SUBSCRIBED, UNSUBSCRIBED or PONG");
        }
    }

    private static bool IsAcknowledgement(ReadOnlySpan<byte> type) =>
        type.SequenceEqual("CONNECTED"u8) || type.SequenceEqual("SUBSCRIBED"u8) || type.SequenceEqual("UNSUBSCRIBED"u8)
        || type.SequenceEqual("PONG"u8);

    private static void ReadData(in Reply reply, in Element frame)
    {
        var channel = CoinoneErrors.TextOf(frame, Channel);
        if (frame[Data].Type is not JsonTokenType.StartObject)
        {
            reply.Refuse(RefusalCode.UnexpectedShape, "a DATA frame without an object data", "$.data");
            return;
        }

        var data = frame[Data].Of(reply.Json);
        if (channel.SequenceEqual("TRADE"u8))
        {
            ReadTrade(data, reply);
        }
        else if (channel.SequenceEqual("ORDERBOOK"u8))
        {
            CoinoneBooks.ReadSocketBook(data, reply);
        }
        else if (channel.SequenceEqual("TICKER"u8))
        {
            CoinoneTickers.ReadSocketTicker(data, reply);
        }
        else if (channel.SequenceEqual("CHART"u8))
        {
            CoinoneCatalogue.ReadSocketCandle(data, reply);
        }
        else
        {
            var shown = ShownText.Of(channel);
            reply.Refuse(RefusalCode.UnexpectedShape, $"channel \"{shown}\": expected TRADE, ORDERBOOK, TICKER or CHART", "$.channel");
        }
    }

    private static void ReadTrade(ReadOnlySpan<byte> data, in Reply reply)
    {
        var names = CoinoneTrades.SocketFill;
        Span<JsonField> fields = stackalloc JsonField[names.Count];
        var reader = new Utf8JsonReader(data);
        reader.Read();
        names.Read(ref reader, fields);
        var fill = new Element(data, fields, names, reply.Into, new ElementPath("$.data"));
        if (StatedPair.OfReply(reply, fill, 6, 5, out var pair)
            && CoinoneTrades.SocketTrade(fill, reply.Context with { Pair = pair }) is { } trade)
        {
            reply.Into.Records.Add(trade);
        }
    }
}
