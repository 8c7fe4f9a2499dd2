using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds.Quotation;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Bithumb;

/// <summary>
/// Books and tickers of the older socket, each below <c>content</c>: <c>{"type":"orderbookdepth","content":{"list":[{"symbol":"BTC_KRW",
/// "orderType":"ask","price":"10593000","quantity":"0"}],"datetime":"1580268255864325"}}</c>, changes that take a level away with a
/// quantity of 0; <c>orderbooksnapshot</c> with lists <c>bids</c> and <c>asks</c> of [price, quantity]; <c>ticker</c> with a Korean day
/// and time. Times of books are in microseconds. The socket of the API 2.0 calls its tickers by the same word, without a content.
/// </summary>
internal static class LegacySocket
{
    private const int Time = 0;
    private const int List = 1;
    private const int Symbol = 2;
    private const int Bids = 3;
    private const int Asks = 4;

    private const int Side = 1;
    private const int Price = 2;
    private const int Quantity = 3;

    private static readonly FieldNames FrameNames = new("content");
    private static readonly FieldNames BookNames = new("datetime", "list", "symbol", "bids", "asks");
    private static readonly FieldNames ChangeNames = new("symbol", "orderType", "price", "quantity");

    private static readonly FieldNames TickerNames = new(
        "symbol", "tickType", "closePrice", "highPrice", "lowPrice", "volume", "date", "time");

    /// <summary>Whether the frame on whose start the reader stands has a content.</summary>
    public static bool HasContent(Utf8JsonReader reader)
    {
        Span<JsonField> field = stackalloc JsonField[1];
        FrameNames.Read(ref reader, field);
        return field[0].Type is JsonTokenType.StartObject;
    }

    public static void ReadDepth(ref Utf8JsonReader reader, in Reply reply, ElementPath path)
    {
        if (!TryContent(ref reader, reply, path, out var json))
        {
            return;
        }

        Span<JsonField> fields = stackalloc JsonField[BookNames.Count];
        var inner = LegacyReply.Open(json);
        BookNames.Read(ref inner, fields);
        var content = new Element(json, fields, BookNames, reply.Into, new ElementPath(path.Of("content")));
        var sides = new Dictionary<string, Changes>(StringComparer.Ordinal);
        if (!content.OptionalUnixTime(Time, UnixUnit.Microseconds, UnixUnit.Milliseconds, out var time)
            || !TryChanges(content, reply.Context.Pair, sides))
        {
            return;
        }

        foreach (var (pair, (bids, asks)) in sides)
        {
            reply.Into.Records.Add(new OrderBookDelta(
                BithumbProvider.Exchange, pair, null, null, time,
                Levels.BestFirst(bids.Values, true), Levels.BestFirst(asks.Values, false)));
        }
    }

    public static void ReadSnapshot(ref Utf8JsonReader reader, in Reply reply, ElementPath path)
    {
        if (!TryContent(ref reader, reply, path, out var json))
        {
            return;
        }

        Span<JsonField> fields = stackalloc JsonField[BookNames.Count];
        var inner = LegacyReply.Open(json);
        BookNames.Read(ref inner, fields);
        var content = new Element(json, fields, BookNames, reply.Into, new ElementPath(path.Of("content")));
        List<BookLevel> bids = [], asks = [];
        if (LegacyReply.Market.Read(content, Symbol, reply.Context.Pair, out var pair)
            && content.OptionalUnixTime(Time, UnixUnit.Microseconds, UnixUnit.Milliseconds, out var time)
            && TryLevels(content, Bids, bids) && TryLevels(content, Asks, asks))
        {
            reply.Into.Records.Add(new OrderBook(
                BithumbProvider.Exchange, pair, null, time,
                Levels.BestFirst(bids, true), Levels.BestFirst(asks, false)));
        }
    }

    /// <summary>A ticker over another span than a day (<c>30M</c>, <c>1H</c>, …) tells the last price alone: its high, low and volume
    /// are of that span.</summary>
    public static void ReadTicker(ref Utf8JsonReader reader, in Reply reply, ElementPath path)
    {
        if (!TryContent(ref reader, reply, path, out var json))
        {
            return;
        }

        Span<JsonField> fields = stackalloc JsonField[TickerNames.Count];
        var inner = LegacyReply.Open(json);
        TickerNames.Read(ref inner, fields);
        var ticker = new Element(json, fields, TickerNames, reply.Into, new ElementPath(path.Of("content")));
        if (LegacyReply.Market.Read(ticker, 0, reply.Context.Pair, out var pair)
            && ticker.OptionalText(1, out var span)
            && Prices.TryRead(ticker, 2, out var last)
            && Prices.TryRead(ticker, 3, out var high)
            && Prices.TryRead(ticker, 4, out var low)
            && ticker.OptionalDecimal(5, Sign.NotNegative, out var volume)
            && TryTime(ticker, out var time))
        {
            var isOfDay = span is null or "24H" or "MID";
            reply.Into.Records.Add(new Ticker(
                BithumbProvider.Exchange, pair, last, null, null, isOfDay ? high : null, isOfDay ? low : null,
                isOfDay ? volume : null, time));
        }
    }

    private static bool TryContent(ref Utf8JsonReader reader, in Reply reply, ElementPath path, out ReadOnlySpan<byte> json)
    {
        Span<JsonField> frame = stackalloc JsonField[1];
        FrameNames.Read(ref reader, frame);
        if (frame[0].Type is not JsonTokenType.StartObject)
        {
            json = default;
            reply.Refuse(RefusalCode.UnexpectedShape, "a frame without its content", path.Of("content"));
            return false;
        }

        json = frame[0].Of(reply.Json);
        return true;
    }

    /// <summary>The changes by pair. One that can't be read refuses the frame: a book that misses a change is a wrong book.</summary>
    private static bool TryChanges(in Element content, string? asked, Dictionary<string, Changes> sides)
    {
        if (content[List].Type is not JsonTokenType.StartArray)
        {
            return content.Refuse(List, RefusalCode.UnexpectedShape, "a list of changes");
        }

        var entries = new EntryReader(content, List, ChangeNames, stackalloc JsonField[ChangeNames.Count]);
        while (entries.TryObject(out var change))
        {
            if (!LegacyReply.Market.Read(change, 0, asked, out var pair) || !QuotationTrades.TryTaker(change, Side, out var side)
                || !change.Decimal(Price, Sign.Positive, out var price) || !change.Decimal(Quantity, Sign.NotNegative, out var quantity))
            {
                return false;
            }

            if (side is null)
            {
                return change.Refuse(Side, RefusalCode.MissingField, "ask or bid");
            }

            if (!sides.TryGetValue(pair, out var of))
            {
                sides[pair] = of = new Changes([], []);
            }

            (side is TakerSide.Buy ? of.Bids : of.Asks)[price] = new BookLevel(price, quantity);
        }

        return entries.IsAtEnd || content.Refuse(List, RefusalCode.UnexpectedShape, "a list of changes, each an object");
    }

    private static bool TryLevels(in Element content, int side, List<BookLevel> levels) =>
        content[side].Type is JsonTokenType.StartArray
            ? Rows.TryLevels(content, side, keepsZeros: false, levels)
            : content.Refuse(side, RefusalCode.UnexpectedShape, "a list of levels [price, quantity]");

    private static bool TryTime(in Element ticker, out ProviderTime? time)
    {
        time = null;
        if (!ticker.HasTime(6) || !ticker.Has(7))
        {
            return true;
        }

        if (!ticker.Text(6, out var day) || !ticker.Text(7, out var clock))
        {
            return false;
        }

        var isRead = KoreanTime.TryRead(day, clock, out var read);
        time = read;
        return isRead || ticker.Refuse(6, RefusalCode.InvalidField, "a Korean day and time such as 20200129 and 121844");
    }

    /// <summary>By price; of one that comes twice the last counts.</summary>
    private sealed record Changes(Dictionary<MarketNumber, BookLevel> Bids, Dictionary<MarketNumber, BookLevel> Asks);
}
