using System.Buffers;
using System.Text.Json;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Api.Market;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Market;

namespace AkkaCrypto.Api.CoinGecko;

/// <summary><c>/global</c>: the whole market, <c>{"data":{…,"total_market_cap":{"btc":…},…,"updated_at":1779878351}}</c>.</summary>
public sealed class GlobalPath(
    ICoinReads store, CoinDemand demand, CoinAnswers cache, TimeSpan maxAge, TimeProvider time)
{
    private const string Dataset = "global";

    public CoinRead<NoRequest> Read => new(cache, static (_, _) => "v3/global", (_, _) => LoadAsync());

    private async Task<Answer> LoadAsync()
    {
        var markets = await store.GlobalAsync();
        var at = NewestOf(markets);
        if ((at is null || time.GetUtcNow() - at.Value.ToDateTimeOffset() > maxAge) && !demand.WasAsked(Dataset, maxAge))
        {
            var otherwise = demand.Refusal("the whole market", at?.ToDateTimeOffset(), maxAge);
            if (await demand.AskAsync(Dataset, [Dataset], feed => feed.Series, otherwise) is { } problem)
            {
                return problem;
            }

            markets = await store.GlobalAsync();
            at = NewestOf(markets);
        }

        return at is { } known
            ? Answer.Of(Encode(markets, known), known.ToDateTimeOffset(), known.ToString(), freshness: null)
            : demand.Refusal("the whole market", null, maxAge);
    }

    private static ProviderTime? NewestOf(IReadOnlyList<GlobalMarket> markets) =>
        markets.Count == 0 ? null : markets.Max(market => market.Time);

    private static ReadOnlyMemory<byte> Encode(IReadOnlyList<GlobalMarket> markets, ProviderTime at)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject("data"u8);
            var figures = markets[0].Figures;
            Write(json, "active_cryptocurrencies"u8, figures?.ActiveCryptocurrencies);
            Write(json, "upcoming_icos"u8, figures?.UpcomingIcos);
            Write(json, "ongoing_icos"u8, figures?.OngoingIcos);
            Write(json, "ended_icos"u8, figures?.EndedIcos);
            Write(json, "markets"u8, figures?.Markets);
            WriteEach(json, "total_market_cap"u8, markets, market => market.MarketCap);
            WriteEach(json, "total_volume"u8, markets, market => market.Volume24h);
            json.WritePropertyName("market_cap_percentage"u8);
            json.WriteRawValue(figures?.MarketCapPercentage ?? "{}");
            json.WriteNumber("market_cap_change_percentage_24h_usd"u8, figures?.MarketCapChangePercentage24hUsd);
            json.WriteNumber("volume_change_percentage_24h_usd"u8, figures?.VolumeChangePercentage24hUsd);
            json.WriteNumber("updated_at"u8, at.ToDateTimeOffset().ToUnixTimeSeconds());
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    private static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> name, long? count)
    {
        if (count is { } known)
        {
            json.WriteNumber(name, known);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    private static void WriteEach(
        Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<GlobalMarket> markets, Func<GlobalMarket, MarketNumber?> value)
    {
        json.WriteStartObject(name);
        foreach (var market in markets)
        {
            if (value(market) is { } known)
            {
                json.WriteNumber(market.Currency, known);
            }
        }

        json.WriteEndObject();
    }
}
