using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Servers;

namespace AkkaCrypto.Api.Tests.Real;

/// <summary>What a stored key and a bearer token may use is what their tier says, on all nodes together.</summary>
[Collection(ServerFixture.Collection)]
public sealed class TierTests(ServerFixture servers)
{
    private const string Secret = "a secret of the tests with more than 32 bytes";

    /// <summary>Costs one unit, and is 404: there is no such pair.</summary>
    private const string Trades = "/trades?exchange=nowhere&pair=a-b";

    /// <summary>Nothing of it is given back while a test runs, whatever the time on the wall is.</summary>
    private static readonly TimeSpan Window = TimeSpan.FromDays(31);

    [Theory]
    [InlineData(QuotaAlgorithm.Fixed)]
    [InlineData(QuotaAlgorithm.Sliding)]
    [InlineData(QuotaAlgorithm.Gcra)]
    public async Task A_stored_key_has_the_limits_of_its_tier_over_all_nodes_and_keeps_its_count_when_it_is_rotated(
        QuotaAlgorithm algorithm)
    {
        await using var nodes = await Nodes.StartAsync(servers, algorithm);
        var (id, small) = await nodes.Here.CreateAsync(tier: "small");
        var (_, large) = await nodes.Here.CreateAsync(tier: "large");
        await AssertSmallAsync(nodes, ("X-API-Key", small));

        var usage = await UsageAsync(nodes.There, ("X-API-Key", small));
        Assert.Equal((429, "quota_exceeded"), (usage.Status, usage.Body.GetProperty("code").GetString()));
        var next = await nodes.There.RotateAsync(id, """{"overlap_seconds":0}""");
        Assert.Equal((429, 429), (await StatusAsync(nodes.There, next), await StatusAsync(nodes.Here, next)));

        var own = await UsageAsync(nodes.There, ("X-API-Key", large));
        Assert.Equal((200, "large"), (own.Status, own.Body.GetProperty("tier").GetString()));
        Assert.Equal(100_000_000, own.Body.GetProperty("limits")[0].GetProperty("limit").GetInt32());
    }

    [Fact]
    public async Task A_key_of_another_tier_has_its_limits_on_all_nodes_and_what_it_used_under_the_one_before_stays_used()
    {
        await using var nodes = await Nodes.StartAsync(servers, QuotaAlgorithm.Fixed);
        var (id, key) = await nodes.Here.CreateAsync(tier: "small");
        await AssertSmallAsync(nodes, ("X-API-Key", key));

        await nodes.There.AdminAsync(HttpMethod.Patch, $"{KeyNode.Keys}/{id}", """{"tier":"large"}""");
        Assert.Equal(404, await StatusAsync(nodes.There, key));
        await Eventually.HoldsAsync(async () => await StatusAsync(nodes.Here, key) == 404);

        await nodes.Here.AdminAsync(HttpMethod.Patch, $"{KeyNode.Keys}/{id}", """{"tier":"small"}""");
        Assert.Equal(429, await StatusAsync(nodes.Here, key));
        await Eventually.HoldsAsync(async () => await StatusAsync(nodes.There, key) == 429);
    }

    [Fact]
    public async Task A_token_has_the_limits_of_its_tier_over_all_nodes_whichever_token_of_its_subject_it_is()
    {
        await using var nodes = await Nodes.StartAsync(servers, QuotaAlgorithm.Fixed);
        await AssertSmallAsync(nodes, Bearer(Token("alice", "user", "small")));
        var another = await SendAsync(nodes.There, Trades, Bearer(Token("alice", "user", "small", lives: 7200)));
        Assert.Equal(429, another.Status);

        // Of somebody else it is not the business; and without a tier it is the default one.
        Assert.Equal("\"limit\";q=3;w=2678400", (await SendAsync(nodes.Here, Trades, Bearer(Token("bob", "user", "small")))).Policy);
        var plain = await UsageAsync(nodes.There, Bearer(Token("carol", "user", tier: null)));
        Assert.Equal((200, "large"), (plain.Status, plain.Body.GetProperty("tier").GetString()));
    }

    [Fact]
    public async Task A_token_of_an_admin_has_no_quota_whatever_its_tier()
    {
        await using var nodes = await Nodes.StartAsync(servers, QuotaAlgorithm.Fixed);
        for (var n = 0; n <= 2 * TestSettings.SmallQuota; n++)
        {
            var answer = await SendAsync(nodes.Here, Trades, Bearer(Token("root", "admin", "small")));
            Assert.Equal((404, null), (answer.Status, answer.Policy));
        }
    }

    /// <summary>As many requests as the tier has are served, from node to node, and after that none on any.</summary>
    private static async Task AssertSmallAsync(Nodes nodes, (string Name, string Value) credential)
    {
        for (var n = 0; n < TestSettings.SmallQuota; n++)
        {
            var served = await SendAsync(n % 2 == 0 ? nodes.Here : nodes.There, Trades, credential);
            Assert.Equal((404, "\"limit\";q=3;w=2678400"), (served.Status, served.Policy));
        }

        foreach (var node in (KeyNode[])[nodes.Here, nodes.There])
        {
            Assert.Equal(429, (await SendAsync(node, Trades, credential)).Status);
        }
    }

    private static async Task<int> StatusAsync(KeyNode node, string key) => (await SendAsync(node, Trades, ("X-API-Key", key))).Status;

    private static async Task<(int Status, JsonElement Body)> UsageAsync(KeyNode node, (string Name, string Value) credential)
    {
        var answer = await SendAsync(node, "/usage", credential);
        return (answer.Status, JsonDocument.Parse(answer.Body).RootElement);
    }

    private static async Task<(int Status, string? Policy, string Body)> SendAsync(
        KeyNode node, string path, (string Name, string Value) credential)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative));
        request.Headers.Add(credential.Name, credential.Value);
        using var response = await node.Client.SendAsync(request);
        var policy = response.Headers.TryGetValues("RateLimit-Policy", out var values) ? values.Single() : null;
        return ((int)response.StatusCode, policy, await response.Content.ReadAsStringAsync());
    }

    private static (string Name, string Value) Bearer(string token) => ("Authorization", $"Bearer {token}");

    private static string Token(string sub, string role, string? tier, int lives = 3600)
    {
        var expires = Clock.Start.ToUnixTimeSeconds() + lives;
        var more = tier is null ? "" : $",\"tier\":\"{tier}\"";
        var claims = $$"""{"sub":"{{sub}}","role":"{{role}}","iss":"https://issuer","aud":"akkacrypto","exp":{{expires}}{{more}}}""";
        var signed = $"{Encoded("""{"alg":"HS256","typ":"JWT"}""")}.{Encoded(claims)}";
        var signature = HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.ASCII.GetBytes(signed));
        return $"{signed}.{Base64Url.EncodeToString(signature)}";
    }

    private static string Encoded(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));

    private sealed record Nodes(KeyNode Here, KeyNode There) : IAsyncDisposable
    {
        public static async Task<Nodes> StartAsync(ServerFixture servers, QuotaAlgorithm algorithm)
        {
            var cluster = await KeyCluster.NewAsync(servers);
            AkkaCryptoSettings Change(AkkaCryptoSettings settings) => settings with
            {
                Auth = settings.Auth with
                {
                    Jwt = settings.Auth.Jwt with
                    {
                        Issuer = "https://issuer", Audience = "akkacrypto", Secret = Secret, DefaultTier = "large",
                    },
                },
                Quota = settings.Quota with
                {
                    Tiers = new Dictionary<string, TierSettings>(settings.Quota.Tiers)
                    {
                        ["small"] = new(
                            new Dictionary<string, LimitSettings>
                            {
                                ["limit"] = new(algorithm, "all", TestSettings.SmallQuota, Window, null),
                            },
                            WithoutRedis.Deny, 0.5),
                    },
                },
            };
            return new(await KeyNode.StartAsync(cluster, Change), await KeyNode.StartAsync(cluster, Change));
        }

        public async ValueTask DisposeAsync()
        {
            await Here.DisposeAsync();
            await There.DisposeAsync();
        }
    }
}
