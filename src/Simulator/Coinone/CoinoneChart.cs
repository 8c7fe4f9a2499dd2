using System.Globalization;
using System.Text.Json;
using AkkaCrypto.Simulator.Market;
using Microsoft.AspNetCore.Http;

namespace AkkaCrypto.Simulator.Coinone;

/// <summary>
/// <c>/chart/{quote}/{target}?interval=</c>: candles newest first, the running one among them; <c>is_last</c> at the market's beginning.
/// </summary>
internal sealed class CoinoneChart(MarketModel market, TimeProvider time)
{
    private const int MostCandles = 500;

    private static readonly Dictionary<string, TimeSpan> Intervals = new()
    {
        ["1m"] = TimeSpan.FromMinutes(1), ["3m"] = TimeSpan.FromMinutes(3), ["5m"] = TimeSpan.FromMinutes(5),
        ["10m"] = TimeSpan.FromMinutes(10),
        ["15m"] = TimeSpan.FromMinutes(15), ["30m"] = TimeSpan.FromMinutes(30), ["1h"] = TimeSpan.FromHours(1),
        ["2h"] = TimeSpan.FromHours(2),
        ["4h"] = TimeSpan.FromHours(4), ["6h"] = TimeSpan.FromHours(6), ["1d"] = TimeSpan.FromDays(1), ["1w"] = TimeSpan.FromDays(7),
    };

    public Task HandleAsync(HttpContext context)
    {
        if (CoinoneRoutes.PairOf(context) is not { } pair)
        {
            return CoinoneRoutes.RefuseUnknownAsync(context);
        }

        var query = context.Request.Query;
        var now = time.GetUtcNow();
        if (StartsUpTo(query["interval"].ToString()) is not { } starts
            || !TryNumber(query["size"].FirstOrDefault(), 200, MostCandles, out var size)
            || !TryNumber(query["timestamp"].FirstOrDefault(), now.ToUnixTimeMilliseconds(), 10_000_000_000_000, out var newest))
        {
            return CoinoneRoutes.RefuseParameterAsync(context);
        }

        var end = DateTimeOffset.FromUnixTimeMilliseconds(Math.Min(newest, now.ToUnixTimeMilliseconds()));
        return JsonReply.WriteAsync(context, json => Write(json, pair, starts(end).Take((int)size).ToList(), now));
    }

    private void Write(Utf8JsonWriter json, MarketPair pair, List<(DateTimeOffset From, DateTimeOffset To)> spans, DateTimeOffset now)
    {
        json.WriteStartObject();
        CoinoneReplies.WriteSuccess(json);
        json.WriteBoolean("is_last", spans.Count == 0 || spans[^1].From <= MarketModel.Earliest);
        json.WriteStartArray("chart");
        foreach (var (from, to) in spans)
        {
            var candle = market.Candle(pair, from, to <= now ? to : now.AddMilliseconds(1));
            json.WriteStartObject();
            json.WriteNumber("timestamp", candle.OpenTime);
            json.WriteString("open", CoinoneReplies.Dotted(candle.Open));
            json.WriteString("high", CoinoneReplies.Dotted(candle.High));
            json.WriteString("low", CoinoneReplies.Dotted(candle.Low));
            json.WriteString("close", CoinoneReplies.Dotted(candle.Close));
            json.WriteString("target_volume", CoinoneReplies.Dotted(candle.Volume));
            json.WriteString("quote_volume", CoinoneReplies.Dotted(candle.QuoteVolume));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    // The spans whose start is at or before an instant, newest first; null for an unknown interval. Weeks begin on Monday.
    private static Func<DateTimeOffset, IEnumerable<(DateTimeOffset From, DateTimeOffset To)>>? StartsUpTo(string interval)
    {
        if (interval == "1mon")
        {
            return Months;
        }

        return Intervals.TryGetValue(interval, out var length) ? end => Regular(end, length) : null;
    }

    private static IEnumerable<(DateTimeOffset From, DateTimeOffset To)> Regular(DateTimeOffset end, TimeSpan length)
    {
        // The Unix epoch was a Thursday.
        var shift = length.TotalDays == 7 ? TimeSpan.FromDays(4) : TimeSpan.Zero;
        var origin = DateTimeOffset.UnixEpoch + shift;
        for (var from = origin + (length * Math.Floor((end - origin) / length)); from >= MarketModel.Earliest; from -= length)
        {
            yield return (from, from + length);
        }
    }

    private static IEnumerable<(DateTimeOffset From, DateTimeOffset To)> Months(DateTimeOffset end)
    {
        var utc = end.UtcDateTime;
        var first = new DateTimeOffset(utc.Year, utc.Month, 1, 0, 0, 0, TimeSpan.Zero);
        for (var from = first; from >= MarketModel.Earliest; from = from.AddMonths(-1))
        {
            yield return (from, from.AddMonths(1));
        }
    }

    private static bool TryNumber(string? text, long without, long most, out long number)
    {
        number = without;
        return text is null || (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= 1
            && number <= most);
    }
}
