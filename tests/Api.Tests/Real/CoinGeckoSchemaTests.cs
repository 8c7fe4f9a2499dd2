using System.Text.Json;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Servers;

namespace AkkaCrypto.Api.Tests.Real;

/// <summary>Our answers against the response schemas of CoinGecko's own OpenAPI document.</summary>
[Collection(ServerFixture.Collection)]
public sealed class CoinGeckoSchemaTests(CoinGeckoFixture fixture) : IClassFixture<CoinGeckoFixture>
{
    /// <summary>One request for each path that is declared.</summary>
    public static readonly TheoryData<string, string> Requests = new()
    {
        { "/ping", "/ping" },
        { "/simple/price", "/simple/price?ids=bitcoin,solana&vs_currencies=usd,krw&include_market_cap=true&include_last_updated_at=true" },
        { "/simple/supported_vs_currencies", "/simple/supported_vs_currencies" },
        { "/coins/list", "/coins/list?include_platform=true" },
        { "/coins/markets", "/coins/markets?vs_currency=usd&sparkline=true&price_change_percentage=1h,1y&include_rehypothecated=true" },
        { "/coins/{id}", "/coins/bitcoin?sparkline=true&include_categories_details=true" },
        { "/coins/{id}/market_chart", "/coins/bitcoin/market_chart?vs_currency=usd&days=1" },
        { "/coins/{id}/market_chart/range", "/coins/bitcoin/market_chart/range?vs_currency=usd&from=1769428800&to=1769860800" },
        { "/coins/{id}/ohlc", "/coins/bitcoin/ohlc?vs_currency=usd&days=7" },
        { "/coins/{id}/history", "/coins/bitcoin/history?date=30-12-2025" },
        { "/search", "/search?query=coin" },
        { "/global", "/global" },
    };

    [SharedTheory]
    [MemberData(nameof(Requests))]
    public async Task Answers_fit_the_official_schema(string path, string request)
    {
        using var official = JsonDocument.Parse(
            await File.ReadAllTextAsync(SharedFolder.At("specs", "coingecko", "demo-api.openapi.json")));
        var schema = official.RootElement.GetProperty("paths").GetProperty(path).GetProperty("get").GetProperty("responses")
            .GetProperty("200").GetProperty("content").GetProperty("application/json").GetProperty("schema");
        var answer = await fixture.Host.ReadAsync(request);
        Assert.Equal([], new OpenApiSchemaCheck(official.RootElement).Faults(schema, answer));
    }

    [SharedFact]
    public async Task A_wrong_answer_does_not_fit()
    {
        using var official = JsonDocument.Parse(
            await File.ReadAllTextAsync(SharedFolder.At("specs", "coingecko", "demo-api.openapi.json")));
        var schema = JsonDocument.Parse(
            """{"type":"array","items":{"type":"object","required":["id"],"properties":{"id":{"type":"string"},"at":{"type":"integer","nullable":true}}}}""");
        var check = new OpenApiSchemaCheck(official.RootElement);
        Assert.Equal([], check.Faults(schema.RootElement, JsonDocument.Parse("""[{"id":"a","at":null}]""").RootElement));
        Assert.Equal(
            ["$[0].at: Number is no integer", "$[1].id: is missing", "$[2].id: Number is no string"],
            check.Faults(schema.RootElement, JsonDocument.Parse("""[{"id":"a","at":1.5},{},{"id":1}]""").RootElement));
    }
}

/// <summary>The part of OpenAPI 3.0's schemas that the official document uses.</summary>
internal sealed class OpenApiSchemaCheck(JsonElement document)
{
    public List<string> Faults(JsonElement schema, JsonElement json)
    {
        var faults = new List<string>();
        Check(schema, json, "$", faults);
        return faults;
    }

    private void Check(JsonElement schema, JsonElement json, string path, List<string> faults)
    {
        if (schema.TryGetProperty("$ref", out var reference))
        {
            schema = reference.GetString()!.TrimStart('#', '/').Split('/').Aggregate(document, (from, name) => from.GetProperty(name));
        }

        if (json.ValueKind == JsonValueKind.Null)
        {
            if (!(schema.TryGetProperty("nullable", out var nullable) && nullable.GetBoolean()))
            {
                faults.Add($"{path}: is null");
            }

            return;
        }

        var type = schema.TryGetProperty("type", out var stated) ? stated.GetString() : null;
        if (type is not null && !Is(type, json))
        {
            faults.Add($"{path}: {json.ValueKind} is no {type}");
        }
        else if (json.ValueKind == JsonValueKind.Array && schema.TryGetProperty("items", out var items))
        {
            foreach (var (item, index) in json.EnumerateArray().Select((item, index) => (item, index)))
            {
                Check(items, item, $"{path}[{index}]", faults);
            }
        }
        else if (json.ValueKind == JsonValueKind.Object)
        {
            CheckObject(schema, json, path, faults);
        }
    }

    private void CheckObject(JsonElement schema, JsonElement json, string path, List<string> faults)
    {
        if (schema.TryGetProperty("required", out var required))
        {
            faults.AddRange(required.EnumerateArray().Where(name => !json.TryGetProperty(name.GetString()!, out _))
                .Select(name => $"{path}.{name.GetString()}: is missing"));
        }

        var hasProperties = schema.TryGetProperty("properties", out var properties);
        foreach (var member in json.EnumerateObject())
        {
            if (hasProperties && properties.TryGetProperty(member.Name, out var property))
            {
                Check(property, member.Value, $"{path}.{member.Name}", faults);
            }
            else if (schema.TryGetProperty("additionalProperties", out var more) && more.ValueKind == JsonValueKind.Object)
            {
                Check(more, member.Value, $"{path}.{member.Name}", faults);
            }
        }
    }

    private static bool Is(string type, JsonElement json) => type switch
    {
        "integer" => json.ValueKind == JsonValueKind.Number && json.GetDecimal() == decimal.Truncate(json.GetDecimal()),
        "number" => json.ValueKind == JsonValueKind.Number,
        "string" => json.ValueKind == JsonValueKind.String,
        "boolean" => json.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "array" => json.ValueKind == JsonValueKind.Array,
        _ => json.ValueKind == JsonValueKind.Object,
    };
}
