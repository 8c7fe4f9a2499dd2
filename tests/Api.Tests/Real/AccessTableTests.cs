using AkkaCrypto.Api.Auth;
using AkkaCrypto.Contracts.Auth;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.TestKit.Servers;
using Microsoft.AspNetCore.Routing;

namespace AkkaCrypto.Api.Tests.Real;

/// <summary>The table of who may do what, against every route that the service maps.</summary>
[Collection(ServerFixture.Collection)]
public sealed class AccessTableTests(ServerFixture servers)
{
    /// <summary>Who asks, with which status a refusal comes; every row of the table is tried with each of them.</summary>
    private static readonly (string Name, ApiRole? Role, Scopes Scopes)[] Askers =
    [
        ("nobody", null, Scopes.None),
        ("a user", ApiRole.User, ScopeNames.Of(ApiRole.User)),
        ("a user of market:read", ApiRole.User, Scopes.MarketRead),
        ("a user of wallets:read", ApiRole.User, Scopes.WalletsRead),
        ("a user of wallets:write", ApiRole.User, Scopes.WalletsWrite),
        ("an admin", ApiRole.Admin, ScopeNames.Of(ApiRole.Admin)),
        ("an admin of market:read", ApiRole.Admin, Scopes.MarketRead),
        ("an admin of admin", ApiRole.Admin, Scopes.Admin),
    ];

    [Fact]
    public async Task Every_mapped_route_has_a_row_and_answers_every_role_and_scope_as_its_row_says()
    {
        var cluster = await KeyCluster.NewAsync(servers);
        await using var node = await KeyNode.StartAsync(cluster);
        var keys = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var (name, role, scopes) in Askers)
        {
            keys[name] = role is null ? null : (await node.CreateAsync(
                $$""","role":"{{(role == ApiRole.Admin ? "admin" : "user")}}","scopes":[{{Names(role.Value, scopes)}}]""")).Key;
        }

        var wrong = new List<string>();
        foreach (var (method, path) in node.Endpoints.SelectMany(Asked))
        {
            var rule = AccessTable.For(path);
            if (rule == AccessTable.Unlisted)
            {
                wrong.Add($"{method} {path} has no row in the table");
            }

            foreach (var (name, role, scopes) in Askers)
            {
                using var response = await node.SendAsync(new HttpMethod(method), path, keys[name], method == "GET" ? null : "{");
                var expected = Expected(rule, method, role, scopes);
                var status = (int)response.StatusCode;
                if (expected == 0 ? status is 401 or 403 : status != expected)
                {
                    wrong.Add($"{method} {path} answers {name} with {status}, expected {(expected == 0 ? "no refusal" : expected)}");
                }
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Theory]
    [InlineData("/wallets/1/entries", "GET", Access.User, Scopes.WalletsRead)]
    [InlineData("/WALLETS", "POST", Access.User, Scopes.WalletsWrite)]
    [InlineData("/transfers/1", "GET", Access.User, Scopes.WalletsRead)]
    [InlineData("/stream/prices", "GET", Access.User, Scopes.MarketRead)]
    [InlineData("/udf/history", "GET", Access.User, Scopes.MarketRead)]
    [InlineData("/usage", "GET", Access.User, Scopes.None)]
    [InlineData("/api/v3/ping", "GET", Access.Open, Scopes.None)]
    [InlineData("/Api/V3/Ping", "GET", Access.Open, Scopes.None)]
    [InlineData("/api/v3/ping/", "GET", Access.User, Scopes.MarketRead)]
    [InlineData("/api/v3/coins/list", "GET", Access.User, Scopes.MarketRead)]
    [InlineData("/logs/export", "GET", Access.Admin, Scopes.Admin)]
    [InlineData("/logs", "GET", Access.Admin, Scopes.Admin)]
    [InlineData("/admin/ledger/totals", "GET", Access.Admin, Scopes.Admin)]
    [InlineData("/internal-api/x", "POST", Access.Admin, Scopes.Admin)]
    [InlineData("/metrics", "GET", Access.Admin, Scopes.Admin)]
    [InlineData("/docs/index.html", "GET", Access.Open, Scopes.None)]
    [InlineData("/docsx", "GET", Access.User, Scopes.MarketRead | Scopes.WalletsRead | Scopes.WalletsWrite)]
    [InlineData("//admin", "GET", Access.User, Scopes.MarketRead | Scopes.WalletsRead | Scopes.WalletsWrite)]
    [InlineData("", "GET", Access.User, Scopes.MarketRead | Scopes.WalletsRead | Scopes.WalletsWrite)]
    public void A_path_has_the_row_that_the_contract_gives_it(string path, string method, Access access, Scopes needed)
    {
        var rule = AccessTable.For(path);
        Assert.Equal((access, needed), (rule.Access, rule.Needed(method)));
    }

    private static IEnumerable<(string Method, string Path)> Asked(RouteEndpoint endpoint)
    {
        var path = "/" + string.Join('/', endpoint.RoutePattern.PathSegments.Select(
            segment => segment.IsSimple && segment.Parts[0] is Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart literal
                ? literal.Content : string.Concat(segment.Parts.Select(part =>
                    part is Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart text ? text.Content : "0"))));
        return endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Where(method => method != "HEAD")
            .Select(method => (method, path));
    }

    /// <summary>The status of the refusal; 0: none.</summary>
    private static int Expected(AccessRule rule, string method, ApiRole? role, Scopes scopes) =>
        rule.Access == Access.Open ? 0
        : role is null ? 401
        : rule.Access == Access.Admin && role != ApiRole.Admin ? 403
        : scopes.HasFlag(rule.Needed(method)) ? 0
        : 403;

    private static string Names(ApiRole role, Scopes scopes) => scopes == ScopeNames.Of(role)
        ? ""
        : string.Join(',', ScopeNames.Text(scopes).Split(", ").Select(name => $"\"{name}\""));
}
