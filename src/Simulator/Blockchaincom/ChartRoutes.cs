using System.Globalization;
using System.Text.Json;
using AkkaCrypto.Simulator.Market;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AkkaCrypto.Simulator.Blockchaincom;

/// <summary>
/// <c>/blockchaincom/charts/{chart}</c>: the closed days alone, oldest first. <c>timespan</c> (<c>30days</c>, <c>5weeks</c>,
/// <c>1year</c>, <c>all</c>) counts back from today, or on from <c>start</c>; of more than about 1,500 days only each so-manieth is shown
/// unless <c>sampled=false</c>.
/// </summary>
internal sealed class ChartRoutes(MarketModel market, TimeProvider time)
{
    private const int MostSampled = 1500;
    private const int MostDays = 100_000;
    private const int SecondsOfDay = 86_400;

    public static void Map(IEndpointRouteBuilder app, MarketModel market, TimeProvider time)
    {
        var api = app.MapGroup("/blockchaincom");
        api.MapGet("/charts/{chart}", new ChartRoutes(market, time).ChartAsync);
        api.MapFallback(context => RefuseAsync(context, StatusCodes.Status404NotFound));
    }

    private static Task RefuseAsync(HttpContext context, int status) =>
        JsonReply.WriteAsync(context, new SimulatedBlockchaincom().ErrorBody(status), status);

    private Task ChartAsync(HttpContext context)
    {
        if (Chart.Find(context.Request.RouteValues["chart"]?.ToString() ?? "") is not { } chart)
        {
            return RefuseAsync(context, StatusCodes.Status404NotFound);
        }

        var query = context.Request.Query;
        if (query["format"].FirstOrDefault() is not (null or "json") || !TryDays(query, out var from, out var to))
        {
            return RefuseAsync(context, StatusCodes.Status400BadRequest);
        }

        var step = query["sampled"] == "false" ? 1 : Math.Max(1, ((int)(to - from) + MostSampled - 1) / MostSampled);
        return JsonReply.WriteAsync(context, json => Write(json, chart, from, to, step));
    }

    private void Write(Utf8JsonWriter json, Chart chart, long from, long to, int step)
    {
        json.WriteStartObject();
        json.WriteString("status", "ok");
        json.WriteString("name", chart.Name);
        json.WriteString("unit", chart.Unit);
        json.WriteString("period", "day");
        json.WriteStartArray("values");
        for (var day = from; day < to; day += step)
        {
            json.WriteStartObject();
            json.WriteNumber("x", day * SecondsOfDay);
            json.Number("y", chart.ValueOn(market, day));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Days since the Unix epoch, <paramref name="to"/> exclusive: none before the data begin, none that is not over.</summary>
    private bool TryDays(IQueryCollection query, out long from, out long to)
    {
        var today = time.GetUtcNow().ToUnixTimeSeconds() / SecondsOfDay;
        (from, to) = (Chart.FirstDay, today);
        if (!TrySpan(query["timespan"].FirstOrDefault() ?? "1year", out var days))
        {
            return false;
        }

        var start = query["start"].FirstOrDefault();
        if (start is null)
        {
            from = Math.Max(from, today - days);
            return true;
        }

        if (!DateTimeOffset.TryParseExact(
            start, ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm:ss"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at))
        {
            return false;
        }

        var first = (at.ToUnixTimeSeconds() + SecondsOfDay - 1) / SecondsOfDay;
        (from, to) = (Math.Max(from, first), Math.Min(to, first + days));
        return true;
    }

    private static bool TrySpan(string text, out int days)
    {
        var digits = text.TakeWhile(char.IsAsciiDigit).Count();
        var unit = text[digits..].TrimEnd('s') switch { "day" => 1, "week" => 7, "month" => 30, "year" => 365, _ => 0 };
        days = text == "all" ? MostDays
            : int.TryParse(text[..digits], out var count) && count <= MostDays / Math.Max(1, unit) ? count * unit : 0;
        return days > 0;
    }
}
