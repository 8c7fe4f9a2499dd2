using AkkaCrypto.Simulator.Market;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AkkaCrypto.Simulator.CoinGecko;

/// <summary>CoinGecko's demo API v3 under <c>/coingecko/api/v3</c>. A key is accepted and counts only for the rate limit.</summary>
internal static class CoinGeckoRoutes
{
    public static void MapCoinGecko(this IEndpointRouteBuilder app, MarketModel market, TimeProvider time)
    {
        var api = app.MapGroup("/coingecko/api/v3");
        var prices = new SimplePrice(market, time);
        var markets = new CoinsMarkets(market, time);
        var charts = new MarketChart(market, time);
        var pages = new CoinPage(market, time);
        api.MapGet("/ping", PingAsync);
        api.MapGet("/simple/price", prices.HandleAsync);
        api.MapGet("/simple/supported_vs_currencies", CurrenciesAsync);
        api.MapGet("/coins/list", ListAsync);
        api.MapGet("/coins/markets", markets.HandleAsync);
        api.MapGet("/coins/{id}", pages.HandleAsync);
        api.MapGet("/coins/{id}/history", pages.HandleHistoryAsync);
        api.MapGet("/coins/{id}/market_chart", charts.HandleAsync);
        api.MapGet("/coins/{id}/market_chart/range", charts.HandleRangeAsync);
        api.MapGet("/coins/{id}/ohlc", charts.HandleOhlcAsync);
        api.MapGet("/global", new GlobalMarket(market, time).HandleAsync);
        api.MapGet("/search", new SearchCoins(market, time).HandleAsync);
        api.MapFallback(CoinGeckoErrors.NoRoute);
    }

    private static Task PingAsync(HttpContext context) =>
        JsonReply.WriteAsync(context, """{"gecko_says":"(V3) To the Moon!"}""", StatusCodes.Status200OK);

    private static Task CurrenciesAsync(HttpContext context) => JsonReply.WriteAsync(context, json =>
    {
        json.WriteStartArray();
        foreach (var currency in Catalogue.Currencies)
        {
            json.WriteStringValue(currency);
        }

        json.WriteEndArray();
    });

    private static Task ListAsync(HttpContext context) => JsonReply.WriteAsync(context, json =>
    {
        var platforms = Flag(context, "include_platform");
        var active = context.Request.Query["status"] != "inactive";
        json.WriteStartArray();
        foreach (var asset in Catalogue.Assets.Where(_ => active).OrderBy(a => a.Id, StringComparer.Ordinal))
        {
            json.WriteStartObject();
            json.WriteString("id", asset.Id);
            json.WriteString("symbol", asset.Symbol);
            json.WriteString("name", asset.Name);
            if (platforms)
            {
                json.WriteStartObject("platforms");
                foreach (var (platform, contract) in asset.Platforms)
                {
                    json.WriteString(platform, contract);
                }

                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    internal static bool Flag(HttpContext context, string name) => context.Request.Query[name] == "true";
}
