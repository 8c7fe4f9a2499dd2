using System.Text.Json;
using AkkaCrypto.Simulator.Market;
using Microsoft.AspNetCore.Http;

namespace AkkaCrypto.Simulator.Binance;

/// <summary><c>/api/v3/exchangeInfo</c>: the limits, and each symbol with its filters.</summary>
internal static class BinanceInfo
{
    public static async Task HandleAsync(HttpContext context, MarketModel market, TimeProvider time)
    {
        var pairs = BinanceMarket.Pairs;
        if (context.Request.Query.ContainsKey("symbol"))
        {
            if (await BinanceRoutes.PairAsync(context) is not { } pair)
            {
                return;
            }

            pairs = [pair];
        }

        await JsonReply.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteString("timezone", "UTC");
            json.WriteNumber("serverTime", time.GetUtcNow().ToUnixTimeMilliseconds());
            json.WriteStartArray("rateLimits");
            json.WriteRawValue("""{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,"limit":6000}""");
            json.WriteRawValue("""{"rateLimitType":"RAW_REQUESTS","interval":"MINUTE","intervalNum":5,"limit":61000}""");
            json.WriteEndArray();
            json.WriteStartArray("exchangeFilters");
            json.WriteEndArray();
            json.WriteStartArray("symbols");
            foreach (var pair in pairs)
            {
                WriteSymbol(json, pair, market.PriceStep(pair));
            }

            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    private static void WriteSymbol(Utf8JsonWriter json, MarketPair pair, decimal step)
    {
        json.WriteStartObject();
        json.WriteString("symbol", BinanceMarket.Symbol(pair));
        json.WriteString("status", "TRADING");
        json.WriteString("baseAsset", pair.Target.ToUpperInvariant());
        json.WriteNumber("baseAssetPrecision", 8);
        json.WriteString("quoteAsset", pair.Quote.ToUpperInvariant());
        json.WriteNumber("quotePrecision", 8);
        json.WriteNumber("quoteAssetPrecision", 8);
        json.WriteNumber("baseCommissionPrecision", 8);
        json.WriteNumber("quoteCommissionPrecision", 8);
        json.WritePropertyName("orderTypes");
        json.WriteRawValue("""["LIMIT","LIMIT_MAKER","MARKET","STOP_LOSS_LIMIT","TAKE_PROFIT_LIMIT"]""");
        foreach (var flag in new[] { "icebergAllowed", "ocoAllowed", "otoAllowed", "quoteOrderQtyMarketAllowed", "allowTrailingStop",
            "cancelReplaceAllowed", "isSpotTradingAllowed" })
        {
            json.WriteBoolean(flag, true);
        }

        json.WriteBoolean("isMarginTradingAllowed", false);
        json.WriteStartArray("filters");
        WriteFilter(json, "PRICE_FILTER", ("minPrice", step), ("maxPrice", 1_000_000m), ("tickSize", step));
        WriteFilter(json, "LOT_SIZE", ("minQty", 0.00000001m), ("maxQty", 9000m), ("stepSize", 0.00000001m));
        WriteFilter(json, "MARKET_LOT_SIZE", ("minQty", 0m), ("maxQty", 100m), ("stepSize", 0m));
        json.WriteEndArray();
        json.WritePropertyName("permissions");
        json.WriteRawValue("[]");
        json.WritePropertyName("permissionSets");
        json.WriteRawValue("""[["SPOT"]]""");
        json.WriteString("defaultSelfTradePreventionMode", "EXPIRE_MAKER");
        json.WritePropertyName("allowedSelfTradePreventionModes");
        json.WriteRawValue("""["EXPIRE_TAKER","EXPIRE_MAKER","EXPIRE_BOTH"]""");
        json.WriteEndObject();
    }

    private static void WriteFilter(Utf8JsonWriter json, string type, params (string Name, decimal Value)[] values)
    {
        json.WriteStartObject();
        json.WriteString("filterType", type);
        foreach (var (name, value) in values)
        {
            json.WriteString(name, BinanceMarket.Eight(value));
        }

        json.WriteEndObject();
    }
}
