using System.Text;
using System.Text.Json;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Kraken;

/// <summary>
/// One frame of <c>wss://ws.kraken.com</c>. v1: a list <c>[channelID, payload…, "trade", "XBT/USD"]</c>, or an object with <c>event</c>.
/// v2 (<c>/v2</c>): <c>{"channel":"trade","type":"update","data":[…]}</c>, or an answer with <c>method</c>. Statuses, heartbeats, pongs
/// and acknowledgements carry no record; a <c>connectionID</c> may be past 64 signed bits and is not read.
/// </summary>
internal static class KrakenSocket
{
    private const int Event = 0;
    private const int Status = 1;
    private const int Message = 2;
    private const int Channel = 3;
    private const int Type = 4;
    private const int Data = 5;
    private const int Method = 6;
    private const int Success = 7;
    private const int Error = 8;

    private const int LeastOfList = 4;
    private const int MostOfList = 5;

    private static readonly FieldNames Names =
        new("event", "status", "errorMessage", "channel", "type", "data", "method", "success", "error");

    private static readonly FieldNames ListPlaces = Rows.Names(MostOfList);

    public static readonly Normaliser Normaliser = Reply.Normaliser(Read);

    private static void Read(ref Utf8JsonReader reader, in Reply reply)
    {
        if (reader.TokenType is JsonTokenType.StartArray)
        {
            ReadList(ref reader, reply);
            return;
        }

        if (!reply.IsObject(ref reader, "a frame"))
        {
            return;
        }

        Span<JsonField> fields = stackalloc JsonField[Names.Count];
        Names.Read(ref reader, fields);
        var frame = new Element(reply.Json, fields, Names, reply.Into, new ElementPath("$"));
        if (frame.Has(Channel))
        {
            ReadChannel(reply, frame);
        }
        else if (frame.Has(Error) || frame.Has(Message) || fields[Success].Type is JsonTokenType.False || TextOf(frame, Status) == "error")
        {
            var said = frame.Has(Error) ? Error : Message;
            KrakenErrors.RefuseSocket(reply, frame.Has(said) && frame[said].TryText(reply.Json, out var text) ? text : default);
        }
        else if (!frame.Has(Event) && !frame.Has(Method))
        {
            reply.RefuseShape("a frame with a channel, an event or a method");
        }
    }

    private static void ReadChannel(in Reply reply, in Element frame)
    {
        var channel = TextOf(frame, Channel);
        if (channel is "heartbeat" or "status" or "pong")
        {
            return;
        }

        var needed = channel == "instrument" ? JsonTokenType.StartObject : JsonTokenType.StartArray;
        if (frame[Data].Type != needed)
        {
            reply.Refuse(RefusalCode.UnexpectedShape, $"a frame of channel \"{channel}\" without its data", "$.data");
            return;
        }

        var data = frame[Data].Of(reply.Json);
        switch (channel)
        {
            case "trade":
                KrakenTrades.ReadSocketObjects(data, reply);
                break;
            case "book":
                KrakenBooks.ReadSocketObjects(data, reply, TextOf(frame, Type) == "snapshot");
                break;
            case "ticker":
                KrakenTickers.ReadSocketObjects(data, reply);
                break;
            case "ohlc":
                KrakenCandles.ReadSocketObjects(data, reply);
                break;
            case "instrument":
                KrakenMarkets.ReadSocketObject(data, reply);
                break;
            default:
                RefuseChannel(reply, channel, "$.channel");
                break;
        }
    }

    private static void ReadList(ref Utf8JsonReader reader, in Reply reply)
    {
        Span<JsonField> fields = stackalloc JsonField[MostOfList];
        var count = Rows.ReadValues(ref reader, fields);
        var list = new Element(reply.Json, fields, ListPlaces, reply.Into, new ElementPath("$"));
        if (count is < LeastOfList or > MostOfList
            || !list.Text(count - 2, out var channel) || !list.Text(count - 1, out var name))
        {
            if (reply.Into.Refusals.Count == 0)
            {
                reply.RefuseShape("a frame [channelID, payload, channel, pair]");
            }

            return;
        }

        if (KrakenPairs.OfName(reply, name, $"$[{count - 1}]", out var pair))
        {
            ReadPayload(reply, fields[..(count - 2)], channel, pair);
        }
    }

    /// <param name="fields">The channel's id and one or two payloads.</param>
    private static void ReadPayload(in Reply reply, ReadOnlySpan<JsonField> fields, string channel, string pair)
    {
        var name = channel.Split('-')[0];
        var needed = name is "book" or "ticker" ? JsonTokenType.StartObject : JsonTokenType.StartArray;
        foreach (var payload in fields[1..])
        {
            if (payload.Type != needed || (fields.Length > 2 && name != "book"))
            {
                reply.Refuse(RefusalCode.UnexpectedShape, $"a frame of channel \"{channel}\" with a payload of another kind", "$[1]");
                return;
            }
        }

        var first = fields[1].Of(reply.Json);
        switch (name)
        {
            case "trade":
                KrakenTrades.ReadSocketRows(first, reply, "$[1]", pair);
                break;
            case "book":
                KrakenBooks.ReadSocketParts(first, fields.Length > 2 ? fields[2].Of(reply.Json) : default, reply, pair);
                break;
            case "ticker":
                KrakenTickers.ReadSocketTicker(first, reply, pair);
                break;
            case "ohlc":
                KrakenCandles.ReadSocketRow(first, reply, channel, pair);
                break;
            case "spread":
                KrakenTickers.ReadSpread(first, reply, pair);
                break;
            default:
                RefuseChannel(reply, channel, "$");
                break;
        }
    }

    private static void RefuseChannel(in Reply reply, string channel, string path) => reply.Refuse(
        RefusalCode.UnexpectedShape,
        $"channel \"{ShownText.Of(Encoding.UTF8.GetBytes(channel))}\": expected trade, book, ticker, ohlc, spread or instrument", path);

    /// <summary>A short word of the protocol; empty where it is anything else.</summary>
    private static string TextOf(in Element frame, int field) =>
        frame[field].Type is JsonTokenType.String && frame[field].TryText(frame.Json, out var text) && text.Length <= ShownText.Most
            ? ShownText.Of(text)
            : "";
}
