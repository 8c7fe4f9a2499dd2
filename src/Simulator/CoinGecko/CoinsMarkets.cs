using System.Globalization;
using System.Text.Json;
using AkkaCrypto.Simulator.Market;
using Microsoft.AspNetCore.Http;

namespace AkkaCrypto.Simulator.CoinGecko;

/// <summary>
/// <c>/coins/markets</c>: one page of coins with every documented field. Unlike <c>/simple/price</c> it ignores spaces around ids.
/// </summary>
internal sealed class CoinsMarkets(MarketModel market, TimeProvider time)
{
    private const int MostPerPage = 250;
    private const int SparklinePoints = 168;
    private const decimal CoinWithTenth = 1.0m;

    private static readonly (string Name, int Hours)[] Spans =
        [("1h", 1), ("24h", 24), ("7d", 7 * 24), ("14d", 14 * 24), ("30d", 30 * 24), ("200d", 200 * 24), ("1y", 365 * 24)];

    public Task HandleAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var currency = query["vs_currency"].ToString().ToLowerInvariant();
        if (currency.Length == 0)
        {
            return CoinGeckoErrors.Missing(context, "vs_currency");
        }

        if (!Catalogue.Currencies.Contains(currency))
        {
            return CoinGeckoErrors.Invalid(context, "vs_currency");
        }

        if (!Display.TryPrecision(context, out var precision) || !TryNumber(query["per_page"], 100, MostPerPage, out var perPage)
            || !TryNumber(query["page"], 1, int.MaxValue / MostPerPage, out var page))
        {
            return CoinGeckoErrors.Invalid(context, "precision, per_page or page");
        }

        var at = Display.LastUpdate(time.GetUtcNow());
        var rows = Ordered(Chosen(query), query["order"].ToString(), at).Skip((page - 1) * perPage).Take(perPage).ToList();
        return JsonReply.WriteAsync(context, json =>
        {
            json.WriteStartArray();
            foreach (var asset in rows)
            {
                json.WriteStartObject();
                new Row(json, market, asset, currency, precision, at).Write(Rank(asset, at), context);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }

    private static IEnumerable<Asset> Chosen(IQueryCollection query)
    {
        static HashSet<string> Names(string list) => [.. list.Split(',', StringSplitOptions.TrimEntries)];

        if (query["ids"].ToString() is { Length: > 0 } ids)
        {
            return Catalogue.Assets.Where(a => Names(ids).Contains(a.Id));
        }

        return query["symbols"].ToString() is { Length: > 0 } symbols
            ? Catalogue.Assets.Where(a => Names(symbols).Contains(a.Symbol))
            : Catalogue.Assets;
    }

    private IEnumerable<Asset> Ordered(IEnumerable<Asset> assets, string order, DateTimeOffset at) => order switch
    {
        "market_cap_asc" => assets.OrderBy(a => market.MarketCap(a, "usd", at)),
        "volume_desc" => assets.OrderByDescending(a => market.Volume24h(a, "usd", at)),
        "volume_asc" => assets.OrderBy(a => market.Volume24h(a, "usd", at)),
        "id_asc" => assets.OrderBy(a => a.Id, StringComparer.Ordinal),
        "id_desc" => assets.OrderByDescending(a => a.Id, StringComparer.Ordinal),
        _ => assets.OrderByDescending(a => market.MarketCap(a, "usd", at)),
    };

    private int Rank(Asset asset, DateTimeOffset at)
    {
        var own = market.MarketCap(asset, "usd", at);
        return 1 + Catalogue.Assets.Count(a => market.MarketCap(a, "usd", at) > own);
    }

    private static bool TryNumber(string? text, int without, int most, out int number)
    {
        number = without;
        return text is null || (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= 1
            && number <= most);
    }

    private sealed class Row(Utf8JsonWriter json, MarketModel market, Asset asset, string currency, string? precision, DateTimeOffset at)
    {
        private readonly decimal price = market.Price(asset, currency, at);
        private readonly decimal before = market.Price(asset, currency, at.AddDays(-1));

        public void Write(int rank, HttpContext context)
        {
            json.WriteString("id", asset.Id);
            json.WriteString("symbol", asset.Symbol);
            json.WriteString("name", asset.Name);
            json.WriteString("image", $"https://coin-images.coingecko.com/coins/images/{asset.Image}/large/{asset.Id}.png?1696501400");
            json.Number("current_price", Shown(price));
            WriteCap(rank);
            WriteDay();
            WriteSupply();
            WriteExtreme("ath", market.TimeOfAllTimeHigh(asset, currency, at));
            WriteExtreme("atl", market.TimeOfAllTimeLow(asset, currency, at));
            json.WriteNull("roi");
            json.WriteString("last_updated", Iso(at));
            if (CoinGeckoRoutes.Flag(context, "include_rehypothecated"))
            {
                json.WriteNumber("market_cap_rank_with_rehypothecated", rank);
            }

            WriteExtras(context);
        }

        private void WriteCap(int rank)
        {
            json.Number("market_cap", Math.Round(market.MarketCap(asset, currency, at)));
            json.WriteNumber("market_cap_rank", rank);
            json.Number("fully_diluted_valuation", asset.MaxSupply is { } most ? Math.Round(most * price) : null);
            json.Number("total_volume", Math.Round(market.Volume24h(asset, currency, at)));
        }

        private void WriteDay()
        {
            var (cap, capBefore) = (market.MarketCap(asset, currency, at), market.MarketCap(asset, currency, at.AddDays(-1)));
            var next = at.AddSeconds(1);
            json.Number("high_24h", Shown(market.Price(asset, currency, market.TimeOfHigh(asset, currency, at.AddDays(-1), next))));
            json.Number("low_24h", Shown(market.Price(asset, currency, market.TimeOfLow(asset, currency, at.AddDays(-1), next))));
            json.Number("price_change_24h", Display.Long(price - before));
            json.Number("price_change_percentage_24h", Math.Round(Display.Change(before, price), 5));
            json.Number("market_cap_change_24h", Display.Long(cap - capBefore));
            json.Number("market_cap_change_percentage_24h", Math.Round(Display.Change(capBefore, cap), 5));
        }

        // Supplies are doubles at the provider and so carry ".0".
        private void WriteSupply()
        {
            var supply = market.Supply(asset, at) * CoinWithTenth;
            json.WriteNumber("circulating_supply", supply);
            json.WriteNumber("total_supply", supply);
            json.WritePropertyName("max_supply");
            if (asset.MaxSupply is { } most)
            {
                json.WriteNumberValue(most * CoinWithTenth);
            }
            else
            {
                json.WriteNullValue();
            }
        }

        private void WriteExtreme(string name, DateTimeOffset when)
        {
            var extreme = market.Price(asset, currency, when);
            json.Number(name, Shown(extreme));
            json.Number(name + "_change_percentage", Math.Round(Display.Change(extreme, price), 5));
            json.WriteString(name + "_date", Iso(when));
        }

        private void WriteExtras(HttpContext context)
        {
            if (CoinGeckoRoutes.Flag(context, "sparkline"))
            {
                json.WriteStartObject("sparkline_in_7d");
                json.WriteStartArray("price");
                for (var hour = SparklinePoints - 1; hour >= 0; hour--)
                {
                    json.NumberValue(Display.Long(market.Price(asset, currency, at.AddHours(-hour))));
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }

            var wanted = context.Request.Query["price_change_percentage"].ToString().Split(',', StringSplitOptions.TrimEntries);
            foreach (var (name, hours) in Spans.Where(s => wanted.Contains(s.Name)))
            {
                var then = market.Price(asset, currency, at.AddHours(-hours));
                json.Number($"price_change_percentage_{name}_in_currency", Display.Long(Display.Change(then, price)));
            }
        }

        private decimal Shown(decimal value) => Display.Price(value, currency, precision);

        private static string Iso(DateTimeOffset when) =>
            when.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
    }
}
