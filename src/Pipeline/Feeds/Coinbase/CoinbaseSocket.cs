using System.Text;
using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Coinbase;

/// <summary>
/// One frame of Exchange's feed (<c>{"type":"match","trade_id":…,"side":"sell","size":…,"price":…,"product_id":"SKL-USD",…}</c>) or of
/// Advanced Trade's (<c>{"channel":"market_trades","timestamp":…,"events":[{"type":"update","trades":[…]}]}</c>). <c>last_match</c>, the
/// first after a subscription, is a trade like the others; <c>rfq_match</c>, which no feed here subscribes to, is one on a request for a
/// quote. Subscriptions, heartbeats and the life of single orders (the channel
/// <c>full</c>) carry no record.
/// </summary>
internal static class CoinbaseSocket
{
    private const int Type = 6;
    private const int BestBid = 8;
    private const int Bids = 14;
    private const int Asks = 15;
    private const int Changes = 16;
    private const int Products = 17;
    private const int Channel = 18;
    private const int Events = 19;
    private const int Timestamp = 20;

    /// <summary>A trade's fields come first, so that a match is read like any trade.</summary>
    private static readonly FieldNames Names = new(
    [
        .. CoinbaseTrades.Fields, "type", "message", "best_bid", "best_ask", "high_24h", "low_24h", "volume_24h", "sequence", "bids",
        "asks", "changes", "products", "channel", "events", "timestamp",
    ]);

    private static readonly FieldNames EventNames = new("type", "trades", "tickers", "candles", "products", "updates");

    public static readonly Normaliser Normaliser = Reply.Normaliser(Read);

    private static void Read(ref Utf8JsonReader reader, in Reply reply)
    {
        const string Expected = "a frame with a type, or with a channel and events";
        if (!reply.IsObject(ref reader, Expected))
        {
            return;
        }

        Span<JsonField> fields = stackalloc JsonField[Names.Count];
        Names.Read(ref reader, fields);
        var frame = new Element(reply.Json, fields, Names, reply.Into, new ElementPath("$"));
        if (TextOf(frame, Type) is { IsEmpty: false } type)
        {
            ReadExchange(reply, frame, type);
        }
        else if (TextOf(frame, Channel) is { IsEmpty: false } channel)
        {
            ReadAdvanced(reply, frame, channel);
        }
        else
        {
            CoinbaseErrors.Refuse(reply, Expected);
        }
    }

    private static void ReadExchange(in Reply reply, in Element frame, ReadOnlySpan<byte> type)
    {
        if (type.SequenceEqual("match"u8) || type.SequenceEqual("last_match"u8) || type.SequenceEqual("rfq_match"u8))
        {
            AddIfRead(reply, CoinbaseTrades.ReadTrade(frame, reply.Context));
        }
        else if (type.SequenceEqual("l2update"u8))
        {
            CoinbaseBooks.AddUpdate(reply, frame, CoinbaseTrades.Product, CoinbaseTrades.Time, Changes);
        }
        else if (type.SequenceEqual("snapshot"u8))
        {
            CoinbaseBooks.AddSnapshot(reply, frame, CoinbaseTrades.Product, CoinbaseTrades.Time, Bids, Asks);
        }
        else if (type.SequenceEqual("ticker"u8))
        {
            AddIfRead(reply, ReadTicker(frame, reply.Context));
        }
        else if (type.SequenceEqual("status"u8) && frame[Products].Type is JsonTokenType.StartArray)
        {
            CoinbaseCatalogue.ReadProducts(frame[Products].Of(reply.Json), reply, "$.products");
        }
        else if (type.SequenceEqual("error"u8))
        {
            CoinbaseErrors.Refuse(reply, "an error with a message");
        }
        else if (!IsWithoutRecord(type))
        {
            reply.Refuse(RefusalCode.UnexpectedShape, $"type \"{ShownText.Of(type)}\": expected a type of Coinbase's feed", "$.type");
        }
    }

    private static bool IsWithoutRecord(ReadOnlySpan<byte> type) =>
        type.SequenceEqual("subscriptions"u8) || type.SequenceEqual("heartbeat"u8) || type.SequenceEqual("received"u8)
        || type.SequenceEqual("open"u8) || type.SequenceEqual("done"u8) || type.SequenceEqual("change"u8)
        || type.SequenceEqual("activate"u8) || type.SequenceEqual("auction"u8);

    private static Ticker? ReadTicker(in Element frame, ReplyContext context) =>
        CoinbaseProducts.Of(frame, CoinbaseTrades.Product, context.Pair, out var pair)
        && Prices.TryRead(frame, CoinbaseTrades.Price, out var last)
        && Prices.TryRead(frame, BestBid, out var bid)
        && Prices.TryRead(frame, BestBid + 1, out var ask)
        && Prices.TryRead(frame, BestBid + 2, out var high)
        && Prices.TryRead(frame, BestBid + 3, out var low)
        && frame.OptionalDecimal(BestBid + 4, Sign.NotNegative, out var volume)
        && frame.OptionalIsoTime(CoinbaseTrades.Time, out var time)
            ? new Ticker(CoinbaseProvider.Exchange, pair, last, bid, ask, high, low, volume, time)
            : null;

    private static void ReadAdvanced(in Reply reply, in Element frame, ReadOnlySpan<byte> channel)
    {
        if (channel.SequenceEqual("subscriptions"u8) || channel.SequenceEqual("heartbeats"u8))
        {
            return;
        }

        var list = channel.SequenceEqual("market_trades"u8) ? 1
            : channel.SequenceEqual("ticker"u8) || channel.SequenceEqual("ticker_batch"u8) ? 2
            : channel.SequenceEqual("candles"u8) ? 3
            : channel.SequenceEqual("status"u8) ? 4
            : channel.SequenceEqual("l2_data"u8) ? 5
            : 0;
        if (list == 0)
        {
            reply.Refuse(
                RefusalCode.UnexpectedShape,
                $"channel \"{ShownText.Of(channel)}\": expected market_trades, ticker, ticker_batch, candles, status, l2_data, "
                + "heartbeats or subscriptions",
                "$.channel");
        }
        else if (frame[Events].Type is not JsonTokenType.StartArray)
        {
            reply.RefuseShape("a frame with a list events");
        }
        else if (frame.OptionalIsoTime(Timestamp, out var time))
        {
            ReadEvents(reply, frame[Events].Of(reply.Json), list, time);
        }
    }

    private static void ReadEvents(in Reply reply, ReadOnlySpan<byte> events, int list, ProviderTime? time)
    {
        var reader = new Utf8JsonReader(events);
        reader.Read();
        Span<JsonField> fields = stackalloc JsonField[EventNames.Count];
        for (var index = 0; reader.Read() && reader.TokenType is not JsonTokenType.EndArray && !reply.IsHopeless; index++)
        {
            var path = $"$.events[{index}]";
            if (reader.TokenType is not JsonTokenType.StartObject)
            {
                reader.Skip();
                reply.Refuse(RefusalCode.UnexpectedShape, "not an event", path);
                continue;
            }

            var start = (int)reader.TokenStartIndex;
            EventNames.Read(ref reader, fields);
            if (list == 5)
            {
                CoinbaseAdvanced.ReadLevelEvent(events[start..(int)reader.BytesConsumed], reply, path, time);
                continue;
            }

            path += ElementPath.Step(EventNames.NameOf(list, default));
            if (fields[list].Type is not JsonTokenType.StartArray)
            {
                reply.Refuse(RefusalCode.UnexpectedShape, "not a list", path);
            }
            else if (list == 1)
            {
                Elements.Read(
                    fields[list].Of(events), reply, path, CoinbaseTrades.Names, reply.Context, CoinbaseTrades.ReadTrade);
            }
            else if (list == 3)
            {
                CoinbaseAdvanced.ReadCandles(fields[list].Of(events), reply, path);
            }
            else if (list == 4)
            {
                CoinbaseCatalogue.ReadProducts(fields[list].Of(events), reply, path);
            }
            else
            {
                CoinbaseTickers.ReadEvent(fields[list].Of(events), reply, path, time);
            }
        }
    }

    private static void AddIfRead(in Reply reply, NormalisedRecord? record)
    {
        if (record is not null)
        {
            reply.Into.Records.Add(record);
        }
    }

    private static ReadOnlySpan<byte> TextOf(in Element frame, int field) =>
        frame[field].Type is JsonTokenType.String && frame[field].TryText(frame.Json, out var text) ? text : default;
}
