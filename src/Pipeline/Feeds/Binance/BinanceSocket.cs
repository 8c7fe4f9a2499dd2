using System.Text;
using System.Text.Json;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Binance;

/// <summary>
/// One frame of <c>wss://stream.binance.com:9443</c>: bare (<c>/ws</c>) or wrapped (<c>/stream</c>:
/// <c>{"stream":"nknusdt@aggTrade","data":{"e":"aggTrade",…}}</c>), one event or a list of events. Answers
/// (<c>{"result":null,"id":1}</c>) and notices of a shutdown carry no record.
/// </summary>
internal static class BinanceSocket
{
    private const int Stream = 3;
    private const int Data = 4;
    private const int Event = 5;
    private const int Error = 6;
    private const int Result = 7;
    private const int Id = 8;
    private const int Bids = 9;
    private const int UpdateId = 10;

    private static readonly FieldNames Names = BinanceReplies.Names("stream", "data", "e", "error", "result", "id", "bids", "u");

    private static readonly FieldNames PriceName = new("price|p");

    public static readonly Normaliser Normaliser = Reply.Normaliser(Read);

    private static void Read(ref Utf8JsonReader reader, in Reply reply)
    {
        if (reader.TokenType is JsonTokenType.StartArray)
        {
            ReadEvents(JsonField.Capture(ref reader).Of(reply.Json), reply, "$", default);
            return;
        }

        if (!reply.IsObject(ref reader, "a frame"))
        {
            return;
        }

        Span<JsonField> fields = stackalloc JsonField[Names.Count];
        Names.Read(ref reader, fields);
        var frame = new Element(reply.Json, fields, Names, reply.Into, new ElementPath("$"));
        if (!frame.Has(Data))
        {
            ReadBare(reply.Json, reply, frame, "$", default);
            return;
        }

        var stream = frame.Has(Stream) && frame[Stream].TryText(reply.Json, out var name) ? name : default;
        switch (frame[Data].Type)
        {
            case JsonTokenType.StartArray:
                ReadEvents(frame[Data].Of(reply.Json), reply, "$.data", stream);
                break;
            case JsonTokenType.StartObject:
                ReadEvent(frame[Data].Of(reply.Json), reply, "$.data", stream);
                break;
            default:
                reply.Refuse(RefusalCode.UnexpectedShape, "a frame whose data is neither an event nor a list of events", "$.data");
                break;
        }
    }

    private static void ReadEvents(ReadOnlySpan<byte> list, in Reply reply, string path, ReadOnlySpan<byte> stream)
    {
        var reader = new Utf8JsonReader(list);
        reader.Read();
        for (var index = 0; reader.Read() && reader.TokenType is not JsonTokenType.EndArray && !reply.IsHopeless; index++)
        {
            var value = JsonField.Capture(ref reader);
            var place = new ElementPath(path, index).ToString();
            if (value.Type is JsonTokenType.StartObject)
            {
                ReadEvent(value.Of(list), reply, place, stream);
            }
            else
            {
                reply.Refuse(RefusalCode.UnexpectedShape, "not an event", place);
            }
        }
    }

    private static void ReadEvent(ReadOnlySpan<byte> json, in Reply reply, string path, ReadOnlySpan<byte> stream)
    {
        Span<JsonField> fields = stackalloc JsonField[Names.Count];
        var reader = new Utf8JsonReader(json);
        reader.Read();
        Names.Read(ref reader, fields);
        ReadBare(json, reply, new Element(json, fields, Names, reply.Into, new ElementPath(path)), path, stream);
    }

    private static void ReadBare(
        ReadOnlySpan<byte> json, in Reply reply, in Element frame, string path, ReadOnlySpan<byte> stream)
    {
        var type = frame.Has(Event) && frame[Event].TryText(json, out var text) ? text : default;
        if (!type.IsEmpty)
        {
            ReadTyped(type, json, reply, path);
        }
        else if (frame[Bids].Type is JsonTokenType.StartArray)
        {
            ReadPartialBook(json, reply, path, stream);
        }
        else if (frame.Has(UpdateId))
        {
            BinanceTickers.ReadSocket(json, reply, path, isOfDay: true); // bookTicker names no event
        }
        else if (frame[Error].Type is JsonTokenType.StartObject)
        {
            ReadError(frame[Error].Of(json), reply, path + ".error");
        }
        else if (!BinanceReplies.Refused(reply, frame)
            && (HoldsData(frame[Result], json) || !IsAnswer(frame, json)))
        {
            reply.Refuse(RefusalCode.UnexpectedShape, "not a frame of the market streams: expected an event, an answer or an error", path);
        }
    }

    /// <summary>An answer has a result, null at least, or its request's id and no price: REST's trades have an id too.</summary>
    private static bool IsAnswer(in Element frame, ReadOnlySpan<byte> json)
    {
        if (frame[Result].Type is not JsonTokenType.None || !frame.Has(Id))
        {
            return frame[Result].Type is not JsonTokenType.None;
        }

        Span<JsonField> price = stackalloc JsonField[PriceName.Count];
        var reader = new Utf8JsonReader(json);
        reader.Read();
        PriceName.Read(ref reader, price);
        return price[0].Type is JsonTokenType.None;
    }

    /// <summary>
    /// Whether a result is more than the streams' answers are (nothing, a flag, names of streams): the answers of the WebSocket API hold
    /// there what REST replies with, which would be lost without a word.
    /// </summary>
    private static bool HoldsData(in JsonField result, ReadOnlySpan<byte> json)
    {
        if (result.Type is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
        {
            return false;
        }

        var reader = new Utf8JsonReader(result.Of(json));
        reader.Read();
        reader.Read();
        return reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray
            || (reader.TokenType is JsonTokenType.PropertyName && !reader.ValueTextEquals("serverTime"u8));
    }

    private static void ReadTyped(ReadOnlySpan<byte> type, ReadOnlySpan<byte> json, in Reply reply, string path)
    {
        switch (type.Length <= 16 ? Encoding.UTF8.GetString(type) : "")
        {
            case "aggTrade":
                BinanceTrades.ReadSocket(json, reply, path, isAggregate: true);
                break;
            case "trade":
                BinanceTrades.ReadSocket(json, reply, path, isAggregate: false);
                break;
            case "depthUpdate":
                BinanceBooks.ReadUpdate(json, reply, path);
                break;
            case "kline":
                BinanceCandles.ReadSocket(json, reply, path);
                break;
            case "24hrTicker" or "24hrMiniTicker" or "1dTicker" or "bookTicker":
                BinanceTickers.ReadSocket(json, reply, path, isOfDay: true);
                break;
            case "1hTicker" or "4hTicker":
                BinanceTickers.ReadSocket(json, reply, path, isOfDay: false);
                break;
            case "serverShutdown":
                break;
            default:
                reply.Refuse(
                    RefusalCode.UnexpectedShape,
                    $"event \"{ShownText.Of(type)}\": expected aggTrade, trade, depthUpdate, kline, 24hrTicker, 24hrMiniTicker, "
                    + "1dTicker, 4hTicker, 1hTicker or bookTicker",
                    path + ".e");
                break;
        }
    }

    private static void ReadPartialBook(ReadOnlySpan<byte> json, in Reply reply, string path, ReadOnlySpan<byte> stream)
    {
        var at = stream.IndexOf((byte)'@');
        if (at <= 0)
        {
            if (reply.Context.Pair is { } asked)
            {
                BinanceBooks.ReadSocketBook(json, reply, path, asked);
            }
            else
            {
                reply.Into.MissingContext = "pair";
            }
        }
        else if (!BinanceSymbols.TryPair(stream[..at], reply.Context.Pair, out var pair))
        {
            reply.Refuse(RefusalCode.InvalidField, $"stream \"{ShownText.Of(stream)}\": expected a known symbol before the @", "$.stream");
        }
        else if (StatedPair.Agrees(reply, pair))
        {
            BinanceBooks.ReadSocketBook(json, reply, path, pair);
        }
    }

    private static void ReadError(ReadOnlySpan<byte> json, in Reply reply, string path)
    {
        Span<JsonField> fields = stackalloc JsonField[Names.Count];
        var reader = new Utf8JsonReader(json);
        reader.Read();
        Names.Read(ref reader, fields);
        if (!BinanceReplies.Refused(reply, new Element(json, fields, Names, reply.Into, new ElementPath(path))))
        {
            reply.Refuse(RefusalCode.ProviderError, "Binance answered with an error without a code", path);
        }
    }
}
