using System.Text;
using System.Text.Json;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Servers;

namespace AkkaCrypto.Api.Tests.Real;

/// <summary>
/// docs/coingecko.md is made of the service's own document and of CoinGecko's: <c>AKKACRYPTO_WRITE_DOCS=1</c> writes it anew.
/// </summary>
[Collection(ServerFixture.Collection)]
public sealed class CoinGeckoDocumentTests(CoinGeckoFixture fixture) : IClassFixture<CoinGeckoFixture>
{
    private const string Prefix = "/api/v3";

    [SharedFact]
    public async Task The_compatibility_table_is_up_to_date()
    {
        using var official = JsonDocument.Parse(
            await File.ReadAllTextAsync(SharedFolder.At("specs", "coingecko", "demo-api.openapi.json")));
        var own = JsonDocument.Parse(await fixture.Host.Api.ReadAsync("/openapi/v1.json")).RootElement;
        var expected = Table(own.GetProperty("paths"), official.RootElement.GetProperty("paths"));
        var file = Path.Combine(Root(), "docs", "coingecko.md");
        if (Environment.GetEnvironmentVariable("AKKACRYPTO_WRITE_DOCS") == "1")
        {
            await File.WriteAllTextAsync(file, expected);
        }

        Assert.Equal(expected, await File.ReadAllTextAsync(file));
    }

    private static string Table(JsonElement own, JsonElement official)
    {
        var text = new StringBuilder(Introduction);
        foreach (var path in own.EnumerateObject().Where(path => path.Name.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            var name = path.Name[Prefix.Length..];
            var (ours, theirs) = (path.Value.GetProperty("get"), official.GetProperty(name).GetProperty("get"));
            text.Append($"\n## {name}\n\n{ours.GetProperty("description").GetString()}\n");
            var (known, asked) = (Parameters(ours), Parameters(theirs));
            if (known.Count + asked.Count > 0)
            {
                text.Append("\n| parameter | | how |\n|---|---|---|\n");
            }

            foreach (var parameter in asked.Keys.Union(known.Keys))
            {
                var how = known.GetValueOrDefault(parameter);
                var standing = how is null ? "absent" : !asked.ContainsKey(parameter) ? "ours"
                    : how.StartsWith("Ignored", StringComparison.Ordinal) || how.StartsWith("Not supported", StringComparison.Ordinal)
                        ? "differs" : "supported";
                text.Append($"| `{parameter}` | {standing} | {how} |\n");
            }
        }

        var served = own.EnumerateObject().Select(path => path.Name).ToHashSet();
        var others = official.EnumerateObject().Where(path => !served.Contains(Prefix + path.Name)).Select(path => $"- `{path.Name}`\n");
        return text.Append($"\n## Not served\n\n{string.Concat(others)}").ToString();
    }

    private static Dictionary<string, string> Parameters(JsonElement operation) =>
        operation.TryGetProperty("parameters", out var parameters)
            ? parameters.EnumerateArray().ToDictionary(
                parameter => parameter.GetProperty("name").GetString()!,
                parameter => parameter.GetProperty("description").GetString() ?? "")
            : [];

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "AkkaCrypto.sln")))
        {
            folder = folder.Parent ?? throw new DirectoryNotFoundException("AkkaCrypto.sln is in no folder above the tests.");
        }

        return folder.FullName;
    }

    private const string Introduction =
        """
        # CoinGecko's API

        Programs that were written for CoinGecko work with another base URL: `http://127.0.0.1:8080/api/v3`. Paths, parameters, answers, errors
        and statuses are those of the public API v3; the official SDK runs against this service in the tests. This page is made of the route
        table and CoinGecko's own OpenAPI document, and a test holds it up to date.

        What is true of every path:

        - A key goes into `X-API-Key` or CoinGecko's own header or query parameter. Unknown parameters count for nothing, of a repeated one the
          last counts, an empty one is as good as absent.
        - Numbers have the digits that CoinGecko gave; without `precision` prices are not rounded, for how CoinGecko rounds them then is not
          documented. With it, halves go away from zero.
        - Where CoinGecko itself answers 500 for a missing parameter, this answers 422. A route that does not exist is 404, and a failing
          provider 502 or 504, each with an `error` or a `status` as CoinGecko has them.
        - Data past their age limit (`akkacrypto.max-age`, `akkacrypto.coin-api.max-age`) are asked for, and never served old. A coin that
          no feed polls is asked for when it is read, unless `coin-api.any-coin` says otherwise, within the provider's budget.
        - A span that reaches further back than `coin-api.history-days` is refused with 401 and CoinGecko's code 10012.
        - In a chart, the step that is still running shows the newest point alone.
        - A price is taken from a coin's market where that is newer: past the price's whole second.

        """;
}
