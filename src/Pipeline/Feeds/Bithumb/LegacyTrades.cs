using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds.Quotation;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Bithumb;

/// <summary>
/// <c>GET /public/transaction_history/BTC_KRW</c>: <c>{"status":"0000","data":[{"transaction_date":"2024-08-08 17:14:33","type":"ask",
/// "units_traded":"0.0006","price":"80649000","total":"48389"}]}</c>. Korean local time; the taker's side; no id (old replies:
/// <c>cont_no</c>), and the pair stands in the request alone.
/// And on the older socket <c>{"type":"transaction","content":{"list":[{"symbol":"BTC_KRW","buySellGb":"1","contPrice":"7.524",
/// "contQty":"626","contDtm":"2021-06-02 08:43:41.416901"}]}}</c>, where 1 is a sale and 2 a purchase by the taker.
/// </summary>
internal static class LegacyTrades
{
    private const int Time = 0;
    private const int Side = 1;
    private const int Quantity = 2;
    private const int Price = 3;
    private const int Id = 4;

    private const int Symbol = 0;
    private const int SocketSide = 1;
    private const int SocketPrice = 2;
    private const int SocketQuantity = 3;
    private const int SocketTime = 4;

    private static readonly FieldNames Names = new("transaction_date", "type", "units_traded", "price", "cont_no");
    private static readonly FieldNames FrameNames = new("content");
    private static readonly FieldNames ContentNames = new("list");
    private static readonly FieldNames SocketNames = new("symbol", "buySellGb", "contPrice", "contQty", "contDtm");

    public static void Read(ref Utf8JsonReader reader, in Reply reply)
    {
        const string Expected = "a list, or an object with status and a list data";
        if (!LegacyReply.TryData(ref reader, reply, Expected, out var data, out var path))
        {
            return;
        }

        var list = LegacyReply.Open(data);
        if (list.TokenType is not JsonTokenType.StartArray)
        {
            reply.RefuseShape(Expected);
            return;
        }

        if (reply.Context.Pair is null)
        {
            reply.Into.MissingContext = "pair";
            return;
        }

        var first = reply.Into.Records.Count;
        Elements.Read(ref list, data, reply, path, Names, reply.Context, ReadTrade);
        ContentIds.Give(reply.Into.Records, first);
    }

    /// <summary>The trades of the socket's frame on whose start the reader stands.</summary>
    public static void ReadFrame(ref Utf8JsonReader reader, in Reply reply, ElementPath path)
    {
        Span<JsonField> fields = stackalloc JsonField[1];
        FrameNames.Read(ref reader, fields);
        var content = fields[0];
        if (content.Type is JsonTokenType.StartObject)
        {
            var json = content.Of(reply.Json);
            var inner = LegacyReply.Open(json);
            ContentNames.Read(ref inner, fields);
            if (fields[0].Type is JsonTokenType.StartArray)
            {
                var first = reply.Into.Records.Count;
                Elements.Read(fields[0].Of(json), reply, $"{path}.content.list", SocketNames, reply.Context, ReadSocketTrade);
                ContentIds.Give(reply.Into.Records, first);
                return;
            }
        }

        reply.Refuse(RefusalCode.UnexpectedShape, "a transaction frame without a list of trades", path.Of("content"));
    }

    private static Trade? ReadTrade(in Element trade, ReplyContext context)
    {
        var id = "";
        return KoreanTime.Read(trade, Time, out var time)
            && QuotationTrades.TryTaker(trade, Side, out var taker)
            && trade.Decimal(Quantity, Sign.Positive, out var quantity)
            && trade.Decimal(Price, Sign.Positive, out var price)
            && (!trade.Has(Id) || trade.Id(Id, out id))
                ? new Trade(BithumbProvider.Exchange, context.Pair!, id, price, quantity, taker, time)
                : null;
    }

    private static Trade? ReadSocketTrade(in Element trade, ReplyContext context) =>
        LegacyReply.Market.Read(trade, Symbol, context.Pair, out var pair)
        && KoreanTime.Read(trade, SocketTime, out var time)
        && trade.Decimal(SocketPrice, Sign.Positive, out var price)
        && trade.Decimal(SocketQuantity, Sign.Positive, out var quantity)
        && TrySocketTaker(trade, out var taker)
            ? new Trade(BithumbProvider.Exchange, pair, "", price, quantity, taker, time)
            : null;

    private static bool TrySocketTaker(in Element trade, out TakerSide? taker)
    {
        taker = null;
        if (!trade.OptionalInteger(SocketSide, out var side))
        {
            return false;
        }

        taker = side switch { 1 => TakerSide.Sell, 2 => TakerSide.Buy, _ => null };
        return taker is not null || side is null || trade.Refuse(SocketSide, RefusalCode.InvalidField, "1 or 2");
    }
}
