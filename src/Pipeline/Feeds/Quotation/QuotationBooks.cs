using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Quotation;

/// <summary>
/// <c>{"market":"KRW-BTC","timestamp":1751606867762,"orderbook_units":[{"ask_price":148520000,"bid_price":148490000,
/// "ask_size":0.0134662,"bid_size":0.04296774},…]}</c>: each unit holds one level of either side. On the socket the market is <c>code</c>;
/// the format SIMPLE has short keys. Every book is whole and numbered by nothing. A size of 0 is a level that is not there (Bithumb rounds
/// small ones down); where a side has fewer levels, its half of a unit is null or 0. A level that can't be read refuses the whole book: a
/// book with a hole is a wrong book.
/// </summary>
internal sealed class QuotationBooks(QuotationDialect dialect)
{
    private const int Market = 0;
    private const int Time = 1;
    private const int Units = 2;

    private const int AskPrice = 0;
    private const int BidPrice = 1;
    private const int AskSize = 2;
    private const int BidSize = 3;

    public static readonly FieldNames Names = new("market|code|cd|mk", "timestamp|tms", "orderbook_units|obu");

    private const string Expected = "objects with ask_price, ask_size, bid_price and bid_size";

    private static readonly FieldNames UnitNames = new("ask_price|ap", "bid_price|bp", "ask_size|as", "bid_size|bs");

    /// <summary>A book of a REST list, which may be over many markets.</summary>
    public OrderBook? ReadOfMany(in Element book, ReplyContext context) =>
        QuotationDialect.Market.Read(book, Market, book.Has(Market) ? null : context.Pair, out var pair)
            ? Read(book, pair, UnixUnit.Milliseconds)
            : null;

    /// <summary>The book of a socket's frame.</summary>
    public OrderBook? ReadFrame(in Element book, ReplyContext context) =>
        QuotationDialect.Market.Read(book, Market, context.Pair, out var pair) ? Read(book, pair, dialect.SocketBookUnit) : null;

    private OrderBook? Read(in Element book, string pair, UnixUnit unit)
    {
        if (!book.OptionalUnixTime(Time, unit, UnixUnit.Milliseconds, out var time) || !TryUnits(book, out var bids, out var asks))
        {
            return null;
        }

        bids.Sort(static (left, right) => right.Price.CompareTo(left.Price));
        asks.Sort(static (left, right) => left.Price.CompareTo(right.Price));
        return new OrderBook(dialect.Exchange, pair, null, time, bids, asks);
    }

    private static bool TryUnits(in Element book, out List<BookLevel> bids, out List<BookLevel> asks)
    {
        (bids, asks) = ([], []);
        if (book[Units].Type is not JsonTokenType.StartArray)
        {
            return book.Refuse(Units, RefusalCode.UnexpectedShape, "a list of units");
        }

        Span<JsonField> fields = stackalloc JsonField[UnitNames.Count];
        var units = new EntryReader(book, Units, UnitNames, fields);
        while (units.TryObject(out var unit))
        {
            if (!fields.ContainsAnyExcept(default(JsonField)))
            {
                return book.Refuse(Units, RefusalCode.UnexpectedShape, Expected);
            }

            if (!TryLevel(unit, AskPrice, AskSize, asks) || !TryLevel(unit, BidPrice, BidSize, bids))
            {
                return false;
            }
        }

        return units.IsAtEnd || book.Refuse(Units, RefusalCode.UnexpectedShape, Expected);
    }

    private static bool TryLevel(in Element unit, int price, int size, List<BookLevel> side)
    {
        if (!unit.Has(price) && !unit.Has(size))
        {
            return true;
        }

        if (!unit.Decimal(size, Sign.NotNegative, out var quantity))
        {
            return false;
        }

        if (quantity == 0)
        {
            return true;
        }

        if (!unit.Decimal(price, Sign.Positive, out var at))
        {
            return false;
        }

        side.Add(new BookLevel(at, quantity));
        return true;
    }
}
