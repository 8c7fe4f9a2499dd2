using System.Text.Json;
using AkkaCrypto.Simulator.Market;

namespace AkkaCrypto.Simulator.CoinGecko;

/// <summary>The coin's figures in every currency.</summary>
internal sealed class CoinMarketData(Utf8JsonWriter json, MarketModel market, Asset asset, DateTimeOffset at)
{
    private const int SparklinePoints = 168;

    private static readonly (string Name, int Days)[] Spans =
        [("24h", 1), ("7d", 7), ("14d", 14), ("30d", 30), ("60d", 60), ("200d", 200), ("1y", 365)];

    public void Write(int rank, bool sparkline)
    {
        json.WriteStartObject("market_data");
        Each("current_price", currency => Price(currency, at));
        foreach (var unknown in new[] { "total_value_locked", "mcap_to_tvl_ratio", "fdv_to_tvl_ratio", "roi" })
        {
            json.WriteNull(unknown);
        }

        WriteExtreme("ath", currency => market.TimeOfAllTimeHigh(asset, currency, at));
        WriteExtreme("atl", currency => market.TimeOfAllTimeLow(asset, currency, at));
        Each("market_cap", currency => Math.Round(market.MarketCap(asset, currency, at)));
        Each("fully_diluted_valuation", currency => Math.Round((asset.MaxSupply ?? market.Supply(asset, at)) * Price(currency, at)));
        json.WriteNumber("market_cap_fdv_ratio", 1);
        json.WriteNumber("market_cap_rank", rank);
        json.WriteNull("outstanding_token_value_usd");
        json.WriteNumber("market_cap_rank_with_rehypothecated", rank);
        Each("total_volume", currency => Math.Round(market.Volume24h(asset, currency, at)));
        Each("high_24h", currency => Price(currency, market.TimeOfHigh(asset, currency, at.AddDays(-1), at.AddSeconds(1))));
        Each("low_24h", currency => Price(currency, market.TimeOfLow(asset, currency, at.AddDays(-1), at.AddSeconds(1))));
        WriteChanges();
        WriteSupply();
        json.WriteString("last_updated", CoinPage.Iso(at));
        if (sparkline)
        {
            WriteSparkline();
        }

        json.WriteEndObject();
    }

    /// <summary>Looking for an extreme walks through years: once a currency.</summary>
    private void WriteExtreme(string name, Func<string, DateTimeOffset> find)
    {
        var when = Catalogue.Currencies.ToDictionary(currency => currency, find);
        Each(name, currency => Price(currency, when[currency]));
        Each(name + "_change_percentage", currency => Percent(Price(currency, when[currency]), Price(currency, at)));
        json.WriteStartObject(name + "_date");
        foreach (var currency in Catalogue.Currencies)
        {
            json.WriteString(currency, CoinPage.Iso(when[currency]));
        }

        json.WriteEndObject();
    }

    private void WriteChanges()
    {
        json.Number("price_change_24h", Display.Long(Price("usd", at) - Price("usd", at.AddDays(-1))));
        foreach (var (name, days) in Spans)
        {
            json.Number($"price_change_percentage_{name}", Percent(Price("usd", at.AddDays(-days)), Price("usd", at)));
        }

        json.Number("market_cap_change_24h", Display.Long(Cap("usd", at) - Cap("usd", at.AddDays(-1))));
        json.Number("market_cap_change_percentage_24h", Percent(Cap("usd", at.AddDays(-1)), Cap("usd", at)));
        Each("price_change_24h_in_currency", currency => Display.Long(Price(currency, at) - Price(currency, at.AddDays(-1))));
        Each("price_change_percentage_1h_in_currency", currency => Percent(Price(currency, at.AddHours(-1)), Price(currency, at)));
        foreach (var (name, days) in Spans)
        {
            Each($"price_change_percentage_{name}_in_currency",
                currency => Percent(Price(currency, at.AddDays(-days)), Price(currency, at)));
        }

        Each("market_cap_change_24h_in_currency", currency => Display.Long(Cap(currency, at) - Cap(currency, at.AddDays(-1))));
        Each("market_cap_change_percentage_24h_in_currency", currency => Percent(Cap(currency, at.AddDays(-1)), Cap(currency, at)));
    }

    private void WriteSupply()
    {
        json.WriteNumber("total_supply", market.Supply(asset, at));
        json.Number("max_supply", asset.MaxSupply);
        json.WriteBoolean("max_supply_infinite", asset.MaxSupply is null);
        json.WriteNumber("circulating_supply", market.Supply(asset, at));
        json.WriteNull("outstanding_supply");
    }

    private void WriteSparkline()
    {
        json.WriteStartArray("sparkline_7d");
        for (var hour = SparklinePoints - 1; hour >= 0; hour--)
        {
            json.NumberValue(Display.Long(Price("usd", at.AddHours(-hour))));
        }

        json.WriteEndArray();
    }

    private void Each(string name, Func<string, decimal?> value) => CoinPage.Currencies(json, name, value);

    private decimal Price(string currency, DateTimeOffset when) => Display.Long(market.Price(asset, currency, when));

    private decimal Cap(string currency, DateTimeOffset when) => market.MarketCap(asset, currency, when);

    private static decimal Percent(decimal before, decimal now) => Math.Round(Display.Change(before, now), 5);
}
