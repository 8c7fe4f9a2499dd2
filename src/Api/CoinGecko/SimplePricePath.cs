using System.Buffers;
using System.Text.Json;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Api.Market;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Text;

namespace AkkaCrypto.Api.CoinGecko;

/// <summary>
/// <c>/simple/price</c>: <c>{"bitcoin":{"usd":76975,"usd_market_cap":…,"usd_24h_vol":…,"usd_24h_change":…,"last_updated_at":…}}</c>.
/// Unknown coins and currencies are left out. Looked up by name or symbol, a coin stands under what was asked for; of a symbol's tokens
/// <c>include_tokens=all</c> shows each under its id.
/// </summary>
public sealed class SimplePricePath(CoinCatalogue catalogue, CoinPrices prices, CoinAnswers cache)
{
    private const int MostSymbolsOfAll = 50;

    /// <param name="By">Of the three ways to look up, the first that is given: ids, names, symbols.</param>
    /// <param name="Key">Equal for queries that mean the same.</param>
    public sealed record Request(
        string By, IReadOnlyList<string> Coins, IReadOnlyList<string> Currencies, bool AllTokens, bool MarketCap, bool Volume, bool Change,
        bool LastUpdated, Precision Precision, string Key);

    public static Request Parse(CoinGeckoQuery query)
    {
        var currencies = query.Required("vs_currencies").ToLowerInvariant();
        var by = ((string[])["ids", "names", "symbols"]).FirstOrDefault(name => query.Optional(name) is not null) ?? "ids";
        query.Required(by);
        var coins = query.List(by);
        var (cap, volume, change, updated) = (
            query.Flag("include_market_cap"), query.Flag("include_24hr_vol"), query.Flag("include_24hr_change"),
            query.Flag("include_last_updated_at"));
        var all = query.Optional("include_tokens") == "all" && by == "symbols";
        if (all && coins.Count > MostSymbolsOfAll)
        {
            query.Refuse(CoinGeckoErrors.Invalid("symbols"));
        }

        var precision = query.Precision();
        IReadOnlyList<string> quoted = [.. query.List("vs_currencies").Select(currency => currency.ToLowerInvariant()).Distinct()];
        return new Request(
            by, coins, quoted, all, cap, volume, change, updated, precision,
            $"v3/simple/price|{by}|{string.Join(',', coins)}|{currencies}|{all}|{cap}|{volume}|{change}|{updated}|{precision}");
    }

    public CoinRead<Request> Read => new(cache, static (_, request) => request.Key, (_, request) => LoadAsync(request));

    private async Task<Answer> LoadAsync(Request request)
    {
        var lists = await catalogue.ReadAsync();
        var coins = Coins(request, lists);
        IReadOnlyList<string> assets = [.. coins.Select(coin => coin.Coin.Id).Distinct()];
        IReadOnlyList<string> currencies = [.. request.Currencies.Where(lists.HasCurrency)];
        if (assets.Count == 0 || currencies.Count == 0)
        {
            return Encode(request, coins, currencies, []);
        }

        var found = await prices.ReadAsync(assets, currencies);
        if (await prices.RefreshAsync(assets, currencies, found) is { } problem)
        {
            return problem;
        }

        return Encode(request, coins, currencies, await prices.ReadAsync(assets, currencies));
    }

    private static List<(string Key, Coin Coin)> Coins(Request request, CoinLists lists)
    {
        IEnumerable<(string, Coin)> Of(string asked) => request.By switch
        {
            "ids" => lists.Find(asked) is { } coin ? [(asked, coin)] : [],
            "names" => lists.WithName(asked).Take(1).Select(coin => (asked, coin)),
            _ when request.AllTokens => lists.WithSymbol(asked).Take(CoinGeckoQuery.MostItems).Select(coin => (coin.Id, coin)),
            _ => lists.WithSymbol(asked).Take(1).Select(coin => (asked.ToLowerInvariant(), coin)),
        };
        return [.. request.Coins.SelectMany(Of).DistinctBy(coin => coin.Item1).Take(CoinGeckoQuery.MostItems)];
    }

    private static Answer Encode(
        Request request, List<(string Key, Coin Coin)> coins, IReadOnlyList<string> currencies,
        Dictionary<(string Asset, string Currency), AssetPrice> found)
    {
        var buffer = new ArrayBufferWriter<byte>(64 + (64 * coins.Count));
        ProviderTime? oldest = null;
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach (var (key, coin) in coins)
            {
                var quotes = currencies.Select(currency => found.GetValueOrDefault((coin.Id, currency)));
                List<AssetPrice> shown = [.. quotes.OfType<AssetPrice>()];
                var updated = shown.Count == 0 ? null : shown.Min(price => price.Time);
                oldest = oldest is null || updated < oldest ? updated ?? oldest : oldest;
                json.WriteStartObject(key);
                foreach (var price in shown)
                {
                    WritePrice(json, request, price);
                }

                if (request.LastUpdated && shown.Count > 0)
                {
                    WriteSeconds(json, updated);
                }

                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        return oldest is { } at
            ? Answer.Of(buffer.WrittenMemory, at.ToDateTimeOffset(), at.ToString(), freshness: null)
            : Answer.Of(buffer.WrittenMemory);
    }

    private static void WritePrice(Utf8JsonWriter json, Request request, AssetPrice price)
    {
        json.WritePropertyName(price.Currency);
        request.Precision.Write(json, price.Price);
        if (request.MarketCap)
        {
            Write(json, price.Currency + "_market_cap", price.MarketCap);
        }

        if (request.Volume)
        {
            Write(json, price.Currency + "_24h_vol", price.Volume24h);
        }

        if (request.Change)
        {
            Write(json, price.Currency + "_24h_change", price.Change24h);
        }
    }

    private static void Write(Utf8JsonWriter json, string name, MarketNumber? value)
    {
        json.WritePropertyName(name);
        default(Precision).Write(json, value);
    }

    private static void WriteSeconds(Utf8JsonWriter json, ProviderTime? time)
    {
        if (time is { } known)
        {
            json.WriteNumber("last_updated_at"u8, known.ToDateTimeOffset().ToUnixTimeSeconds());
        }
        else
        {
            json.WriteNull("last_updated_at"u8);
        }
    }
}
