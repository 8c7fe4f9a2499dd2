using System.Text.Json;
using AkkaCrypto.Simulator.Market;
using Microsoft.AspNetCore.Http;

namespace AkkaCrypto.Simulator.Binance;

/// <summary><c>/api/v3/klines</c>: rows of twelve, oldest first, the running candle among them.</summary>
internal sealed class BinanceKlines(MarketModel market, TradeTapes tapes, TimeProvider time)
{
    private const int MostRows = 1000;

    private static readonly Dictionary<string, TimeSpan> Intervals = new()
    {
        ["1m"] = TimeSpan.FromMinutes(1), ["3m"] = TimeSpan.FromMinutes(3), ["5m"] = TimeSpan.FromMinutes(5),
        ["15m"] = TimeSpan.FromMinutes(15), ["30m"] = TimeSpan.FromMinutes(30), ["1h"] = TimeSpan.FromHours(1),
        ["2h"] = TimeSpan.FromHours(2), ["4h"] = TimeSpan.FromHours(4), ["6h"] = TimeSpan.FromHours(6), ["8h"] = TimeSpan.FromHours(8),
        ["12h"] = TimeSpan.FromHours(12), ["1d"] = TimeSpan.FromDays(1), ["3d"] = TimeSpan.FromDays(3), ["1w"] = TimeSpan.FromDays(7),
    };

    /// <summary>Start of the candle that holds an instant; weeks begin on Monday, and the epoch was a Thursday.</summary>
    public static DateTimeOffset? StartOf(string interval, DateTimeOffset time)
    {
        if (!Intervals.TryGetValue(interval, out var length))
        {
            return null;
        }

        var origin = DateTimeOffset.UnixEpoch + (interval == "1w" ? TimeSpan.FromDays(4) : TimeSpan.Zero);
        return origin + (length * Math.Floor((time - origin) / length));
    }

    public static TimeSpan LengthOf(string interval) => Intervals[interval];

    public async Task HandleAsync(HttpContext context)
    {
        if (await BinanceRoutes.PairAsync(context) is not { } pair
            || await BinanceRoutes.NumberAsync(context, "limit", 1, MostRows) is not (true, var limit)
            || await BinanceRoutes.NumberAsync(context, "startTime", 0, 100_000_000_000_000) is not (true, var first)
            || await BinanceRoutes.NumberAsync(context, "endTime", 0, 100_000_000_000_000) is not (true, var last))
        {
            return;
        }

        var interval = context.Request.Query["interval"].ToString();
        if (!Intervals.TryGetValue(interval, out var length))
        {
            await BinanceRoutes.RefuseAsync(context, -1120, "Invalid interval.");
            return;
        }

        var now = time.GetUtcNow();
        var end = DateTimeOffset.FromUnixTimeMilliseconds(Math.Min(last ?? long.MaxValue, now.ToUnixTimeMilliseconds()));
        var count = (int)(limit ?? 500);
        var newest = StartOf(interval, end)!.Value;
        var from = first is { } start
            ? CeilingOf(interval, DateTimeOffset.FromUnixTimeMilliseconds(start))
            : newest - (length * (count - 1));
        from = from > MarketModel.Earliest ? from : CeilingOf(interval, MarketModel.Earliest);
        await JsonReply.WriteAsync(context, json =>
        {
            json.WriteStartArray();
            for (var (open, row) = (from, 0); open <= newest && row < count; open += length, row++)
            {
                WriteRow(json, pair, open, open + length, now);
            }

            json.WriteEndArray();
        });
    }

    private static DateTimeOffset CeilingOf(string interval, DateTimeOffset time) =>
        StartOf(interval, time)!.Value is var start && start < time ? start + Intervals[interval] : start;

    private void WriteRow(Utf8JsonWriter json, MarketPair pair, DateTimeOffset open, DateTimeOffset close, DateTimeOffset now)
    {
        var candle = market.Candle(pair, open, close <= now ? close : now.AddMilliseconds(1));
        var tape = tapes.Of(pair);
        json.WriteStartArray();
        json.WriteNumberValue(candle.OpenTime);
        json.WriteStringValue(BinanceMarket.Eight(candle.Open));
        json.WriteStringValue(BinanceMarket.Eight(candle.High));
        json.WriteStringValue(BinanceMarket.Eight(candle.Low));
        json.WriteStringValue(BinanceMarket.Eight(candle.Close));
        json.WriteStringValue(BinanceMarket.Eight(candle.Volume));
        json.WriteNumberValue(close.ToUnixTimeMilliseconds() - 1);
        json.WriteStringValue(BinanceMarket.Eight(candle.QuoteVolume));
        json.WriteNumberValue(tape.CountBefore(close <= now ? close : now) - tape.CountBefore(open));
        json.WriteStringValue(BinanceMarket.Eight(candle.Volume / 2));
        json.WriteStringValue(BinanceMarket.Eight(candle.QuoteVolume / 2));
        json.WriteStringValue("0");
        json.WriteEndArray();
    }
}
