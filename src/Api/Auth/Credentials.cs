using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace AkkaCrypto.Api.Auth;

/// <summary>What a request brings to say who sends it.</summary>
/// <param name="Key">An API key; null: none.</param>
/// <param name="Authorization">The whole value of the header where its scheme is Bearer; null: none.</param>
/// <param name="Several">Two of them differ: which one is meant can't be told.</param>
public readonly record struct Credentials(string? Key, string? Authorization, bool Several)
{
    private const string KeyHeader = "X-API-Key";
    private const string Bearer = "Bearer ";

    /// <summary>CoinGecko's own ways to bring a key, on its paths alone.</summary>
    private static readonly PathString CoinGecko = "/api/v3";

    private static readonly string[] CoinGeckoHeaders = ["x-cg-demo-api-key", "x-cg-pro-api-key"];
    private static readonly string[] CoinGeckoParameters = ["x_cg_demo_api_key", "x_cg_pro_api_key"];

    public ReadOnlySpan<char> Token => Authorization is null ? [] : Authorization.AsSpan(Bearer.Length).Trim(' ');

    /// <summary>
    /// Reads them. A key in the query is taken out of it, so that nothing behind the gate can log it, keep it or repeat it.
    /// </summary>
    public static Credentials Take(HttpRequest request)
    {
        var read = new Credentials().With(request.Headers[KeyHeader]);
        if (request.Path.StartsWithSegments(CoinGecko, StringComparison.OrdinalIgnoreCase))
        {
            foreach (var header in CoinGeckoHeaders)
            {
                read = read.With(request.Headers[header]);
            }

            read = read.WithQuery(request);
        }

        var authorization = request.Headers.Authorization;
        if (authorization.Count > 1)
        {
            return read with { Several = true };
        }

        return authorization.Count == 1 && authorization[0]!.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)
            ? read with { Authorization = authorization[0], Several = read.Several || read.Key is not null }
            : read;
    }

    private Credentials With(StringValues keys)
    {
        var read = this;
        foreach (var key in keys)
        {
            read = read.Key is null || string.Equals(read.Key, key, StringComparison.Ordinal)
                ? read with { Key = key }
                : read with { Several = true };
        }

        return read;
    }

    private Credentials WithQuery(HttpRequest request)
    {
        var query = request.QueryString.Value;
        if (query is null || !(query.Contains("x_cg_", StringComparison.Ordinal) || query.Contains('%')))
        {
            return this;
        }

        var read = this;
        var left = new StringBuilder();
        foreach (var pair in new QueryStringEnumerable(query))
        {
            if (CoinGeckoParameters.Contains(pair.DecodeName().ToString(), StringComparer.Ordinal))
            {
                // As with CoinGecko's other parameters, an empty one is as good as absent.
                read = pair.DecodeValue() is { Length: > 0 } key ? read.With(key.ToString()) : read;
            }
            else
            {
                left.Append(left.Length == 0 ? '?' : '&').Append(pair.EncodedName).Append('=').Append(pair.EncodedValue);
            }
        }

        if (read != this || left.Length < query.Length - 1)
        {
            request.QueryString = new QueryString(left.Length == 0 ? null : left.ToString());
        }

        return read;
    }
}
