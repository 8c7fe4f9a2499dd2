using System.Globalization;
using System.Text.Json.Nodes;
using AkkaCrypto.Api.Auth;
using AkkaCrypto.Api.CoinGecko;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Api.Validation;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.OpenApi;

namespace AkkaCrypto.Api.Ops;

/// <summary>What a route can answer, for the document: its good answer, 304 of a read with a validator, and each refusal.</summary>
internal static class OpenApiAnswers
{
    /// <summary>Headers of answers by name, with what they say.</summary>
    private static readonly (string Name, JsonSchemaType Type, string Description)[] Headers =
    [
        ("ETag", JsonSchemaType.String, "Strong validator of this body in this encoding; for If-None-Match."),
        ("Last-Modified", JsonSchemaType.String, "Since when this node knows this body, in whole seconds; for If-Modified-Since."),
        ("X-Data-Time", JsonSchemaType.String,
            "The time of the oldest value in the body, of a page its newest record's, as the provider stated it; absent without one."),
        ("Age", JsonSchemaType.Integer, "Seconds since X-Data-Time."),
        ("RateLimit", JsonSchemaType.String, "How each limit stands: draft-ietf-httpapi-ratelimit-headers-10."),
        ("RateLimit-Policy", JsonSchemaType.String, "The limits: draft-ietf-httpapi-ratelimit-headers-10."),
        ("X-RateLimit-Limit", JsonSchemaType.Integer, "Of the limit that is used up first: its units in a window."),
        ("X-RateLimit-Remaining", JsonSchemaType.Integer, "Of the same: units that are left."),
        ("X-RateLimit-Reset", JsonSchemaType.Integer, "Of the same: seconds until all of it is there again."),
        ("Retry-After", JsonSchemaType.Integer, "Seconds to wait; who waits that long is served, or told anew."),
    ];

    private static readonly string[] LimitHeaders =
        ["RateLimit", "RateLimit-Policy", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"];

    public static Dictionary<string, IOpenApiHeader> SharedHeaders() => Headers.ToDictionary(
        header => header.Name,
        IOpenApiHeader (header) => new OpenApiHeader
        {
            Description = header.Description, Schema = new OpenApiSchema { Type = header.Type },
        },
        StringComparer.Ordinal);

    public static bool IsCoinGecko(ApiRoute route) => new PathString(route.Path).StartsWithSegments(CoinGeckoErrors.Prefix);

    public static OpenApiResponses Of(ApiRoute route, OpenApiDocument document)
    {
        var responses = new OpenApiResponses
        {
            [Text(route.Success)] = new OpenApiResponse
            {
                Description = ReasonPhrases.GetReasonPhrase(route.Success),
                Headers = HeadersOf(route, document),
                Content = ContentOf(route),
            },
        };
        if (route.DataHeaders.Count > 0)
        {
            responses["304"] = new OpenApiResponse { Description = "What the client has is what there is. From memory it costs no quota." };
        }

        foreach (var status in RefusalsOf(route).Distinct().Order())
        {
            responses[Text(status)] = new OpenApiResponse
            {
                Description = ReasonPhrases.GetReasonPhrase(status),
                Headers = status is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable
                    ? References(["Retry-After"], document)
                    : null,
                Content = ErrorOf(route, document),
            };
        }

        return responses;
    }

    private static string Text(int status) => status.ToString(CultureInfo.InvariantCulture);

    private static Dictionary<string, IOpenApiHeader>? HeadersOf(ApiRoute route, OpenApiDocument document)
    {
        string[] names =
        [
            .. route.DataHeaders,
            .. AccessTable.For(route.Path).Access == Access.User ? LimitHeaders : [],
        ];
        return names.Length > 0 ? References(names, document) : null;
    }

    private static Dictionary<string, IOpenApiHeader> References(IEnumerable<string> names, OpenApiDocument document) => names.ToDictionary(
        name => name, IOpenApiHeader (name) => new OpenApiHeaderReference(name, document), StringComparer.Ordinal);

    private static Dictionary<string, OpenApiMediaType> ErrorOf(ApiRoute route, OpenApiDocument document) => IsCoinGecko(route)
        ? new() { [Media.Json] = new() { Schema = new OpenApiSchemaReference(OpenApiSchemas.CoinGeckoErrorName, document) } }
        : new() { ["application/problem+json"] = new() { Schema = new OpenApiSchemaReference(OpenApiSchemas.ProblemName, document) } };

    private static Dictionary<string, OpenApiMediaType> ContentOf(ApiRoute route)
    {
        var content = new Dictionary<string, OpenApiMediaType>
        {
            [route.Media] = route.Media == Media.Json
                ? new() { Schema = new OpenApiSchema(), Example = JsonNode.Parse(route.Example) }
                : new() { Schema = new OpenApiSchema { Type = JsonSchemaType.String }, Example = JsonValue.Create(route.Example) },
        };
        foreach (var media in route.AlsoAs)
        {
            content[media] = new() { Schema = new OpenApiSchema { Type = JsonSchemaType.String } };
        }

        return content;
    }

    /// <summary>
    /// The route's own, and what its access brings: 401, 403 (the role, or a key's scopes) and 503 (stored keys can't be checked) before
    /// it, 400 and 406 at it, 429 behind it or before it.
    /// </summary>
    private static IEnumerable<int> RefusalsOf(ApiRoute route)
    {
        // What is wrong with a parameter is 422 below CoinGecko's paths, also where a path takes none: one may be too long.
        int[] own = IsCoinGecko(route) ? [406, 422, 429, .. route.Refusals] : [400, 406, 429, .. route.Refusals];
        return AccessTable.For(route.Path).Access == Access.Open ? own : [401, 403, 503, .. own];
    }
}
