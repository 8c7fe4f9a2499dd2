using System.Globalization;
using AkkaCrypto.Simulator.Market;
using Microsoft.AspNetCore.Http;

namespace AkkaCrypto.Simulator.Coinbase;

/// <summary>
/// <c>/products/{product}/candles?granularity=60&amp;start=&amp;end=</c>: <c>[seconds, low, high, open, close, volume]</c>, newest first,
/// the running one among them; at most 300, both bounds inclusive.
/// </summary>
internal sealed class CoinbaseCandles(MarketModel market, TimeProvider time)
{
    private const int MostCandles = 300;

    private static readonly int[] Granularities = [60, 300, 900, 3_600, 21_600, 86_400];

    public Task HandleAsync(HttpContext context, MarketPair pair)
    {
        var query = context.Request.Query;
        if (!CoinbaseRoutes.TryNumber(query["granularity"], 60, int.MaxValue, out var length) || !Granularities.Contains((int)length))
        {
            return CoinbaseRoutes.RefuseAsync(context, StatusCodes.Status400BadRequest, "Unsupported granularity");
        }

        var now = time.GetUtcNow().ToUnixTimeSeconds();
        if (!TryTime(query["end"], now, out var end) || !TryTime(query["start"], end - ((MostCandles - 1) * length), out var start)
            || start > end)
        {
            return CoinbaseRoutes.RefuseAsync(context, StatusCodes.Status400BadRequest, "Invalid start or end");
        }

        if (((end - start) / length) + 1 > MostCandles)
        {
            return CoinbaseRoutes.RefuseAsync(
                context, StatusCodes.Status400BadRequest,
                "granularity too small for the requested time range. Count of aggregations requested exceeds 300");
        }

        var (first, last) = ((start + length - 1) / length, Math.Min(end, now) / length);
        return JsonReply.WriteAsync(context, json =>
        {
            json.WriteStartArray();
            for (var bucket = last; bucket >= first; bucket--)
            {
                var candle = At(pair, bucket * length, length);
                json.WriteStartArray();
                json.WriteNumberValue(bucket * length);
                json.NumberValue(candle.Low);
                json.NumberValue(candle.High);
                json.NumberValue(candle.Open);
                json.NumberValue(candle.Close);
                json.NumberValue(candle.Volume);
                json.WriteEndArray();
            }

            json.WriteEndArray();
        });
    }

    private MarketCandle At(MarketPair pair, long from, long length)
    {
        var (start, now) = (DateTimeOffset.FromUnixTimeSeconds(from), time.GetUtcNow());
        var end = start.AddSeconds(length);
        return market.Candle(pair, start, end <= now ? end : now.AddMilliseconds(1));
    }

    /// <summary>Unix seconds or ISO 8601.</summary>
    private static bool TryTime(string? text, long without, out long seconds)
    {
        seconds = without;
        if (string.IsNullOrEmpty(text) || long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out seconds))
        {
            return seconds is >= 0 and < 10_000_000_000;
        }

        var readable = DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at);
        seconds = at.ToUnixTimeSeconds();
        return readable;
    }
}
