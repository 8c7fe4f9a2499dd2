using System.Globalization;
using System.Text.Json.Nodes;
using AkkaCrypto.Api.Auth;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Contracts.Auth;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace AkkaCrypto.Api.Ops;

/// <summary>
/// Fills <c>/openapi/v1.json</c> from the same rows that routes are mapped from, so it lists what exists and nothing else. The handlers
/// take the bare request for speed, which leaves the framework's own discovery nothing to find.
/// </summary>
public sealed class OpenApi(Func<IReadOnlyList<ApiRoute>> routes) : IOpenApiDocumentTransformer
{
    private const string KeyScheme = "ApiKey";
    private const string TokenScheme = "Token";

    /// <summary>By the scheme's name in the document: CoinGecko's own ways to send a key.</summary>
    private static readonly (string Scheme, string Name, ParameterLocation In)[] CoinGeckoSchemes =
    [
        ("CoinGeckoDemoHeader", "x-cg-demo-api-key", ParameterLocation.Header),
        ("CoinGeckoProHeader", "x-cg-pro-api-key", ParameterLocation.Header),
        ("CoinGeckoDemoQuery", "x_cg_demo_api_key", ParameterLocation.Query),
        ("CoinGeckoProQuery", "x_cg_pro_api_key", ParameterLocation.Query),
    ];

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
            License = new OpenApiLicense { Name = "Proprietary", Identifier = "LicenseRef-Proprietary" },
        };
        document.Servers = [new OpenApiServer { Url = "/" }];
        document.Components = Components();
        AddCoinGeckoSchemes(document.Components);
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
            .Order(StringComparer.Ordinal)
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
                Description = "A key of the configuration, or one that an admin has made (POST /admin/keys).",
            },
            [TokenScheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http, Scheme = "bearer", BearerFormat = "JWT",
                Description = "A token with the claim role, signed by a key of akkacrypto.auth.jwt.",
            },
        },
        Headers = OpenApiAnswers.SharedHeaders(),
        Schemas = OpenApiSchemas.Shared(),
    };

    private static void AddCoinGeckoSchemes(OpenApiComponents components)
    {
        foreach (var (scheme, name, place) in CoinGeckoSchemes)
        {
            components.SecuritySchemes![scheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.ApiKey, In = place, Name = name, Description = "The same keys, as CoinGecko's clients send them.",
            };
        }
    }

    /// <summary>The role and the scopes that a credential needs; OpenAPI has a place for those of OAuth only.</summary>
    private static Dictionary<string, IOpenApiExtension>? NeedsOf(ApiRoute route)
    {
        var rule = AccessTable.For(route.Path);
        return rule.Access == Access.Open ? null : new()
        {
            ["x-required-role"] = new JsonNodeExtension(rule.Access == Access.Admin ? "admin" : "user"),
            ["x-required-scopes"] = new JsonNodeExtension(ScopeNames.Text(rule.Needed(route.Method))),
        };
    }

    /// <summary>One of several credentials; none for an open route.</summary>
    private static List<OpenApiSecurityRequirement> SecurityOf(ApiRoute route, OpenApiDocument document)
    {
        if (AccessTable.For(route.Path).Access == Access.Open)
        {
            return [];
        }

        string[] schemes =
            [KeyScheme, TokenScheme, .. OpenApiAnswers.IsCoinGecko(route) ? CoinGeckoSchemes.Select(scheme => scheme.Scheme) : []];
        return [.. schemes.Select(scheme => new OpenApiSecurityRequirement
        {
            [new OpenApiSecuritySchemeReference(scheme, document)] = [],
        })];
    }

    private static OpenApiOperation Operation(ApiRoute route, OpenApiDocument document) => new()
    {
        OperationId = route.Name,
        Summary = route.Summary,
        Description = route.Description,
        Tags = new HashSet<OpenApiTagReference> { new(route.Tag, document) },
        Parameters = ParametersOf(route),
        RequestBody = route.BodyDescription is { } body ? BodyOf(body, route.BodyForm) : null,
        Responses = OpenApiAnswers.Of(route, document),
        Security = SecurityOf(route, document),
        Extensions = NeedsOf(route),
    };

    private static List<IOpenApiParameter> ParametersOf(ApiRoute route) =>
    [
        .. new[] { route.Named, route.AlsoNamed }.OfType<Parameter>().Select(named => ParameterOf(named, ParameterLocation.Path)),
        .. route.Parameters.Select(parameter => ParameterOf(parameter)),
        .. route.Headers.Select(header => ParameterOf(header, ParameterLocation.Header)),
    ];

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

    /// <summary>Its schema is put in by <see cref="OpenApiSchemas.PutInto"/>.</summary>
    private static OpenApiRequestBody BodyOf(string description, BodyForm form) => new()
    {
        Required = form.IsRequired,
        Description = description,
        Content = new Dictionary<string, OpenApiMediaType>
        {
            ["application/json"] = new()
            {
                Schema = new OpenApiSchema { Type = JsonSchemaType.Object },
                Example = form == BodyForm.AnyObject ? null : JsonNode.Parse(form.Example),
            },
        },
    };
}
