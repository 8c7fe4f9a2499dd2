using System.Globalization;
using System.Text.Json.Nodes;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Api.Validation;
using Microsoft.OpenApi;

namespace AkkaCrypto.Api.Ops;

/// <summary>The schemas of the document: those of the routes' answers, and those that many routes share.</summary>
internal static class OpenApiSchemas
{
    public const string ProblemName = "Problem";
    public const string CoinGeckoErrorName = "CoinGeckoError";

    private const string Problem =
        """
        {"type":"object","required":["type","title","status","detail","code","traceId"],"additionalProperties":false,"properties":{
          "type":{"type":"string","description":"urn:akkacrypto:problem:<code>"},
          "title":{"type":"string","description":"The status in words."},
          "status":{"type":"integer"},
          "detail":{"type":"string","description":"What happened, and what was expected."},
          "code":{"type":"string","pattern":"^[a-z][a-z0-9_]*$","description":"Stable, snake_case."},
          "traceId":{"type":"string","description":"Finds the request in the log."},
          "provider_code":{"type":"string","description":"502: the provider's own error code."},
          "missing":{"type":"array","description":"503 of /readyz: what lacks.","items":{"type":"string"}},
          "errors":{"type":"object","description":"400: one message per field.",
            "additionalProperties":{"type":"array","items":{"type":"string"}}}}}
        """;

    private const string CoinGeckoError =
        """
        {"type":"object","minProperties":1,"additionalProperties":false,
         "description":"One of its members, each in the shape that CoinGecko uses it in.","properties":{
          "error":{"type":["string","object"],
            "description":"What is wrong with the request; an object with status where its span goes beyond the plan."},
          "status":{"type":["object","integer"],"description":"error_code and error_message of keys, rates and outages."},
          "timestamp":{"type":"string"}}}
        """;

    /// <summary>
    /// Puts the schemas into the encoded document. The library's own model knows a part of JSON Schema only (no <c>prefixItems</c>, no
    /// schema that is <c>true</c>), and what it doesn't know it would leave out.
    /// </summary>
    public static void PutInto(JsonObject document, IReadOnlyList<ApiRoute> routes)
    {
        document["components"]!["schemas"] = new JsonObject
        {
            [ProblemName] = JsonNode.Parse(Problem), [CoinGeckoErrorName] = JsonNode.Parse(CoinGeckoError),
        };
        foreach (var route in routes.Where(route => route.BodyDescription is not null))
        {
            document["paths"]![route.Path]![route.Method.ToLowerInvariant()]!["requestBody"]!["content"]![Media.Json]!["schema"] =
                JsonNode.Parse(route.BodyForm.Schema);
        }

        foreach (var route in routes.Where(route => route.Media == Media.Json))
        {
            var answer = document["paths"]![route.Path]![route.Method.ToLowerInvariant()]!["responses"]!
                [route.Success.ToString(CultureInfo.InvariantCulture)]!;
            answer["content"]![Media.Json]!["schema"] = JsonNode.Parse(
                RouteSchemas.Of(route) ?? throw new InvalidOperationException($"{route.Name} states no schema of its answer."));
        }
    }

    /// <summary>Stands in the model for what <see cref="PutInto"/> puts there.</summary>
    public static Dictionary<string, IOpenApiSchema> Shared() => new()
    {
        [ProblemName] = new OpenApiSchema(), [CoinGeckoErrorName] = new OpenApiSchema(),
    };
}
