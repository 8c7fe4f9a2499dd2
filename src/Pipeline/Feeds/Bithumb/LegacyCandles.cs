using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Bithumb;

/// <summary>
/// <c>GET /public/candlestick/BTC_KRW/1m</c>: <c>{"status":"0000","data":[[1723014780000,"81061000","80860000","81062000","80860000",
/// "2.1630537"]]}</c>: time of opening in milliseconds, open, <b>close</b>, high, low, volume; oldest first. Pair and interval stand in the
/// request alone.
/// </summary>
internal static class LegacyCandles
{
    private const string Expected = "a list, or an object with status and a list data";

    private static readonly FieldNames Row = new("[0]", "[1]", "[2]", "[3]", "[4]", "[5]");

    public static void Read(ref Utf8JsonReader reader, in Reply reply)
    {
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

        if (reply.Context is not { Pair: { } pair, Interval: { } interval })
        {
            reply.Into.MissingContext = reply.Context.Pair is null ? "pair" : "interval";
            return;
        }

        Span<JsonField> fields = stackalloc JsonField[Row.Count];
        for (var index = 0; list.Read() && list.TokenType is not JsonTokenType.EndArray && !reply.IsHopeless; index++)
        {
            if (list.TokenType is JsonTokenType.StartArray && Elements.ReadRow(ref list, fields))
            {
                Add(new Element(data, fields, Row, reply.Into, new ElementPath(path, index)), reply, pair, interval);
                continue;
            }

            list.Skip();
            reply.Refuse(RefusalCode.UnexpectedShape, "expected [time, open, close, high, low, volume]", $"{path}[{index}]");
        }
    }

    private static void Add(in Element row, in Reply reply, string pair, string interval)
    {
        if (row.UnixTime(0, UnixUnit.Milliseconds, out var openTime)
            && row.Decimal(1, Sign.Positive, out var open)
            && row.Decimal(2, Sign.Positive, out var close)
            && row.Decimal(3, Sign.Positive, out var high)
            && row.Decimal(4, Sign.Positive, out var low)
            && row.OptionalDecimal(5, Sign.NotNegative, out var volume)
            && CandleRange.IsSound(row, 3, high, low))
        {
            reply.Into.Records.Add(new Candle(BithumbProvider.Exchange, pair, interval, openTime, open, high, low, close, volume, null));
        }
    }
}
