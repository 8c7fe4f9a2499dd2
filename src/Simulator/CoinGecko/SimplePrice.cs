using System.Text.Json;
using AkkaCrypto.Simulator.Market;
using Microsoft.AspNetCore.Http;

namespace AkkaCrypto.Simulator.CoinGecko;

/// <summary>
/// <c>/simple/price</c>: <c>{"bitcoin":{"usd":49253,"usd_market_cap":…,"usd_24h_vol":…,"usd_24h_change":…,"last_updated_at":…}}</c>. An
/// unknown id, also one with a space before it, is left out; an unknown currency leaves an empty object; both under HTTP 200.
/// </summary>
internal sealed class SimplePrice(MarketModel market, TimeProvider time)
{
    public Task HandleAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var wanted = Wanted(query);
        if (wanted is null)
        {
            return CoinGeckoErrors.Missing(context, "ids");
        }

        if (string.IsNullOrEmpty(query["vs_currencies"]))
        {
            return CoinGeckoErrors.Missing(context, "vs_currencies");
        }

        if (!Display.TryPrecision(context, out var precision))
        {
            return CoinGeckoErrors.Invalid(context, "precision");
        }

        var currencies = query["vs_currencies"].ToString().Split(',').Where(Catalogue.Currencies.Contains).Distinct().ToList();
        return JsonReply.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            foreach (var asset in wanted)
            {
                json.WriteStartObject(asset.Id);
                WriteAsset(json, context, asset, currencies, precision);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        });
    }

    private static List<Asset>? Wanted(IQueryCollection query)
    {
        static List<Asset> Pick(string list, Func<Asset, string> name) =>
            [.. list.Split(',').Select(part => Catalogue.Assets.FirstOrDefault(a => name(a) == part)).OfType<Asset>().Distinct()];

        return (query["ids"].ToString(), query["symbols"].ToString(), query["names"].ToString()) switch
        {
            ({ Length: > 0 } ids, _, _) => Pick(ids, a => a.Id),
            (_, { Length: > 0 } symbols, _) => Pick(symbols.ToLowerInvariant(), a => a.Symbol),
            (_, _, { Length: > 0 } names) => Pick(names, a => a.Name),
            _ => null,
        };
    }

    private void WriteAsset(Utf8JsonWriter json, HttpContext context, Asset asset, List<string> currencies, string? precision)
    {
        var at = Display.LastUpdate(time.GetUtcNow());
        foreach (var currency in currencies)
        {
            var price = market.Price(asset, currency, at);
            json.Number(currency, Display.Price(price, currency, precision));
            if (CoinGeckoRoutes.Flag(context, "include_market_cap"))
            {
                json.Number(currency + "_market_cap", Display.Long(market.MarketCap(asset, currency, at)));
            }

            if (CoinGeckoRoutes.Flag(context, "include_24hr_vol"))
            {
                json.Number(currency + "_24h_vol", Display.Long(market.Volume24h(asset, currency, at)));
            }

            if (CoinGeckoRoutes.Flag(context, "include_24hr_change"))
            {
                json.Number(currency + "_24h_change", Display.Long(Display.Change(market.Price(asset, currency, at.AddDays(-1)), price)));
            }
        }

        if (CoinGeckoRoutes.Flag(context, "include_last_updated_at") && currencies.Count > 0)
        {
            json.WriteNumber("last_updated_at", at.ToUnixTimeSeconds());
        }
    }
}
