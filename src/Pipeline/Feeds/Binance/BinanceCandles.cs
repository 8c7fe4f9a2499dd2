using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Binance;

/// <summary>
/// <c>GET /api/v3/klines</c>, oldest first:
/// <c>[[1588740120000,"9033.34","9039.99","9032.75","9033.15","31.192968",1588740179999,"281893.08800082",282,…]]</c>: open time, open,
/// high, low, close, volume, then what isn't kept. Neither pair nor interval is stated, nor whether the newest row is finished; the
/// socket's <c>kline</c> states all three.
/// </summary>
internal static class BinanceCandles
{
    private const int LeastOfRow = 6;

    private static readonly FieldNames Row = Rows.Names(LeastOfRow);
    private static readonly FieldNames FrameNames = new("s", "k");
    private static readonly FieldNames KlineNames = new("t", "o", "h", "l", "c", "v", "i", "x");

    public static readonly Normaliser Normaliser = BinanceReplies.List("a list of klines", Read);

    /// <summary>The candle of a frame <c>{"e":"kline","E":…,"s":"NKNUSDT","k":{"t":…,"i":"1m","o":…,"x":false,…}}</c>.</summary>
    public static void ReadSocket(ReadOnlySpan<byte> data, in Reply reply, string path)
    {
        Span<JsonField> fields = stackalloc JsonField[FrameNames.Count];
        var reader = new Utf8JsonReader(data);
        reader.Read();
        FrameNames.Read(ref reader, fields);
        var frame = new Element(data, fields, FrameNames, reply.Into, new ElementPath(path));
        if (!BinanceSymbols.OfEvent(reply, frame, 0, out var pair))
        {
            return;
        }

        if (frame[1].Type is not JsonTokenType.StartObject)
        {
            frame.Refuse(1, Contracts.Ops.RefusalCode.InvalidField, "an object with the candle");
            return;
        }

        var json = frame[1].Of(data);
        Span<JsonField> values = stackalloc JsonField[KlineNames.Count];
        var inner = new Utf8JsonReader(json);
        inner.Read();
        KlineNames.Read(ref inner, values);
        var kline = new Element(json, values, KlineNames, reply.Into, new ElementPath(frame.PathOf(1)));
        if (kline.Text(6, out var interval)
            && kline.OptionalFlag(7, out var final)
            && ReadCandle(kline, new ReplyContext(pair, Interval: interval)) is { } candle)
        {
            reply.Into.Records.Add(candle with { Final = final });
        }
    }

    private static void Read(ref Utf8JsonReader reader, in Reply reply)
    {
        if (reply.Context is not { Pair: not null, Interval: not null })
        {
            reply.Into.MissingContext = reply.Context.Pair is null ? "pair" : "interval";
            return;
        }

        Rows.Read(ref reader, reply.Json, reply, "$", Row, LeastOfRow, reply.Context, ReadCandle);
    }

    private static Candle? ReadCandle(in Element row, ReplyContext context) =>
        row.UnixTime(0, UnixUnit.Milliseconds, UnixUnit.Microseconds, out var openTime)
        && row.Decimal(1, Sign.Positive, out var open)
        && row.Decimal(2, Sign.Positive, out var high)
        && row.Decimal(3, Sign.Positive, out var low)
        && row.Decimal(4, Sign.Positive, out var close)
        && row.OptionalDecimal(5, Sign.NotNegative, out var volume)
        && CandleRange.IsSound(row, 2, high, low)
            ? new Candle(BinanceProvider.Exchange, context.Pair!, context.Interval!, openTime, open, high, low, close, volume, null)
            : null;
}
