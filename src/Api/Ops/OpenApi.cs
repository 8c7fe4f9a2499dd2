using System.Globalization;
using System.Text.Json.Nodes;
using AkkaCrypto.Api.Auth;
using AkkaCrypto.Api.CoinGecko;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Api.Validation;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.OpenApi;

namespace AkkaCrypto.Api.Ops;

/// <summary>
/// Fills <c>/openapi/v1.json</c> from the same rows that routes are mapped from, so it lists what exists and nothing else. The handlers
/// take the bare request for speed, which leaves the framework's own discovery nothing to find.
/// </summary>
public sealed class OpenApi(Func<IReadOnlyList<ApiRoute>> routes) : IOpenApiDocumentTransformer
{
    private const string KeyScheme = "ApiKey";
    private const string TokenScheme = "Bearer";
    private const string ProblemSchema = "Problem";
    private const string CoinGeckoErrorSchema = "CoinGeckoError";

    public Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo
        {
            Title = "AkkaCrypto",
            Version = "1",
            Contact = new OpenApiContact { Name = "The operator of this service" },
            Description =
                "Crypto market data: prices, charts, trades, order books and on-chain metrics. Errors are application/problem+json "
                + "(RFC 9457) with a stable code. Answers carry the time of their data in X-Data-Time and Age.",
        };
        document.Servers = [new OpenApiServer { Url = "/" }];
        document.Components = Components();
        document.Paths = [];
        foreach (var path in routes().GroupBy(route => route.Path))
        {
            var item = new OpenApiPathItem();
            foreach (var route in path)
            {
                item.AddOperation(HttpMethod.Parse(route.Method), Operation(route, document));
            }

            document.Paths.Add(path.Key, item);
        }

        document.Tags = routes().Select(route => route.Tag).Distinct()
            .Select(tag => new OpenApiTag { Name = tag, Description = RouteDescriptions.Tags[tag] }).ToHashSet();
        return Task.CompletedTask;
    }

    private static OpenApiComponents Components() => new()
    {
        SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [KeyScheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Header, Name = "X-API-Key",
                Description = "A key of the configuration, or one that was made by /admin/keys.",
            },
            [TokenScheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http, Scheme = "bearer", BearerFormat = "JWT",
                Description = "A token of the issuer in akkacrypto.auth.jwt, with the claim role.",
            },
        },
        Schemas = new Dictionary<string, IOpenApiSchema> { [ProblemSchema] = Problem(), [CoinGeckoErrorSchema] = CoinGeckoError() },
    };

    private static OpenApiOperation Operation(ApiRoute route, OpenApiDocument document) => new()
    {
        OperationId = route.Name,
        Summary = route.Summary,
        Description = route.Description,
        Tags = new HashSet<OpenApiTagReference> { new(route.Tag, document) },
        Parameters = route.Named is { } named
            ? [ParameterOf(named, ParameterLocation.Path), .. route.Parameters.Select(parameter => ParameterOf(parameter))]
            : [.. route.Parameters.Select(parameter => ParameterOf(parameter))],
        RequestBody = route.BodyDescription is { } body ? BodyOf(body) : null,
        Responses = Responses(route, document),
        Security = AccessTable.For(route.Path).Access == Access.Open
            ? []
            :
            [
                new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(KeyScheme, document)] = [] },
                new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(TokenScheme, document)] = [] },
            ],
    };

    private static IOpenApiParameter ParameterOf(
        Parameter parameter, ParameterLocation location = ParameterLocation.Query) => new OpenApiParameter
    {
        Name = parameter.Name,
        In = location,
        Required = parameter.Required,
        Description = parameter.Description,
        Example = parameter.IsInteger
            ? JsonValue.Create(int.Parse(parameter.Example, CultureInfo.InvariantCulture))
            : JsonValue.Create(parameter.Example),
        Schema = new OpenApiSchema
        {
            Type = parameter.IsInteger ? JsonSchemaType.Integer : JsonSchemaType.String,
            Enum = parameter.OneOf is { } values ? [.. values.Select(value => (JsonNode)JsonValue.Create(value))] : null,
        },
    };

    private static OpenApiRequestBody BodyOf(string description) => new()
    {
        Required = true,
        Description = description,
        Content = new Dictionary<string, OpenApiMediaType>
        {
            ["application/json"] = new() { Schema = new OpenApiSchema { Type = JsonSchemaType.Object } },
        },
    };

    private static OpenApiResponses Responses(ApiRoute route, OpenApiDocument document)
    {
        var responses = new OpenApiResponses
        {
            [route.Success.ToString(CultureInfo.InvariantCulture)] = new OpenApiResponse
            {
                Description = ReasonPhrases.GetReasonPhrase(route.Success),
                Content = ContentOf(route),
            },
        };
        foreach (var status in RefusalsOf(route).Distinct().Order())
        {
            responses[status.ToString(CultureInfo.InvariantCulture)] = new OpenApiResponse
            {
                Description = ReasonPhrases.GetReasonPhrase(status),
                Headers = status is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable ? RetryAfter() : null,
                Content = ErrorOf(route, document),
            };
        }

        return responses;
    }

    private static Dictionary<string, OpenApiMediaType> ErrorOf(ApiRoute route, OpenApiDocument document) => IsCoinGecko(route)
        ? new() { [Media.Json] = new() { Schema = new OpenApiSchemaReference(CoinGeckoErrorSchema, document) } }
        : new() { ["application/problem+json"] = new() { Schema = new OpenApiSchemaReference(ProblemSchema, document) } };

    private static bool IsCoinGecko(ApiRoute route) => new PathString(route.Path).StartsWithSegments(CoinGeckoErrors.Prefix);

    private static Dictionary<string, IOpenApiHeader> RetryAfter() => new()
    {
        ["Retry-After"] = new OpenApiHeader
        {
            Description = "Seconds to wait; who waits that long is served, or told anew.",
            Schema = new OpenApiSchema { Type = JsonSchemaType.Integer },
        },
    };

    private static Dictionary<string, OpenApiMediaType> ContentOf(ApiRoute route)
    {
        var content = new Dictionary<string, OpenApiMediaType>
        {
            [route.Media] = route.Media == Media.Json
                ? new() { Schema = new OpenApiSchema { Type = RootOf(route) }, Example = JsonNode.Parse(route.Example) }
                : new() { Schema = new OpenApiSchema { Type = JsonSchemaType.String }, Example = JsonValue.Create(route.Example) },
        };
        if (route.Exports)
        {
            content[Media.Csv] = new() { Schema = new OpenApiSchema { Type = JsonSchemaType.String } };
            content[Media.Ndjson] = new() { Schema = new OpenApiSchema { Type = JsonSchemaType.String } };
        }

        return content;
    }

    private static JsonSchemaType RootOf(ApiRoute route) =>
        route.Example.TrimStart()[0] == '[' ? JsonSchemaType.Array : JsonSchemaType.Object;

    /// <summary>The route's own, and what its access brings: 401 (403) before it, 400 and 406 at it, 429 behind it or before it.</summary>
    private static IEnumerable<int> RefusalsOf(ApiRoute route) => AccessTable.For(route.Path).Access switch
    {
        // What is wrong with a parameter is 422 there.
        Access.Open when IsCoinGecko(route) => [406, 429, .. route.Refusals],
        Access.User when IsCoinGecko(route) => [401, 406, 429, .. route.Refusals],
        Access.Open => [400, 406, 429, .. route.Refusals],
        Access.User => [400, 401, 406, 429, .. route.Refusals],
        Access.Admin => [400, 401, 403, 406, 429, .. route.Refusals],
    };

    /// <summary>One of its members, each in the shape that CoinGecko uses it in.</summary>
    private static OpenApiSchema CoinGeckoError() => new()
    {
        Type = JsonSchemaType.Object,
        Properties = new Dictionary<string, IOpenApiSchema>
        {
            ["error"] = new OpenApiSchema
            {
                Type = JsonSchemaType.String | JsonSchemaType.Object,
                Description = "What is wrong with the request; an object with status where its span goes beyond the plan.",
            },
            ["status"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Object | JsonSchemaType.Integer,
                Description = "error_code and error_message of keys, rates and outages.",
            },
        },
    };

    private static OpenApiSchema Problem()
    {
        static OpenApiSchema Text(string description) => new() { Type = JsonSchemaType.String, Description = description };
        return new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Required = new HashSet<string> { "type", "title", "status", "detail", "code", "traceId" },
            Properties = new Dictionary<string, IOpenApiSchema>
            {
                ["type"] = Text("urn:akkacrypto:problem:<code>"),
                ["title"] = Text("The status in words."),
                ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer },
                ["detail"] = Text("What happened, and what was expected."),
                ["code"] = Text("Stable, snake_case."),
                ["traceId"] = Text("Finds the request in the log."),
                ["provider_code"] = Text("502: the provider's own error code."),
                ["missing"] = new OpenApiSchema
                {
                    Type = JsonSchemaType.Array, Description = "503 of /readyz: what lacks.",
                    Items = new OpenApiSchema { Type = JsonSchemaType.String },
                },
                ["errors"] = new OpenApiSchema
                {
                    Type = JsonSchemaType.Object,
                    Description = "400: one message per field.",
                    AdditionalProperties = new OpenApiSchema
                    {
                        Type = JsonSchemaType.Array, Items = new OpenApiSchema { Type = JsonSchemaType.String },
                    },
                },
            },
        };
    }
}
