using AkkaCrypto.Simulator.Market;
using Microsoft.AspNetCore.Http;

namespace AkkaCrypto.Simulator.CoinGecko;

/// <summary><c>/search?query=</c>: coins whose id, symbol or name holds the words, greatest market cap first.</summary>
internal sealed class SearchCoins(MarketModel market, TimeProvider time)
{
    public Task HandleAsync(HttpContext context)
    {
        var query = context.Request.Query["query"].ToString().Trim();
        if (query.Length == 0)
        {
            return CoinGeckoErrors.Missing(context, "query");
        }

        var at = Display.LastUpdate(time.GetUtcNow());
        var ranked = Catalogue.Assets.OrderByDescending(asset => market.MarketCap(asset, "usd", at)).ToList();
        bool Holds(string text) => text.Contains(query, StringComparison.OrdinalIgnoreCase);
        return JsonReply.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("coins");
            foreach (var asset in ranked.Where(asset => Holds(asset.Id) || Holds(asset.Symbol) || Holds(asset.Name)))
            {
                json.WriteStartObject();
                json.WriteString("id", asset.Id);
                json.WriteString("name", asset.Name);
                json.WriteString("api_symbol", asset.Id);
                json.WriteString("symbol", asset.Symbol.ToUpperInvariant());
                json.WriteNumber("market_cap_rank", ranked.IndexOf(asset) + 1);
                foreach (var size in new[] { "thumb", "large" })
                {
                    json.WriteString(size, $"https://coin-images.coingecko.com/coins/images/{asset.Image}/{size}/{asset.Id}.png");
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
            foreach (var empty in new[] { "exchanges", "icos", "categories", "nfts" })
            {
                json.WriteStartArray(empty);
                json.WriteEndArray();
            }

            json.WriteEndObject();
        });
    }
}
