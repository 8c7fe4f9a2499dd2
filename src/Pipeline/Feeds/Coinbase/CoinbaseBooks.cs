using System.Text;
using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Coinbase;

/// <summary>
/// <c>GET /products/BTC-USD/book?level=2</c>: <c>{"sequence":9341561528,"bids":[["5362.39","0.12951376",1],…],"asks":[…],
/// "time":"2021-02-12T01:09:23.334723Z"}</c>, price, size and number of orders; at level 3 one entry an order with its id, which are
/// added up by price. The socket's <c>snapshot</c> has neither sequence nor orders; its <c>l2update</c> is
/// <c>{"changes":[["buy","10101.80","0.162567"]],"time":…}</c>, where a size of zero, however it is written, takes the level away. A level
/// that can't be read refuses the whole book: a book with a hole is a wrong book.
/// </summary>
internal static class CoinbaseBooks
{
    private const int Bids = 1;
    private const int Asks = 2;
    private const int PriceBook = 5;

    private static readonly FieldNames Names = new("sequence", "bids", "asks", "time", "product_id", "pricebook");
    private static readonly FieldNames Level = new("[0]", "[1]", "[2]");

    private const string Expected = "an object with lists bids and asks";

    public static readonly Normaliser Normaliser = Reply.Normaliser(Read);

    /// <summary>A whole book of the socket.</summary>
    /// <param name="bids">Places of the lists in the frame's fields.</param>
    public static void AddSnapshot(in Reply reply, in Element frame, int product, int time, int bids, int asks) =>
        Add(reply, frame, product, -1, time, bids, asks);

    /// <summary>The changed levels of a frame. Of a price that comes twice the last counts.</summary>
    public static void AddUpdate(in Reply reply, in Element frame, int product, int time, int changes)
    {
        if (CoinbaseProducts.Of(frame, product, reply.Context.Pair, out var pair) && frame.OptionalIsoTime(time, out var at)
            && TryChanges(frame, changes, out var bids, out var asks))
        {
            reply.Into.Records.Add(new OrderBookDelta(
                CoinbaseProvider.Exchange, pair, null, null, at,
                Levels.BestFirst(bids.Values, true), Levels.BestFirst(asks.Values, false)));
        }
    }

    private static void Read(ref Utf8JsonReader reader, in Reply reply)
    {
        if (!reply.IsObject(ref reader, Expected))
        {
            return;
        }

        Span<JsonField> fields = stackalloc JsonField[Names.Count];
        Names.Read(ref reader, fields);
        var book = new Element(reply.Json, fields, Names, reply.Into, new ElementPath("$"));
        if (book[PriceBook].Type is JsonTokenType.StartObject)
        {
            CoinbaseAdvanced.ReadPriceBook(book[PriceBook].Of(reply.Json), reply, book.PathOf(PriceBook));
        }
        else if (book[Bids].Type is not JsonTokenType.StartArray || book[Asks].Type is not JsonTokenType.StartArray)
        {
            CoinbaseErrors.Refuse(reply, Expected);
        }
        else if (book.Has(4) || CoinbaseProducts.Asked(reply) is not null)
        {
            Add(reply, book, 4, 0, 3, Bids, Asks);
        }
    }

    private static void Add(in Reply reply, in Element book, int product, int sequence, int time, int bids, int asks)
    {
        long? number = null;
        if (CoinbaseProducts.Of(book, product, reply.Context.Pair, out var pair)
            && (sequence < 0 || book.OptionalInteger(sequence, out number))
            && book.OptionalIsoTime(time, out var at)
            && TryLevels(book, bids, out var bidLevels)
            && TryLevels(book, asks, out var askLevels))
        {
            reply.Into.Records.Add(new OrderBook(
                CoinbaseProvider.Exchange, pair, number, at, Levels.BestFirst(bidLevels, true), Levels.BestFirst(askLevels, false)));
        }
    }

    private static bool TryLevels(in Element book, int side, out List<BookLevel> levels)
    {
        levels = [];
        if (book[side].Type is not JsonTokenType.StartArray)
        {
            return book.Refuse(side, RefusalCode.UnexpectedShape, "a list of levels");
        }

        var rows = new EntryReader(book, side, Level, stackalloc JsonField[Level.Count]);
        var orders = false;
        while (rows.TryRow(least: 2, out var level))
        {
            if (!level.Decimal(0, Sign.Positive, out var price) || !level.Decimal(1, Sign.NotNegative, out var size))
            {
                return false;
            }

            orders |= level[2].Type is JsonTokenType.String;
            if (size > 0)
            {
                levels.Add(new BookLevel(price, size));
            }
        }

        if (!rows.IsAtEnd)
        {
            return rows.Refuse(RefusalCode.UnexpectedShape, "not a level: expected [price, size, orders]");
        }

        return !orders || TryAddUp(levels) || book.Refuse(side, RefusalCode.OutOfRange, "orders whose sums are below 10^309");
    }

    private static bool TryChanges(
        in Element frame, int changes, out Dictionary<MarketNumber, BookLevel> bids, out Dictionary<MarketNumber, BookLevel> asks)
    {
        (bids, asks) = ([], []);
        if (frame[changes].Type is not JsonTokenType.StartArray)
        {
            return frame.Refuse(changes, RefusalCode.UnexpectedShape, "a list of [side, price, size]");
        }

        var rows = new EntryReader(frame, changes, Level, stackalloc JsonField[Level.Count]);
        while (rows.TryRow(least: 3, out var change))
        {
            if (!TrySide(change, out var isBid) || !change.Decimal(1, Sign.Positive, out var price)
                || !change.Decimal(2, Sign.NotNegative, out var size))
            {
                return false;
            }

            (isBid ? bids : asks)[price] = new BookLevel(price, size);
        }

        return rows.IsAtEnd || rows.Refuse(RefusalCode.UnexpectedShape, "not a change: expected [side, price, size]");
    }

    private static bool TrySide(in Element change, out bool isBid)
    {
        ReadOnlySpan<byte> side = default;
        var isText = change[0].Type is JsonTokenType.String && change[0].TryText(change.Json, out side);
        isBid = isText && Ascii.EqualsIgnoreCase(side, "buy"u8);
        return isBid || (isText && Ascii.EqualsIgnoreCase(side, "sell"u8)) || change.Refuse(0, RefusalCode.InvalidField, "buy or sell");
    }

    /// <summary>Makes one level of all orders of a price, where the first of them stands. False: their sum is too large.</summary>
    private static bool TryAddUp(List<BookLevel> orders)
    {
        var sums = new OrderedDictionary<MarketNumber, MarketNumber>();
        foreach (var (price, quantity) in orders)
        {
            var sum = sums.GetValueOrDefault(price) + quantity;
            if (!sum.IsInRange)
            {
                return false;
            }

            sums[price] = sum;
        }

        orders.Clear();
        orders.AddRange(sums.Select(sum => new BookLevel(sum.Key, sum.Value)));
        return true;
    }
}
