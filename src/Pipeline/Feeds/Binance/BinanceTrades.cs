using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Binance;

/// <summary>
/// <c>GET /api/v3/trades</c> and <c>/historicalTrades</c>, oldest first:
/// <c>[{"id":445572811,"price":"13246.33000000","qty":"0.06028600","time":1603949112567,"isBuyerMaker":false,"isBestMatch":true}]</c>;
/// <c>/aggTrades</c>, which sums what one taker order bought at one price and instant and has ids of its own:
/// <c>[{"a":26872407,"p":"73245.90000000","q":"0.00132000","f":28407348,"l":28407348,"T":1710327551703,"m":false,"M":true}]</c>.
/// None states its pair.
/// </summary>
internal static class BinanceTrades
{
    private static readonly FieldNames Fill = new("id|a", "price|p", "qty|q", "time|T", "isBuyerMaker|m");

    /// <summary>The socket's <c>trade</c>: there <c>a</c> and <c>b</c> were the ids of the two orders.</summary>
    private static readonly FieldNames SocketTrade = new("t", "p", "q", "T", "m", "s");

    private static readonly FieldNames SocketAggregate = new("a", "p", "q", "T", "m", "s");

    /// <summary>Of replies that are nothing out of the ordinary; see <see cref="PlainReply"/>.</summary>
    public static readonly ReadPlain Plain = PlainReply.List(Fill, ReadFill, knowsPair: true);

    public static readonly Normaliser Normaliser = PlainReply.Or(Plain, BinanceReplies.List("a list of trades", Read));

    /// <summary>The trade of a frame <c>{"e":"trade","E":…,"s":"BNBBTC","t":12345,"p":"0.001","q":"100","T":…,"m":true}</c> or
    /// <c>{"e":"aggTrade",…,"a":164325,…}</c>.</summary>
    public static void ReadSocket(ReadOnlySpan<byte> data, in Reply reply, string path, bool isAggregate)
    {
        var names = isAggregate ? SocketAggregate : SocketTrade;
        Span<JsonField> fields = stackalloc JsonField[names.Count];
        var reader = new Utf8JsonReader(data);
        reader.Read();
        names.Read(ref reader, fields);
        var fill = new Element(data, fields, names, reply.Into, new ElementPath(path));
        if (BinanceSymbols.OfEvent(reply, fill, 5, out var pair) && ReadFill(fill, reply.Context with { Pair = pair }) is { } trade)
        {
            reply.Into.Records.Add(trade);
        }
    }

    private static void Read(ref Utf8JsonReader reader, in Reply reply)
    {
        if (reply.Context.Pair is null)
        {
            reply.Into.MissingContext = "pair";
            return;
        }

        Elements.Read(ref reader, reply.Json, reply, "$", Fill, reply.Context, ReadFill);
    }

    private static Trade? ReadFill(in Element fill, ReplyContext context) =>
        fill.Id(0, out var id)
        && fill.Decimal(1, Sign.Positive, out var price)
        && fill.Decimal(2, Sign.Positive, out var quantity)
        && fill.UnixTime(3, UnixUnit.Milliseconds, UnixUnit.Microseconds, out var time)
        && fill.OptionalFlag(4, out var buyerIsMaker)
            ? new Trade(BinanceProvider.Exchange, context.Pair!, id, price, quantity, Taker(buyerIsMaker), time)
            : null;

    /// <summary>The maker rested in the book, so the taker is the other one: to a resting buyer was sold.</summary>
    private static TakerSide? Taker(bool? buyerIsMaker) =>
        buyerIsMaker switch { true => TakerSide.Sell, false => TakerSide.Buy, null => null };
}
