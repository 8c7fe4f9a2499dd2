using System.Buffers;
using System.Text;
using System.Text.Json;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Pipeline.Feeds.CoinGecko;
using AkkaCrypto.Pipeline.Market;

namespace AkkaCrypto.Api.CoinGecko;

/// <summary>
/// <c>/search</c>: what CoinGecko found for the words; where it can't be asked, the listed coins that have them in id, symbol or name,
/// greatest market cap first, and no exchanges, categories and NFTs, of which nothing is stored.
/// </summary>
public sealed class SearchPath(
    CoinCatalogue catalogue, ICoinReads store, CoinDemand demand, CoinAnswers cache, TimeSpan maxAge,
    TimeProvider time)
{
    private const string Dataset = "coin_search";
    private const int LongestQuery = 100;
    private const int MostCoins = 25;

    public sealed record Request(string Words);

    public static Request Parse(CoinGeckoQuery query)
    {
        var words = query.Required("query").Trim().ToLowerInvariant();
        if (words.Length > LongestQuery || words.Any(char.IsControl))
        {
            query.Refuse(CoinGeckoErrors.Invalid("query"));
        }

        return new Request(words);
    }

    public CoinRead<Request> Read => new(cache, static (_, request) => $"v3/search|{request.Words}", (_, request) => LoadAsync(request));

    private async Task<Answer> LoadAsync(Request request)
    {
        var stored = request.Words.Length == 0 ? null : await store.DocumentAsync(Dataset, request.Words);
        var what = $"{Dataset}/{request.Words}";
        if (request.Words.Length > 0 && (stored is null || time.GetUtcNow() - stored.ReceivedAt > maxAge) && !demand.WasAsked(what, maxAge))
        {
            var otherwise = demand.Refusal("searches", stored?.ReceivedAt, maxAge);
            stored = await demand.AskAsync(Dataset, [what], _ => [CoinSearchRequests.Request(request.Words)], otherwise) is null
                ? await store.DocumentAsync(Dataset, request.Words)
                : null;
        }

        return Answer.Of(stored is not null ? Encoding.UTF8.GetBytes(stored.Json) : Encode(await catalogue.ReadAsync(), request.Words));
    }

    private static ReadOnlyMemory<byte> Encode(CoinLists lists, string words)
    {
        bool Holds(string? text) => text is not null && text.Contains(words, StringComparison.OrdinalIgnoreCase);
        var coins = words.Length == 0 ? []
            : CoinLists.ByRank(lists.Coins.Where(coin => Holds(coin.Id) || Holds(coin.Symbol) || Holds(coin.Name))).Take(MostCoins);
        var buffer = new ArrayBufferWriter<byte>(4096);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartArray("coins"u8);
            foreach (var coin in coins)
            {
                WriteCoin(json, coin);
            }

            json.WriteEndArray();
            foreach (var empty in (string[])["exchanges", "icos", "categories", "nfts"])
            {
                json.WriteStartArray(empty);
                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    private static void WriteCoin(Utf8JsonWriter json, Coin coin)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, coin.Id);
        json.WriteString("name"u8, coin.Name ?? coin.Id);
        json.WriteString("api_symbol"u8, coin.Id);
        json.WriteString("symbol"u8, coin.Symbol?.ToUpperInvariant() ?? "");
        if (coin.Rank is { } rank)
        {
            json.WriteNumber("market_cap_rank"u8, rank);
        }
        else
        {
            json.WriteNull("market_cap_rank"u8);
        }

        json.WriteString("thumb"u8, CoinImage.Thumb(coin.Image));
        json.WriteString("large"u8, CoinImage.Large(coin.Image));
        json.WriteEndObject();
    }
}
