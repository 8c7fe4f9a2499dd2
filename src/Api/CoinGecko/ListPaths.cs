using System.Buffers;
using System.Text;
using System.Text.Json;
using AkkaCrypto.Api.Hosting;

namespace AkkaCrypto.Api.CoinGecko;

/// <summary><c>/ping</c>, <c>/simple/supported_vs_currencies</c> and <c>/coins/list</c>.</summary>
public sealed class ListPaths(CoinCatalogue catalogue, CoinAnswers cache)
{
    private static readonly Answer Pong = Answer.Of(Encoding.UTF8.GetBytes("""{"gecko_says":"(V3) To the Moon!"}"""));

    /// <param name="Platforms">Contract addresses too.</param>
    /// <param name="Inactive">Coins that are no longer traded: which these are is not asked for, so the list is empty.</param>
    public sealed record CoinsRequest(bool Platforms, bool Inactive);

    public static NoRequest ParseNone(CoinGeckoQuery query) => NoRequest.Instance;

    public static CoinsRequest ParseCoins(CoinGeckoQuery query) =>
        new(query.Flag("include_platform"), query.Optional("status") == "inactive");

    public static ValueTask<Answer> Ping(NoRequest request, CancellationToken cancellationToken) => new(Pong);

    public CoinRead<NoRequest> Currencies => new(cache, static (_, _) => "v3/currencies", (_, _) => LoadCurrenciesAsync());

    public CoinRead<CoinsRequest> Coins => new(
        cache,
        static (_, request) => $"v3/coins|{request.Platforms}|{request.Inactive}",
        (_, request) => LoadCoinsAsync(request));

    private async Task<Answer> LoadCurrenciesAsync()
    {
        var lists = await catalogue.ReadAsync();
        var buffer = new ArrayBufferWriter<byte>(8 * lists.Currencies.Count);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            foreach (var currency in lists.Currencies)
            {
                json.WriteStringValue(currency);
            }

            json.WriteEndArray();
        }

        return Answer.Of(buffer.WrittenMemory);
    }

    private async Task<Answer> LoadCoinsAsync(CoinsRequest request)
    {
        var lists = await catalogue.ReadAsync();
        var buffer = new ArrayBufferWriter<byte>(64 * lists.Coins.Count);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            foreach (var coin in lists.Coins)
            {
                // One that is only configured has no symbol: it is not known to be a coin yet.
                if (!request.Inactive && coin is { Symbol: not null, Name: not null })
                {
                    WriteCoin(json, coin, request.Platforms);
                }
            }

            json.WriteEndArray();
        }

        return Answer.Of(buffer.WrittenMemory);
    }

    private static void WriteCoin(Utf8JsonWriter json, Coin coin, bool platforms)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, coin.Id);
        json.WriteString("symbol"u8, coin.Symbol);
        json.WriteString("name"u8, coin.Name);
        if (platforms)
        {
            json.WritePropertyName("platforms"u8);
            json.WriteRawValue(coin.Platforms ?? "{}");
        }

        json.WriteEndObject();
    }
}
