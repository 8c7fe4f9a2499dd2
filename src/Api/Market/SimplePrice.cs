using System.Buffers;
using System.Text.Json;
using AkkaCrypto.Api.Errors;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Api.Validation;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Text;

namespace AkkaCrypto.Api.Market;

/// <summary><c>/simple_price</c>: the latest price of assets in currencies.</summary>
public sealed class SimplePrice(
    LatestPrices prices, ConfiguredSeries configured, TimeSpan maxAge, TimeProvider time)
{
    private static readonly string[] Includes = ["market_cap", "volume_24h", "change_24h"];

    public static readonly IReadOnlyList<Parameter> Parameters =
    [
        new("assets", "Comma-separated CoinGecko ids, 1 to 250; a repeated one counts once.", "bitcoin,ethereum", Required: true),
        new("currencies", "Comma-separated lower-case tickers, 1 to 250; a repeated one counts once.", "usd,krw", Required: true),
        new("include", "Comma-separated: market_cap, volume_24h, change_24h (percent).", "market_cap"),
    ];

    /// <param name="Key">Equal for queries that mean the same.</param>
    public sealed record Request(IReadOnlyList<string> Assets, IReadOnlyList<string> Currencies, IReadOnlyList<string> Include, string Key);

    public static Request Parse(Query query)
    {
        var assets = query.Names("assets");
        var currencies = query.Tickers("currencies");
        string[] include = [.. Includes.Where(query.SomeOf("include", Includes).Contains)];
        return new Request(
            assets, currencies, include,
            $"simple_price|{string.Join(',', assets)}|{string.Join(',', currencies)}|{string.Join(',', include)}");
    }

    /// <summary>Shared by all who ask for it at the moment, so no single caller ends it.</summary>
    public async Task<Answer> LoadAsync(Request request, CancellationToken cancellationToken)
    {
        var found = await prices.ReadAsync(request.Assets, request.Currencies);
        return Missing(request, found) is { } refusal ? refusal : Encode(request, found);
    }

    /// <summary>The first thing that is unknown; else the first that is known but has no price yet.</summary>
    private Problem? Missing(Request request, IReadOnlyDictionary<(string Asset, string Currency), AssetPrice> found)
    {
        if (request.Assets.FirstOrDefault(
            asset => !configured.HasPriceAsset(asset) && !found.Keys.Any(key => key.Asset == asset)) is { } asset)
        {
            return Problem.Unknown("asset", asset);
        }

        if (request.Currencies.FirstOrDefault(
            currency => !configured.HasPriceCurrency(currency) && !found.Keys.Any(key => key.Currency == currency)) is { } currency)
        {
            return Problem.Unknown("currency", currency);
        }

        return request.Assets.SelectMany(_ => request.Currencies, (a, c) => (a, c)).Where(pair => !found.ContainsKey(pair))
            .Select(pair => Problem.NoDataYet($"the price of {pair.a} in {pair.c}")).FirstOrDefault();
    }

    private Answer Encode(Request request, IReadOnlyDictionary<(string Asset, string Currency), AssetPrice> found)
    {
        var buffer = new ArrayBufferWriter<byte>(128 * found.Count);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach (var asset in request.Assets)
            {
                json.WriteStartObject(asset);
                foreach (var currency in request.Currencies)
                {
                    json.WriteStartObject(currency);
                    WritePrice(json, found[(asset, currency)], request.Include);
                    json.WriteEndObject();
                }

                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        // The answer is as old as its oldest price. A price without a time of its own is as old as this read.
        var asked = request.Assets.SelectMany(_ => request.Currencies, (a, c) => found[(a, c)]);
        var now = ProviderTime.From(time.GetUtcNow(), 3);
        var oldest = asked.MinBy(price => price.Time?.UnixNanoseconds ?? long.MaxValue)!;
        var at = oldest.Time ?? now;
        return Answer.Of(
            buffer.WrittenMemory, at.ToDateTimeOffset(), at.ToString(),
            new Freshness($"the price of {oldest.Asset} in {oldest.Currency}", maxAge));
    }

    private static void WritePrice(Utf8JsonWriter json, AssetPrice price, IReadOnlyList<string> include)
    {
        json.WriteNumber("price"u8, price.Price);
        foreach (var field in include)
        {
            switch (field)
            {
                case "market_cap": json.WriteNumber("market_cap"u8, price.MarketCap); break;
                case "volume_24h": json.WriteNumber("volume_24h"u8, price.Volume24h); break;
                case "change_24h": json.WriteNumber("change_24h"u8, price.Change24h); break;
            }
        }

        json.WriteString("last_updated"u8, price.Time?.ToString());
    }
}
