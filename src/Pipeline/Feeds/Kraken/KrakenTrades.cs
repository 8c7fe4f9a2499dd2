using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Kraken;

/// <summary>
/// <c>GET /0/public/Trades</c>, oldest first:
/// <c>{"XXBTZUSD":[["30243.40000","0.34507674",1688669597.8277369,"b","m","",61044952]],"last":"1688671969993150842"}</c>: price, quantity,
/// seconds, the taker's side, market or limit, miscellaneous, id. Replies of before 2022 and the socket v1 have no id, the socket v2 has
/// objects.
/// </summary>
internal static class KrakenTrades
{
    private const int LeastOfRow = 4;

    private static readonly FieldNames Row = Rows.Names(7);
    private static readonly FieldNames FrameNames = new("symbol", "side", "price", "qty", "trade_id", "timestamp");

    public static readonly Normaliser Normaliser = PlainReply.Or(
        TryReadPlain, KrakenResults.Normaliser(JsonTokenType.StartArray, "an object with lists of trades", ReadEntry));

    /// <summary>The rows of a frame <c>[0,[["5541.20000","0.15850568","1534614057.321597","s","l",""]],"trade","XBT/USD"]</c>.</summary>
    public static void ReadSocketRows(ReadOnlySpan<byte> list, in Reply reply, string path, string pair)
    {
        var reader = new Utf8JsonReader(list);
        reader.Read();
        ReadRows(ref reader, list, reply, path, pair);
    }

    /// <summary>The data of a frame <c>{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"buy",…}]}</c>.</summary>
    public static void ReadSocketObjects(ReadOnlySpan<byte> list, in Reply reply) =>
        KrakenFrames.Read(list, reply, FrameNames, ReadObject);

    /// <summary>No error, and the trades of one pair.</summary>
    public static bool TryReadPlain(ReadOnlySpan<byte> json, ReplyContext context, Normalised into)
    {
        if (!KrakenResults.TryOpenPlain(json, out var key, out var reader)
            || !KrakenPairs.TryRead(key, context.Pair, out var pair) || (context.Pair is { } asked && asked != pair))
        {
            return false;
        }

        var first = into.Records.Count;
        if (!PlainReply.TryArrays(
                json, (int)reader.TokenStartIndex, Row, LeastOfRow, context with { Pair = pair }, into, ReadRow, out var end)
            || !KrakenResults.IsPlainRest(reader, json[end..]))
        {
            return false;
        }

        ContentIds.Give(into.Records, first);
        return true;
    }

    private static void ReadEntry(ref Utf8JsonReader reader, in Reply reply, string key, string path)
    {
        if (KrakenPairs.OfName(reply, key, path, out var pair))
        {
            ReadRows(ref reader, reply.Json, reply, path, pair);
        }
        else
        {
            reader.Skip();
        }
    }

    private static void ReadRows(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, in Reply reply, string path, string pair)
    {
        var first = reply.Into.Records.Count;
        Rows.Read(ref reader, json, reply, path, Row, LeastOfRow, reply.Context with { Pair = pair }, ReadRow);
        ContentIds.Give(reply.Into.Records, first);
    }

    private static Trade? ReadRow(in Element row, ReplyContext context) =>
        row.Decimal(0, Sign.Positive, out var price)
        && row.Decimal(1, Sign.Positive, out var quantity)
        && row.UnixTime(2, UnixUnit.Seconds, out var time)
        && Side(row, 3, out var side)
        && OptionalId(row, 6, out var id)
            ? new Trade(KrakenProvider.Exchange, context.Pair!, id, price, quantity, side, time)
            : null;

    private static Trade? ReadObject(in Reply reply, in Element trade) =>
        KrakenPairs.OfField(reply, trade, 0, out var pair)
        && Side(trade, 1, out var side)
        && trade.Decimal(2, Sign.Positive, out var price)
        && trade.Decimal(3, Sign.Positive, out var quantity)
        && trade.Id(4, out var id)
        && trade.IsoTime(5, out var time)
            ? new Trade(KrakenProvider.Exchange, pair, id, price, quantity, side, time)
            : null;

    private static bool OptionalId(in Element row, int field, out string id)
    {
        id = "";
        return !row.Has(field) || row.Id(field, out id);
    }

    /// <summary>The taker's: <c>b</c> or <c>s</c>, in v2 <c>buy</c> or <c>sell</c>.</summary>
    private static bool Side(in Element trade, int field, out TakerSide? side)
    {
        side = null;
        if (!trade.Has(field))
        {
            return true;
        }

        if (trade[field].Type is JsonTokenType.String && trade[field].TryText(trade.Json, out var text))
        {
            side = text.SequenceEqual("b"u8) || text.SequenceEqual("buy"u8) ? TakerSide.Buy
                : text.SequenceEqual("s"u8) || text.SequenceEqual("sell"u8) ? TakerSide.Sell
                : null;
        }

        return side is not null || trade.Refuse(field, RefusalCode.InvalidField, "b, s, buy or sell");
    }
}
