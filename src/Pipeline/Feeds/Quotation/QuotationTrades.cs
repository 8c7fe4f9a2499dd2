using System.Text;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Quotation;

/// <summary>
/// By REST: <c>{"market":"KRW-BTC","trade_date_utc":"2024-03-13","trade_time_utc":"10:59:31","timestamp":1710327571922,
/// "trade_price":73249.665,"trade_volume":0.00840925,…,"ask_bid":"ASK","sequential_id":17103275719220001}</c>. On the socket the market is
/// <c>code</c>, the trade's time <c>trade_timestamp</c> (<c>timestamp</c> is the frame's), and the format SIMPLE has short keys.
/// The date and time fields are the exchange's local reading of the same instant and not read. Old replies have no
/// <c>sequential_id</c>; its order is not that of the trades.
/// </summary>
internal sealed class QuotationTrades(QuotationDialect dialect)
{
    private const int Market = 0;
    private const int Time = 1;
    private const int Price = 2;
    private const int Volume = 3;
    private const int AskBid = 4;
    private const int Id = 5;

    public static readonly FieldNames Names = new("market", "timestamp", "trade_price", "trade_volume", "ask_bid", "sequential_id");

    public static readonly FieldNames SocketNames = new(
        "code|cd|market|mk", "trade_timestamp|ttms", "trade_price|tp", "trade_volume|tv", "ask_bid|ab", "sequential_id|sid");

    /// <summary>The trade of an element whose fields are in either table's order; its id is empty where the exchange gave none.</summary>
    public Trade? Read(in Element trade, ReplyContext context) =>
        QuotationDialect.Market.Read(trade, Market, context.Pair, out var pair)
        && trade.UnixTime(Time, UnixUnit.Milliseconds, out var time)
        && trade.Decimal(Price, Sign.Positive, out var price)
        && trade.Decimal(Volume, Sign.Positive, out var quantity)
        && TryTaker(trade, AskBid, out var taker)
        && TryId(trade, out var id)
            ? new Trade(dialect.Exchange, pair, id, price, quantity, taker, time)
            : null;

    /// <summary>ASK: the taker sold; BID: it bought. In any case of letters.</summary>
    public static bool TryTaker(in Element trade, int field, out TakerSide? taker)
    {
        taker = null;
        if (!trade.Has(field))
        {
            return true;
        }

        if (trade[field].TryText(trade.Json, out var side))
        {
            taker = Ascii.EqualsIgnoreCase(side, "ask"u8) ? TakerSide.Sell : Ascii.EqualsIgnoreCase(side, "bid"u8) ? TakerSide.Buy : null;
        }

        return taker is not null || trade.Refuse(field, RefusalCode.InvalidField, "ASK or BID");
    }

    private static bool TryId(in Element trade, out string id)
    {
        id = "";
        return !trade.Has(Id) || trade.Id(Id, out id);
    }
}
