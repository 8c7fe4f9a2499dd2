using System.Text;
using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Coinbase;

/// <summary>
/// Books and candles as Advanced Trade alone writes them. <c>GET /market/product_book</c>: <c>{"pricebook":{"product_id":"BTC-USD",
/// "bids":[{"price":"100.1","size":"2"}],"asks":[…],"time":…}}</c>. The socket's channel <c>l2_data</c>: <c>{"type":"snapshot",
/// "product_id":"BTC-USD","updates":[{"side":"bid","event_time":…,"price_level":"100.1","new_quantity":"2"}]}</c>, whose later events
/// hold the changes; asks are called <c>offer</c>. Its channel <c>candles</c> is of five minutes and says nothing of it.
/// </summary>
internal static class CoinbaseAdvanced
{
    private const string CandleInterval = "5m";

    private static readonly FieldNames BookNames = new("product_id", "bids", "asks", "time");
    private static readonly FieldNames LevelNames = new("price", "size");
    private static readonly FieldNames EventNames = new("type", "product_id", "updates");
    private static readonly FieldNames UpdateNames = new("side", "price_level", "new_quantity");
    private static readonly FieldNames CandleNames = new("start", "low", "high", "open", "close", "volume", "product_id");

    public static void ReadPriceBook(ReadOnlySpan<byte> json, in Reply reply, string path)
    {
        Span<JsonField> fields = stackalloc JsonField[BookNames.Count];
        var reader = new Utf8JsonReader(json);
        reader.Read();
        BookNames.Read(ref reader, fields);
        var book = new Element(json, fields, BookNames, reply.Into, new ElementPath(path));
        List<BookLevel> bids = [], asks = [];
        if ((book.Has(0) || CoinbaseProducts.Asked(reply) is not null)
            && CoinbaseProducts.Of(book, 0, reply.Context.Pair, out var pair)
            && Levels.TryRead(book, 1, LevelNames, keepsZeros: false, bids)
            && Levels.TryRead(book, 2, LevelNames, keepsZeros: false, asks)
            && book.OptionalIsoTime(3, out var time))
        {
            reply.Into.Records.Add(Whole(pair, time, bids, asks));
        }
    }

    /// <summary>One event of the channel <c>l2_data</c>; its time is the frame's, for an unchanged level's own is 1970.</summary>
    public static void ReadLevelEvent(ReadOnlySpan<byte> json, in Reply reply, string path, ProviderTime? time)
    {
        Span<JsonField> fields = stackalloc JsonField[EventNames.Count];
        var reader = new Utf8JsonReader(json);
        reader.Read();
        EventNames.Read(ref reader, fields);
        var happened = new Element(json, fields, EventNames, reply.Into, new ElementPath(path));
        Dictionary<MarketNumber, BookLevel> bids = [], asks = [];
        if (!happened.Text(0, out var type) || !CoinbaseProducts.Of(happened, 1, reply.Context.Pair, out var pair)
            || !TryUpdates(happened, bids, asks))
        {
            return;
        }

        reply.Into.Records.Add(type == "snapshot"
            ? Whole(pair, time, [.. bids.Values.Where(IsThere)], [.. asks.Values.Where(IsThere)])
            : new OrderBookDelta(
                CoinbaseProvider.Exchange, pair, null, null, time,
                Levels.BestFirst(bids.Values, true), Levels.BestFirst(asks.Values, false)));
    }

    /// <summary>The candles of an event.</summary>
    public static void ReadCandles(ReadOnlySpan<byte> list, in Reply reply, string path) =>
        Elements.Read(list, reply, path, CandleNames, reply.Context with { Interval = CandleInterval }, ReadCandle);

    private static Candle? ReadCandle(in Element candle, ReplyContext context) =>
        CoinbaseProducts.Of(candle, 6, context.Pair, out var pair)
            ? CoinbaseCatalogue.ReadCandle(candle, context with { Pair = pair })
            : null;

    private static OrderBook Whole(string pair, ProviderTime? time, List<BookLevel> bids, List<BookLevel> asks) => new(
        CoinbaseProvider.Exchange, pair, null, time,
        Levels.BestFirst(bids, true), Levels.BestFirst(asks, false));

    private static bool IsThere(BookLevel level) => level.Quantity > 0;

    /// <summary>Of a price that comes twice the last counts.</summary>
    private static bool TryUpdates(in Element happened, Dictionary<MarketNumber, BookLevel> bids, Dictionary<MarketNumber, BookLevel> asks)
    {
        const int Updates = 2;
        if (happened[Updates].Type is not JsonTokenType.StartArray)
        {
            return happened.Refuse(Updates, RefusalCode.UnexpectedShape, "a list of levels");
        }

        var entries = new EntryReader(happened, Updates, UpdateNames, stackalloc JsonField[UpdateNames.Count]);
        while (entries.TryObject(out var update))
        {
            if (!TrySide(update, out var isBid) || !update.Decimal(1, Sign.Positive, out var price)
                || !update.Decimal(2, Sign.NotNegative, out var quantity))
            {
                return false;
            }

            (isBid ? bids : asks)[price] = new BookLevel(price, quantity);
        }

        return entries.IsAtEnd || happened.Refuse(Updates, RefusalCode.UnexpectedShape, "a list of levels, each an object");
    }

    private static bool TrySide(in Element update, out bool isBid)
    {
        ReadOnlySpan<byte> side = default;
        var isText = update[0].Type is JsonTokenType.String && update[0].TryText(update.Json, out side);
        isBid = isText && Ascii.EqualsIgnoreCase(side, "bid"u8);
        return isBid || (isText && (Ascii.EqualsIgnoreCase(side, "offer"u8) || Ascii.EqualsIgnoreCase(side, "ask"u8)))
            || update.Refuse(0, RefusalCode.InvalidField, "bid or offer");
    }
}
