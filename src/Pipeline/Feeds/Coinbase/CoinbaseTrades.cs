using System.Text;
using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Coinbase;

/// <summary>
/// <c>GET /products/BTC-USD/trades</c> of Exchange, newest first, whose product only the request knows:
/// <c>[{"trade_id":18502034,"side":"sell","size":"0.00007448","price":"73271.63000000","time":"2024-03-13T11:00:17.710679Z"}]</c>.
/// And <c>GET /market/products/BTC-USD/ticker</c> of Advanced Trade: <c>{"trades":[{"trade_id":"635541194","product_id":"BTC-USDC",
/// "price":"66363.03","size":"0.03720194","time":"2024-04-24T09:56:38.063595Z","side":"BUY"}],"best_bid":"66367.58",…}</c>.
/// <c>side</c> is the maker's (docs.cdp.coinbase.com/exchange, "Get product trades"), so the taker is the other one. Advanced Trade shows
/// the same trades of the same book with the same ids and sides, in upper case.
/// </summary>
internal static class CoinbaseTrades
{
    public const int Id = 0;
    public const int Side = 1;
    public const int Size = 2;
    public const int Price = 3;
    public const int Time = 4;
    public const int Product = 5;

    private const string Expected = "a list of trades, or an object with a list trades";

    /// <summary>The fields of a trade; other tables that hold trades begin with them.</summary>
    public static readonly string[] Fields = ["trade_id", "side", "size", "price", "time", "product_id"];

    public static readonly FieldNames Names = new(Fields);

    private static readonly FieldNames Root = new("trades");

    /// <summary>Of replies that are nothing out of the ordinary; see <see cref="PlainReply"/>.</summary>
    public static readonly ReadPlain Plain = PlainReply.List(Names, ReadTrade, knowsPair: true);

    public static readonly Normaliser Normaliser = PlainReply.Or(Plain, Reply.Normaliser(Read));

    public static Trade? ReadTrade(in Element trade, ReplyContext context) =>
        CoinbaseProducts.Of(trade, Product, context.Pair, out var pair)
        && trade.Id(Id, out var id)
        && trade.IsoTime(Time, out var time)
        && trade.Decimal(Price, Sign.Positive, out var price)
        && trade.Decimal(Size, Sign.Positive, out var size)
        && TryTaker(trade, out var taker)
            ? new Trade(CoinbaseProvider.Exchange, pair, id, price, size, taker, time)
            : null;

    private static void Read(ref Utf8JsonReader reader, in Reply reply)
    {
        if (reader.TokenType is JsonTokenType.StartArray)
        {
            if (CoinbaseProducts.Asked(reply) is not null)
            {
                Elements.Read(ref reader, reply.Json, reply, "$", Names, reply.Context, ReadTrade);
            }

            return;
        }

        if (!reply.IsObject(ref reader, Expected))
        {
            return;
        }

        Span<JsonField> fields = stackalloc JsonField[Root.Count];
        Root.Read(ref reader, fields);
        if (fields[0].Type is JsonTokenType.StartArray)
        {
            Elements.Read(fields[0].Of(reply.Json), reply, "$.trades", Names, reply.Context, ReadTrade);
        }
        else
        {
            CoinbaseErrors.Refuse(reply, Expected);
        }
    }

    private static bool TryTaker(in Element trade, out TakerSide? taker)
    {
        taker = null;
        if (!trade.Has(Side))
        {
            return true;
        }

        if (trade[Side].Type is JsonTokenType.String && trade[Side].TryText(trade.Json, out var maker))
        {
            taker = Ascii.EqualsIgnoreCase(maker, "sell"u8) ? TakerSide.Buy
                : Ascii.EqualsIgnoreCase(maker, "buy"u8) ? TakerSide.Sell
                : null;
            if (taker is not null || maker.SequenceEqual("UNKNOWN_ORDER_SIDE"u8))
            {
                return true;
            }
        }

        return trade.Refuse(Side, RefusalCode.InvalidField, "buy or sell");
    }
}
