using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Coinone;

/// <summary>
/// <c>GET /public/v2/orderbook/KRW/BTC</c>:
/// <c>{"result":"success","error_code":"0","timestamp":1644488410702,"id":"1644488410702001","quote_currency":"KRW",
/// "target_currency":"BTC","order_book_unit":"1000.0",
/// "bids":[{"price":"75862000","qty":"0.5"}],"asks":[{"price":"75863000","qty":"22.5"}]}</c>.
/// REST sends both sides best first, the socket sends asks worst first: both are sorted here. v1 calls the sides <c>bid</c> and <c>ask</c>
/// and counts in seconds. A level that can't be read refuses the whole book: a book with a hole is a wrong book.
/// </summary>
internal static class CoinoneBooks
{
    private const int Timestamp = 3;
    private const int Id = 4;
    private const int Quote = 5;
    private const int Target = 6;
    private const int Bids = 7;
    private const int Asks = 8;
    private const int Currency = 9;
    private const int LegacyBids = 10;
    private const int LegacyAsks = 11;

    private static readonly FieldNames Names = CoinoneErrors.Reply(
        "timestamp|t", "id|i", "quote_currency|qc", "target_currency|tc", "bids|b", "asks|a", "currency", "bid", "ask");

    private static readonly FieldNames LevelNames = new("price|p", "qty|q");

    public static readonly Normaliser Normaliser = Reply.Normaliser(Read);

    /// <summary>The book of a socket frame's <c>data</c>.</summary>
    public static void ReadSocketBook(ReadOnlySpan<byte> data, in Reply reply)
    {
        var reader = new Utf8JsonReader(data);
        reader.Read();
        ReadBook(ref reader, data, reply, "$.data");
    }

    private static void Read(ref Utf8JsonReader reader, in Reply reply)
    {
        if (reply.IsObject(ref reader, "an object with bids and asks"))
        {
            ReadBook(ref reader, reply.Json, reply, "$");
        }
    }

    private static void ReadBook(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, in Reply reply, string path)
    {
        Span<JsonField> fields = stackalloc JsonField[Names.Count];
        Names.Read(ref reader, fields);
        var book = new Element(json, fields, Names, reply.Into, new ElementPath(path));
        if (CoinoneErrors.Refused(reply, book))
        {
            return;
        }

        var isLegacy = !book.Has(Bids) && !book.Has(Asks) && book.Has(LegacyBids) && book.Has(LegacyAsks);
        var (bidsField, asksField) = isLegacy ? (LegacyBids, LegacyAsks) : (Bids, Asks);
        if (book[bidsField].Type is not JsonTokenType.StartArray || book[asksField].Type is not JsonTokenType.StartArray)
        {
            reply.RefuseShape("an object with lists bids and asks");
            return;
        }

        var unit = isLegacy ? UnixUnit.Seconds : UnixUnit.Milliseconds;
        if (CoinonePairs.OfReply(reply, book, Target, Quote, Currency, out var pair)
            && book.OptionalInteger(Id, out var sequence)
            && book.OptionalUnixTime(Timestamp, unit, out var time)
            && TryLevels(book, bidsField, out var bids)
            && TryLevels(book, asksField, out var asks))
        {
            bids.Sort(static (left, right) => right.Price.CompareTo(left.Price));
            asks.Sort(static (left, right) => left.Price.CompareTo(right.Price));
            reply.Into.Records.Add(new OrderBook(CoinoneProvider.Exchange, pair, sequence, time, bids, asks));
        }
    }

    private static bool TryLevels(in Element book, int side, out List<BookLevel> levels)
    {
        levels = [];
        var entries = new EntryReader(book, side, LevelNames, stackalloc JsonField[LevelNames.Count]);
        while (entries.TryObject(out var level))
        {
            if (!level.Decimal(0, Sign.Positive, out var price) || !level.Decimal(1, Sign.NotNegative, out var quantity))
            {
                return false;
            }

            if (quantity > 0)
            {
                levels.Add(new BookLevel(price, quantity));
            }
        }

        return entries.IsAtEnd || entries.Refuse(RefusalCode.UnexpectedShape, "not a level: expected an object with price and qty");
    }
}
