using System.Buffers;
using System.Text.Json;
using AkkaCrypto.Api.Errors;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Market;

namespace AkkaCrypto.Api.CoinGecko;

/// <summary>
/// <c>/coins/{id}</c>: all that CoinGecko says of a coin, in its own words and digits, without the parts that are not wanted.
/// </summary>
public sealed class CoinPath(
    CoinCatalogue catalogue, ICoinReads store, CoinDemand demand, CoinAnswers cache, bool anyCoin, TimeSpan maxAge,
    TimeProvider time)
{
    private const string Dataset = "coin_details";

    /// <param name="Without">Members of the object that are left out.</param>
    public sealed record Request(IReadOnlySet<string> Without, bool Sparkline, string Key);

    public static Request Parse(CoinGeckoQuery query)
    {
        string[] parts = ["localization", "tickers", "market_data", "community_data", "developer_data"];
        var without = parts.Where(part => !query.Flag(part, whenAbsent: true)).ToHashSet(StringComparer.Ordinal);
        if (!query.Flag("include_categories_details"))
        {
            without.Add("categories_details");
        }

        var sparkline = query.Flag("sparkline");
        return new Request(without, sparkline, $"{string.Join(',', without)}|{sparkline}");
    }

    public CoinRead<Request> Read => new(cache, static (id, request) => $"v3/coin|{id}|{request.Key}", LoadAsync);

    private async Task<Answer> LoadAsync(string id, Request request)
    {
        if ((await catalogue.ReadAsync()).Find(id) is null)
        {
            return CoinGeckoErrors.CoinNotFound;
        }

        var stored = await store.DocumentAsync(Dataset, id);
        var what = $"{Dataset}/{id}";
        if ((stored is null || time.GetUtcNow() - TimeOf(stored) > maxAge) && !demand.WasAsked(what, maxAge))
        {
            var otherwise = demand.Refusal($"the coin {id}", stored is null ? null : TimeOf(stored), maxAge);
            Problem? problem = await demand.AskAsync(
                Dataset, [what],
                feed => anyCoin || feed.Settings.Assets.Contains(id) ? feed.SeriesOf(feed.Settings with { Assets = [id] }) : [], otherwise);
            if (problem is not null)
            {
                return problem;
            }

            stored = await store.DocumentAsync(Dataset, id);
        }

        if (stored is null)
        {
            return anyCoin ? demand.Refusal($"the coin {id}", null, maxAge) : CoinGeckoErrors.CoinNotFound;
        }

        var at = stored.Time ?? ProviderTime.From(stored.ReceivedAt, 3);
        return Answer.Of(Encode(stored.Json, request), at.ToDateTimeOffset(), at.ToString(), freshness: null);
    }

    private static DateTimeOffset TimeOf(StoredDocument stored) => stored.Time?.ToDateTimeOffset() ?? stored.ReceivedAt;

    private static ReadOnlyMemory<byte> Encode(string document, Request request)
    {
        var buffer = new ArrayBufferWriter<byte>(document.Length);
        using (var json = new Utf8JsonWriter(buffer))
        {
            using var parsed = JsonDocument.Parse(document);
            json.WriteStartObject();
            foreach (var member in parsed.RootElement.EnumerateObject().Where(member => !request.Without.Contains(member.Name)))
            {
                if (member is { Name: "market_data", Value.ValueKind: JsonValueKind.Object } && !request.Sparkline)
                {
                    WriteWithoutSparkline(json, member);
                }
                else
                {
                    member.WriteTo(json);
                }
            }

            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    private static void WriteWithoutSparkline(Utf8JsonWriter json, JsonProperty marketData)
    {
        json.WriteStartObject(marketData.Name);
        foreach (var member in marketData.Value.EnumerateObject().Where(member => member.Name != "sparkline_7d"))
        {
            member.WriteTo(json);
        }

        json.WriteEndObject();
    }
}
