using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.CoinGecko;

/// <summary>
/// <c>GET /coins/{id}/ohlc</c> and <c>/range</c>: <c>[[1779199200000,76769.0,76889.0,76744.0,76818.0],…]</c>, time, open, high, low, close.
/// The time is the candle's <b>close</b>: the recorded 4-hour candle of 2021-05-15T16:00Z was answered at 15:34Z, and each row agrees with
/// the 5-minute prices of the hours before its time. So the open time is one interval earlier. No volume, and whether the last is final is
/// not said.
/// </summary>
internal static class Ohlc
{
    private static readonly FieldNames Row = new("[0]", "[1]", "[2]", "[3]", "[4]");

    public static readonly Normaliser Normaliser = CoinGeckoErrors.List("a list of [time, open, high, low, close]", Read);

    private static void Read(ref Utf8JsonReader reader, in Reply reply)
    {
        var pair = reply.Context.Pair ?? CoinGeckoContext.PairOf(reply.Context);
        if (pair is null || reply.Context.Interval is not { } interval)
        {
            reply.Into.MissingContext = pair is null ? "pair" : "interval";
            return;
        }

        if (!CandleInterval.TryParse(interval, out var length))
        {
            reply.RefuseShape($"an interval of minutes, hours or days such as 30m, 4h, 4d for these candles, asked for {interval}");
            return;
        }

        Span<JsonField> fields = stackalloc JsonField[Row.Count];
        for (var index = 0; reader.Read() && reader.TokenType is not JsonTokenType.EndArray && !reply.IsHopeless; index++)
        {
            if (CoinGeckoRows.TryRead(ref reader, reply, fields, "$", index, "[time, open, high, low, close]"))
            {
                AddCandle(new Element(reply.Json, fields, Row, reply.Into, new ElementPath("$", index)), reply, pair, interval, length);
            }
        }
    }

    private static void AddCandle(in Element row, in Reply reply, string pair, string interval, TimeSpan length)
    {
        if (row.UnixTime(0, UnixUnit.Milliseconds, out var close)
            && row.Decimal(1, Sign.NotNegative, out var first)
            && row.Decimal(2, Sign.NotNegative, out var high)
            && row.Decimal(3, Sign.NotNegative, out var low)
            && row.Decimal(4, Sign.NotNegative, out var last)
            && CandleRange.IsSound(row, 2, high, low))
        {
            var openTime = new ProviderTime(close.UnixNanoseconds - (length.Ticks * 100), close.Digits);
            reply.Into.Records.Add(new Candle(CoinGeckoProvider.Provider, pair, interval, openTime, first, high, low, last, null, null));
        }
    }
}
