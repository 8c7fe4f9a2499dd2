using System.Text;
using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Coinone;

/// <summary>
/// <c>GET /public/v2/trades/KRW/BTC</c>, newest first:
/// <c>{"result":"success","error_code":"0","server_time":1416895635000,"quote_currency":"krw","target_currency":"btc",
/// "transactions":[{"id":"1416893212001","timestamp":1416895634000,"price":"420000","qty":"0.1","is_seller_maker":true}]}</c>.
/// And its ancestor, <c>GET /trades/?currency=eth</c>, oldest first, in seconds, with no side, and in older replies no id:
/// <c>{"errorCode":"0","timestamp":"1521036988","completeOrders":[{"timestamp":"1521033485","price":"727600","qty":"4.2066"}],
/// "result":"success","currency":"eth"}</c>. That one traded against KRW alone.
/// </summary>
internal static class CoinoneTrades
{
    private const int Quote = 3;
    private const int Target = 4;
    private const int Currency = 5;
    private const int Transactions = 6;
    private const int CompleteOrders = 7;

    private static readonly FieldNames Names = CoinoneErrors.Reply(
        "quote_currency", "target_currency", "currency", "transactions", "completeOrders");

    /// <summary>Long names, and the socket's short ones.</summary>
    private static readonly FieldNames Fill = new("id|i", "timestamp|t", "price|p", "qty|q", "is_seller_maker|sm");

    public static readonly Normaliser Normaliser = PlainReply.Or(TryReadPlain, Reply.Normaliser(Read));

    /// <summary>The fields of a fill and its pair, as the socket sends them in one object.</summary>
    public static readonly FieldNames SocketFill =
        new("id|i", "timestamp|t", "price|p", "qty|q", "is_seller_maker|sm", "quote_currency|qc", "target_currency|tc");

    public static NormalisedRecord? SocketTrade(in Element fill, ReplyContext context) => ReadFill(fill, context);

    /// <summary>The head, which says that all is well and names the pair, then the trades and nothing else.</summary>
    public static bool TryReadPlain(ReadOnlySpan<byte> json, ReplyContext context, Normalised into)
    {
        Span<JsonField> head = stackalloc JsonField[Names.Count];
        var reader = new Utf8JsonReader(json);
        if (!reader.Read() || reader.TokenType is not JsonTokenType.StartObject)
        {
            return false;
        }

        var expected = 0;
        while (Names.Next(ref reader, ref expected, out var field))
        {
            if (field == Transactions && reader.TokenType is JsonTokenType.StartArray)
            {
                return TryPair(new Element(json, head, Names, into, new ElementPath("$")), context, out var pair)
                    && PlainReply.TryObjects(
                        json, (int)reader.TokenStartIndex, Fill, context with { Pair = pair }, into, ReadFill, out var end)
                    && PlainReply.IsRest(json[end..], "]}"u8);
            }

            head[field] = JsonField.Capture(ref reader, (byte)(expected - 1));
        }

        return false;
    }

    /// <summary>
    /// One walk over the reply where its pair stands before its trades, as it does on the wire. Where it doesn't, or where a later field
    /// takes back what the trades were read with, they are read again once everything is known.
    /// </summary>
    private static void Read(ref Utf8JsonReader reader, in Reply reply)
    {
        if (!reply.IsObject(ref reader, "an object with transactions"))
        {
            return;
        }

        Span<JsonField> head = stackalloc JsonField[Names.Count];
        var records = reply.Into.Records.Count;
        var (refusals, rounded) = (reply.Into.Refusals.Count, reply.Into.Rounded);
        var (expected, streamed, stale) = (0, false, false);
        while (Names.Next(ref reader, ref expected, out var field))
        {
            stale |= streamed;
            if (field == Transactions && !streamed && reader.TokenType is JsonTokenType.StartArray
                && TryPair(new Element(reply.Json, head, Names, reply.Into, new ElementPath("$")), reply.Context, out var pair))
            {
                var start = (int)reader.TokenStartIndex;
                Elements.Read(ref reader, reply.Json, reply, "$.transactions", Fill, reply.Context with { Pair = pair }, ReadFill);
                streamed = true;
                var length = (int)reader.BytesConsumed - start;
                head[field] = new JsonField(start, length, JsonTokenType.StartArray, false, (byte)(expected - 1));
                continue;
            }

            head[field] = JsonField.Capture(ref reader, (byte)(expected - 1));
        }

        if (streamed && !stale)
        {
            return;
        }

        reply.Into.Records.RemoveRange(records, reply.Into.Records.Count - records);
        reply.Into.Refusals.RemoveRange(refusals, reply.Into.Refusals.Count - refusals);
        reply.Into.Rounded = rounded;
        ReadCaptured(reply, new Element(reply.Json, head, Names, reply.Into, new ElementPath("$")));
    }

    /// <summary>The pair, if the head is already whole and nothing speaks against it. Refuses nothing: that is for the second
    /// reading.</summary>
    private static bool TryPair(in Element head, ReplyContext context, out string pair)
    {
        pair = "";
        if (!head.Has(Quote) || !head.Has(Target) || !head.Has(CoinoneErrors.Result) || CoinoneErrors.IsError(head))
        {
            return false;
        }

        if (context.Pair is { } asked)
        {
            pair = asked;
            return PairText.Matches(head.Json, head[Target], head[Quote], asked);
        }

        return head[Target].Type is JsonTokenType.String && head[Quote].Type is JsonTokenType.String
            && head[Target].TryText(head.Json, out var target) && head[Quote].TryText(head.Json, out var quote)
            && target.Length + quote.Length < 64
            && CurrencyPair.TryParse($"{Encoding.UTF8.GetString(target)}-{Encoding.UTF8.GetString(quote)}".ToLowerInvariant(), out var read)
            && (pair = read.ToString()).Length > 0;
    }

    private static void ReadCaptured(in Reply reply, in Element head)
    {
        if (CoinoneErrors.Refused(reply, head))
        {
            return;
        }

        var isV2 = head[Transactions].Type is JsonTokenType.StartArray;
        var list = head[isV2 ? Transactions : CompleteOrders];
        if (list.Type is not JsonTokenType.StartArray)
        {
            reply.RefuseShape("an object with a list transactions");
            return;
        }

        if (!CoinonePairs.OfReply(reply, head, Target, Quote, Currency, out var pair))
        {
            return;
        }

        var context = reply.Context with { Pair = pair };
        if (isV2)
        {
            Elements.Read(list.Of(head.Json), reply, "$.transactions", Fill, context, ReadFill);
            return;
        }

        var first = reply.Into.Records.Count;
        Elements.Read(list.Of(head.Json), reply, "$.completeOrders", Fill, context, ReadLegacyFill);
        ContentIds.Give(reply.Into.Records, first);
    }

    private static Trade? ReadFill(in Element fill, ReplyContext context) =>
        fill.Id(0, out var id)
        && fill.UnixTime(1, UnixUnit.Milliseconds, out var time)
        && fill.Decimal(2, Sign.Positive, out var price)
        && fill.Decimal(3, Sign.Positive, out var quantity)
        && fill.OptionalFlag(4, out var sellerIsMaker)
            ? new Trade(CoinoneProvider.Exchange, context.Pair!, id, price, quantity, Taker(sellerIsMaker), time)
            : null;

    private static Trade? ReadLegacyFill(in Element fill, ReplyContext context)
    {
        var id = "";
        return (!fill.Has(0) || fill.Id(0, out id))
            && fill.UnixTime(1, UnixUnit.Seconds, out var time)
            && fill.Decimal(2, Sign.Positive, out var price)
            && fill.Decimal(3, Sign.Positive, out var quantity)
            && fill.OptionalFlag(4, out var sellerIsMaker)
                ? new Trade(CoinoneProvider.Exchange, context.Pair!, id, price, quantity, Taker(sellerIsMaker), time)
                : null;
    }

    /// <summary>The maker rested in the book, so the taker is the other one: a resting seller was bought from.</summary>
    private static TakerSide? Taker(bool? sellerIsMaker) =>
        sellerIsMaker switch { true => TakerSide.Buy, false => TakerSide.Sell, null => null };
}
