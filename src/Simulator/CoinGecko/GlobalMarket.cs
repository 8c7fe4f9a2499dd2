using AkkaCrypto.Simulator.Market;
using Microsoft.AspNetCore.Http;

namespace AkkaCrypto.Simulator.CoinGecko;

/// <summary><c>/global</c>: totals over all coins in every currency, and shares of the greatest.</summary>
internal sealed class GlobalMarket(MarketModel market, TimeProvider time)
{
    private const int Markets = 1_476;

    public Task HandleAsync(HttpContext context)
    {
        var at = Display.LastUpdate(time.GetUtcNow());
        return JsonReply.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteStartObject("data");
            json.WriteNumber("active_cryptocurrencies", Catalogue.Assets.Count);
            json.WriteNumber("upcoming_icos", 0);
            json.WriteNumber("ongoing_icos", 49);
            json.WriteNumber("ended_icos", 3_376);
            json.WriteNumber("markets", Markets);
            json.WriteStartObject("total_market_cap");
            foreach (var currency in Catalogue.Currencies)
            {
                json.Number(currency, Display.Long(CapOf(currency, at)));
            }

            json.WriteEndObject();
            json.WriteStartObject("total_volume");
            foreach (var currency in Catalogue.Currencies)
            {
                json.Number(currency, Display.Long(VolumeOf(currency, at)));
            }

            json.WriteEndObject();
            json.WriteStartObject("market_cap_percentage");
            var all = CapOf("usd", at);
            foreach (var asset in Catalogue.Assets.OrderByDescending(asset => market.MarketCap(asset, "usd", at)).Take(10))
            {
                json.Number(asset.Symbol, Display.Long(market.MarketCap(asset, "usd", at) / all * 100));
            }

            json.WriteEndObject();
            json.Number("market_cap_change_percentage_24h_usd", Display.Long(Display.Change(CapOf("usd", at.AddDays(-1)), all)));
            json.Number(
                "volume_change_percentage_24h_usd", Display.Long(Display.Change(VolumeOf("usd", at.AddDays(-1)), VolumeOf("usd", at))));
            json.WriteNumber("updated_at", at.ToUnixTimeSeconds());
            json.WriteEndObject();
            json.WriteEndObject();
        });
    }

    private decimal CapOf(string currency, DateTimeOffset at) => Catalogue.Assets.Sum(asset => market.MarketCap(asset, currency, at));

    private decimal VolumeOf(string currency, DateTimeOffset at) => Catalogue.Assets.Sum(asset => market.Volume24h(asset, currency, at));
}
