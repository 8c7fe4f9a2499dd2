using System.Net;
using System.Text.Json;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Servers;

namespace AkkaCrypto.Api.Tests.Real;

/// <summary>What PATCH changes of a stored key, and what it refuses to.</summary>
[Collection(ServerFixture.Collection)]
public sealed class KeyChangeTests(ServerFixture servers)
{
    [Fact]
    public async Task A_changed_key_keeps_its_secret_and_may_do_on_every_node_what_it_was_changed_to()
    {
        var cluster = await KeyCluster.NewAsync(servers);
        await using var here = await KeyNode.StartAsync(cluster);
        await using var there = await KeyNode.StartAsync(cluster);
        var (id, key) = await here.CreateAsync();
        Assert.Equal((200, 200), (await here.AskAsync(key), await there.AskAsync(key)));

        var narrowed = await ChangeAsync(there, id, """{"name":"for wallets","scopes":["wallets:read","wallets:read"]}""");

        Assert.Equal(("for wallets", "acme", "large", "user"), (
            narrowed.GetProperty("name").GetString(), narrowed.GetProperty("tenant").GetString(),
            narrowed.GetProperty("tier").GetString(), narrowed.GetProperty("role").GetString()));
        Assert.Equal(["wallets:read"], narrowed.GetProperty("scopes").EnumerateArray().Select(scope => scope.GetString()));
        Assert.False(narrowed.TryGetProperty("key", out _));
        Assert.Equal(403, await there.AskAsync(key));
        await Eventually.HoldsAsync(async () => await here.AskAsync(key) == 403);

        await ChangeAsync(here, id, """{"scopes":[]}""");
        Assert.Equal(200, await here.AskAsync(key));
        await Eventually.HoldsAsync(async () => await there.AskAsync(key) == 200);
    }

    [Fact]
    public async Task An_expiry_is_set_moved_and_taken_away()
    {
        await using var node = await KeyNode.StartAsync(await KeyCluster.NewAsync(servers));
        var (id, key) = await node.CreateAsync(""","expires_at":"2026-01-31T12:01:00Z" """);

        await ChangeAsync(node, id, """{"expires_at":"2026-01-31T12:02:00Z"}""");
        node.Clock.Advance(TimeSpan.FromSeconds(119));
        Assert.Equal(200, await node.AskAsync(key));
        var endless = await ChangeAsync(node, id, """{"expires_at":null}""");
        node.Clock.Advance(TimeSpan.FromSeconds(61));

        Assert.Equal(JsonValueKind.Null, endless.GetProperty("expires_at").ValueKind);
        Assert.Equal(200, await node.AskAsync(key));
        await ChangeAsync(node, id, """{"expires_at":"2026-01-31T12:04:00Z"}""");
        node.Clock.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(401, await node.AskAsync(key));
    }

    [Fact]
    public async Task A_change_is_audited_with_what_was_before_and_one_that_changes_nothing_is_none()
    {
        await using var node = await KeyNode.StartAsync(await KeyCluster.NewAsync(servers));
        var (id, _) = await node.CreateAsync();

        await ChangeAsync(node, id, """{"name":"renamed"}""");
        await ChangeAsync(node, id, """{"name":"renamed","tier":"large"}""");

        var audit = await node.AdminAsync(HttpMethod.Get, "/admin/audit?actor=demo-admin");
        var entries = audit.GetProperty("data").EnumerateArray().ToList();
        Assert.Equal(["keys.update", "keys.create"], entries.Select(entry => entry.GetProperty("act").GetString()));
        Assert.Equal(("test", "renamed"), (
            entries[0].GetProperty("before").GetProperty("name").GetString(),
            entries[0].GetProperty("after").GetProperty("name").GetString()));
    }

    [Theory]
    [InlineData("{}", "body")]
    [InlineData("[]", "body")]
    [InlineData("""{"tenant":"other"}""", "body")]
    [InlineData("""{"role":"admin"}""", "body")]
    [InlineData("""{"name":""}""", "name")]
    [InlineData("""{"name":null}""", "name")]
    [InlineData("""{"tier":"gold"}""", "tier")]
    [InlineData("""{"scopes":["admin"]}""", "scopes")]
    [InlineData("""{"scopes":null}""", "scopes")]
    [InlineData("""{"expires_at":"2020-01-01T00:00:00Z"}""", "expires_at")]
    [InlineData("""{"expires_at":"soon"}""", "expires_at")]
    public async Task What_a_key_can_not_be_changed_to_is_400_and_leaves_it_as_it_is(string body, string field)
    {
        await using var node = await KeyNode.StartAsync(await KeyCluster.NewAsync(servers));
        var (id, _) = await node.CreateAsync();
        var before = await node.AdminAsync(HttpMethod.Get, $"{KeyNode.Keys}/{id}");

        using var refused = await node.SendAsync(HttpMethod.Patch, $"{KeyNode.Keys}/{id}", TestSettings.AdminKey, body);

        var problem = await ApiHost.ProblemAsync(refused, HttpStatusCode.BadRequest, "invalid_request");
        Assert.Equal([field], problem.GetProperty("errors").EnumerateObject().Select(fault => fault.Name));
        Assert.Equal(before.GetRawText(), (await node.AdminAsync(HttpMethod.Get, $"{KeyNode.Keys}/{id}")).GetRawText());
    }

    [Fact]
    public async Task A_key_that_is_over_is_409_and_one_that_is_not_there_is_404()
    {
        await using var node = await KeyNode.StartAsync(await KeyCluster.NewAsync(servers));
        var (revoked, _) = await node.CreateAsync();
        await node.RevokeAsync(revoked);
        var (expired, _) = await node.CreateAsync(""","expires_at":"2026-01-31T12:01:00Z" """);
        node.Clock.Advance(TimeSpan.FromMinutes(1));

        foreach (var (id, status, code) in ((string, HttpStatusCode, string)[])
            [
                (revoked, HttpStatusCode.Conflict, "key_not_active"), (expired, HttpStatusCode.Conflict, "key_not_active"),
                ("key_nobody", HttpStatusCode.NotFound, "unknown_key"), ("a%20b", HttpStatusCode.NotFound, "unknown_key"),
            ])
        {
            using var refused = await node.SendAsync(
                HttpMethod.Patch, $"{KeyNode.Keys}/{id}", TestSettings.AdminKey, """{"tier":"large"}""");
            await ApiHost.ProblemAsync(refused, status, code);
        }
    }

    private static Task<JsonElement> ChangeAsync(KeyNode node, string id, string body) =>
        node.AdminAsync(HttpMethod.Patch, $"{KeyNode.Keys}/{id}", body);
}
