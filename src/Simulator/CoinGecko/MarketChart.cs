using System.Globalization;
using System.Text.Json;
using AkkaCrypto.Simulator.Market;
using Microsoft.AspNetCore.Http;

namespace AkkaCrypto.Simulator.CoinGecko;

/// <summary>
/// <c>/coins/{id}/market_chart</c>, <c>/range</c> and <c>/ohlc</c>. Three parallel series of <c>[milliseconds, value]</c>; the last point
/// is "now", cut to the second. On a one-day chart that puts it a little before the point it repeats, as recorded. The public API reaches
/// back 365 days.
/// </summary>
internal sealed class MarketChart(MarketModel market, TimeProvider time)
{
    private const int MostDays = 365;

    private static readonly string[] OhlcDays = ["1", "7", "14", "30", "90", "180", "365"];

    private readonly ChartGrid grid = new(market.Seed);

    public Task HandleAsync(HttpContext context)
    {
        var query = context.Request.Query;
        if (!TryRead(context, "days", out var asked, out var refused))
        {
            return refused;
        }

        var text = query["days"].ToString();
        var interval = query["interval"].ToString();
        if (interval is not ("" or "daily" or "hourly"))
        {
            return CoinGeckoErrors.Invalid(context, "interval");
        }

        if (text != "max" && !(int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0))
        {
            return CoinGeckoErrors.Invalid(context, "days");
        }

        var days = text == "max" ? MostDays : int.Parse(text, CultureInfo.InvariantCulture);
        if (days > MostDays)
        {
            return CoinGeckoErrors.TimeRange(context, time.GetUtcNow());
        }

        var step = interval switch { "daily" => ChartGrid.Day, "hourly" => ChartGrid.Hour, _ => ChartGrid.StepFor(days) };
        return WriteAsync(context, asked, UpToNow(step, days));
    }

    public Task HandleRangeAsync(HttpContext context)
    {
        if (!TryRead(context, "from", out var asked, out var refused))
        {
            return refused;
        }

        if (string.IsNullOrEmpty(context.Request.Query["to"]))
        {
            return CoinGeckoErrors.Missing(context, "to");
        }

        if (!TrySeconds(context, "from", out var from) || !TrySeconds(context, "to", out var to) || from > to)
        {
            return CoinGeckoErrors.Invalid(context, "from or to");
        }

        var now = time.GetUtcNow();
        if ((now - from).TotalDays >= MostDays + 1)
        {
            return CoinGeckoErrors.TimeRange(context, now);
        }

        // Five-minute points exist for the last day only; an older span of a day is hourly.
        var step = (to - from).TotalDays <= 1 && (now - from).TotalDays > 2 ? ChartGrid.Hour : ChartGrid.StepFor((to - from).TotalDays);
        var end = Display.LastUpdate(now);
        return WriteAsync(context, asked, [.. grid.Points(step, from, to < end ? to : end)]);
    }

    public Task HandleOhlcAsync(HttpContext context)
    {
        var query = context.Request.Query;
        if (string.IsNullOrEmpty(query["vs_currency"]) || string.IsNullOrEmpty(query["days"]))
        {
            return CoinGeckoErrors.InternalError(context);
        }

        if (!TryRead(context, "days", out var asked, out var refused))
        {
            return refused;
        }

        if (!OhlcDays.Contains(query["days"].ToString()))
        {
            return CoinGeckoErrors.Invalid(context, "days");
        }

        var days = int.Parse(query["days"].ToString(), CultureInfo.InvariantCulture);
        var step = days == 1 ? TimeSpan.FromMinutes(30) : days <= 30 ? TimeSpan.FromHours(4) : TimeSpan.FromDays(4);
        return JsonReply.WriteAsync(context, json => WriteCandles(json, asked, days, step));
    }

    private List<DateTimeOffset> UpToNow(TimeSpan step, int days)
    {
        var updated = Display.LastUpdate(time.GetUtcNow());

        // Daily: as many midnights as days, today's the last of them; else the points of exactly the span.
        var from = step == ChartGrid.Day
            ? new DateTimeOffset(updated.UtcDateTime.Date, TimeSpan.Zero).AddDays(1 - days)
            : updated.AddDays(-days);
        List<DateTimeOffset> points = [.. grid.Points(step, from, updated)];
        if (step == ChartGrid.FiveMinutes && points[^1] != updated)
        {
            points.Add(updated);
        }

        points.Add(DateTimeOffset.FromUnixTimeSeconds(updated.ToUnixTimeSeconds()));
        return points;
    }

    private Task WriteAsync(HttpContext context, ChartRequest asked, List<DateTimeOffset> points) =>
        JsonReply.WriteAsync(context, json =>
        {
            var (asset, currency, precision) = asked;
            json.WriteStartObject();
            WriteSeries(json, "prices", points, at => Precise(market.Price(asset, currency, at), currency, precision));
            WriteSeries(json, "market_caps", points, at => Display.Long(market.MarketCap(asset, currency, at)));
            WriteSeries(json, "total_volumes", points, at => Display.Long(market.Volume24h(asset, currency, at)));
            json.WriteEndObject();
        });

    private static void WriteSeries(Utf8JsonWriter json, string name, List<DateTimeOffset> points, Func<DateTimeOffset, decimal> value)
    {
        json.WriteStartArray(name);
        foreach (var at in points)
        {
            json.WriteStartArray();
            json.WriteNumberValue(at.ToUnixTimeMilliseconds());
            json.NumberValue(value(at));
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    // A candle is named by its end, and the running one by an end that is still to come.
    private void WriteCandles(Utf8JsonWriter json, ChartRequest asked, int days, TimeSpan step)
    {
        var (asset, currency, precision) = asked;
        var length = (long)step.TotalSeconds;
        var updated = Display.LastUpdate(time.GetUtcNow());
        var last = (updated.ToUnixTimeSeconds() / length) + 1;
        var count = Math.Max(1, (long)(TimeSpan.FromDays(days) / step));
        json.WriteStartArray();
        for (var end = last - count + 1; end <= last; end++)
        {
            var from = DateTimeOffset.FromUnixTimeSeconds((end - 1) * length);
            var to = DateTimeOffset.FromUnixTimeSeconds(Math.Min(end * length, updated.ToUnixTimeSeconds() + 1));
            json.WriteStartArray();
            json.WriteNumberValue(end * length * 1000);
            Value(from);
            Value(market.TimeOfHigh(asset, currency, from, to));
            Value(market.TimeOfLow(asset, currency, from, to));
            Value(to.AddSeconds(-1));
            json.WriteEndArray();
        }

        json.WriteEndArray();

        void Value(DateTimeOffset at)
        {
            var price = market.Price(asset, currency, at);
            json.NumberValue(precision is null ? Math.Round(price, price >= 100 ? 2 : 8) : Display.Price(price, currency, precision));
        }
    }

    private static decimal Precise(decimal price, string currency, string? precision) =>
        Display.Price(price, currency, precision ?? "full");

    private static bool TrySeconds(HttpContext context, string name, out DateTimeOffset at)
    {
        at = default;
        var text = context.Request.Query[name].ToString();
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || seconds > 10_000_000_000)
        {
            return false;
        }

        at = DateTimeOffset.FromUnixTimeSeconds(seconds);
        return true;
    }

    // What all three refuse alike, in the provider's order: the currency's absence, the other parameter's, the coin, the currency, the
    // precision.
    private static bool TryRead(HttpContext context, string needed, out ChartRequest asked, out Task refused)
    {
        var currency = context.Request.Query["vs_currency"].ToString().ToLowerInvariant();
        var found = Catalogue.Find(context.Request.RouteValues["id"]?.ToString() ?? "");
        var readable = Display.TryPrecision(context, out var precision);
        asked = new ChartRequest(found ?? Catalogue.Assets[0], currency, precision);
        Func<HttpContext, Task>? refusal = (currency, context.Request.Query[needed].ToString(), found) switch
        {
            ("", _, _) => c => CoinGeckoErrors.Missing(c, "vs_currency"),
            (_, "", _) => c => CoinGeckoErrors.Missing(c, needed),
            (_, _, null) => CoinGeckoErrors.CoinNotFound,
            _ when !Catalogue.Currencies.Contains(currency) => c => CoinGeckoErrors.Invalid(c, "vs_currency"),
            _ when !readable => c => CoinGeckoErrors.Invalid(c, "precision"),
            _ => null,
        };
        refused = refusal?.Invoke(context) ?? Task.CompletedTask;
        return refusal is null;
    }

    private sealed record ChartRequest(Asset Asset, string Currency, string? Precision);
}
