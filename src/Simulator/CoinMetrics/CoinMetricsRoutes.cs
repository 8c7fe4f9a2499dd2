using System.Text.Json;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Simulator.Market;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AkkaCrypto.Simulator.CoinMetrics;

/// <summary>
/// <c>/coinmetrics/v4/timeseries/asset-metrics</c>: rows by asset and then by time, the closed days alone, every value a string, in pages
/// that hold the first or (<c>paging_from=end</c>) the last rows of the span.
/// </summary>
internal sealed class CoinMetricsRoutes(MarketModel market, TimeProvider time)
{
    public static void Map(IEndpointRouteBuilder app, MarketModel market, TimeProvider time)
    {
        var api = app.MapGroup("/coinmetrics/v4");
        api.MapGet("/timeseries/asset-metrics", new CoinMetricsRoutes(market, time).AssetMetricsAsync);
        api.MapFallback(context => RefuseAsync(context, StatusCodes.Status404NotFound, "not_found", "Resource not found."));
    }

    private static Task RefuseAsync(HttpContext context, int status, string type, string message) =>
        JsonReply.WriteAsync(context, SimulatedCoinMetrics.Error(type, message), status);

    private Task AssetMetricsAsync(HttpContext context)
    {
        var (asked, fault) = MetricsQuery.Read(context.Request.Query, time.GetUtcNow());
        if (asked is null)
        {
            return RefuseAsync(context, StatusCodes.Status400BadRequest, "bad_parameter", fault);
        }

        if (asked.Forbidden is { } forbidden)
        {
            return RefuseAsync(context, StatusCodes.Status403Forbidden, "forbidden", forbidden);
        }

        var rows = asked.Rows();
        var page = asked.FromEnd ? rows.TakeLast(asked.PageSize).ToList() : rows.Take(asked.PageSize).ToList();
        return JsonReply.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("data");
            foreach (var (asset, day) in page)
            {
                WriteRow(json, asset, day, asked.Metrics);
            }

            json.WriteEndArray();
            if (page.Count < rows.Count)
            {
                WriteNext(json, context, asked, asked.FromEnd ? page[0] : page[^1]);
            }

            json.WriteEndObject();
        });
    }

    private void WriteRow(Utf8JsonWriter json, Asset asset, long day, IReadOnlyList<string> metrics)
    {
        json.WriteStartObject();
        json.WriteString("asset", asset.Symbol);
        json.WriteString("time", MetricsQuery.Text(day));
        foreach (var metric in metrics)
        {
            json.WriteString(metric, AssetMetrics.ValueOf(market, asset, metric, day) is { } value ? DecimalText.Format(value) : null);
        }

        json.WriteEndObject();
    }

    private static void WriteNext(Utf8JsonWriter json, HttpContext context, MetricsQuery asked, (Asset Asset, long Day) last)
    {
        var token = asked.TokenAfter(last);
        json.WriteString("next_page_token", token);
        var kept = context.Request.Query.Where(entry => entry.Key != "next_page_token")
            .Select(entry => $"{entry.Key}={Uri.EscapeDataString(entry.Value.ToString())}");
        json.WriteString(
            "next_page_url",
            $"{context.Request.Scheme}://{context.Request.Host}{context.Request.Path}?{string.Join('&', kept)}"
            + $"&next_page_token={Uri.EscapeDataString(token)}");
    }
}
