using System.Net;
using AkkaCrypto.Contracts.Auth;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Hocon.Binding;
using AkkaCrypto.Pipeline.Auth;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Servers;
using Npgsql;

namespace AkkaCrypto.Api.Tests.Real;

/// <summary>The life of a stored key on one node.</summary>
[Collection(ServerFixture.Collection)]
public sealed class StoredKeyTests(ServerFixture servers)
{
    [Fact]
    public async Task A_key_is_shown_once_and_listed_without_its_secret_in_pages_that_stay_in_place()
    {
        await using var node = await KeyNode.StartAsync(await KeyCluster.NewAsync(servers));
        var made = new List<(string Id, string Key)>();
        for (var i = 0; i < 3; i++)
        {
            made.Add(await node.CreateAsync());
        }

        var first = await node.AdminAsync(HttpMethod.Get, KeyNode.Keys + "?limit=2");
        await node.CreateAsync();
        var rest = await node.AdminAsync(
            HttpMethod.Get, $"{KeyNode.Keys}?limit=2&cursor={first.GetProperty("next_cursor").GetString()}");
        var shown = await node.AdminAsync(HttpMethod.Get, $"{KeyNode.Keys}/{made[0].Id}");

        Assert.Equal(
            [made[2].Id, made[1].Id, made[0].Id],
            first.GetProperty("data").EnumerateArray().Concat(rest.GetProperty("data").EnumerateArray())
                .Select(key => key.GetProperty("id").GetString()));
        Assert.Equal(System.Text.Json.JsonValueKind.Null, rest.GetProperty("next_cursor").ValueKind);
        Assert.All(made, key => Assert.DoesNotContain(
            key.Key, first.GetRawText() + rest.GetRawText() + shown.GetRawText(), StringComparison.Ordinal));
        Assert.Equal(("active", "demo-admin"), (shown.GetProperty("state").GetString(), shown.GetProperty("created_by").GetString()));
    }

    [Fact]
    public async Task After_a_rotation_both_secrets_open_until_the_overlap_ends_with_the_same_id_tenant_and_tier()
    {
        await using var node = await KeyNode.StartAsync(await KeyCluster.NewAsync(servers));
        var (id, old) = await node.CreateAsync();

        var fresh = await node.RotateAsync(id, """{"overlap_seconds":60}""");

        Assert.NotEqual(old, fresh);
        Assert.Equal((200, 200), (await node.AskAsync(old), await node.AskAsync(fresh)));
        node.Clock.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(200, await node.AskAsync(old));
        node.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((401, 200), (await node.AskAsync(old), await node.AskAsync(fresh)));
        var shown = await node.AdminAsync(HttpMethod.Get, $"{KeyNode.Keys}/{id}");
        Assert.Equal(("acme", "large"), (shown.GetProperty("tenant").GetString(), shown.GetProperty("tier").GetString()));
        Assert.Equal([1, 2], shown.GetProperty("secrets").EnumerateArray().Select(secret => secret.GetProperty("generation").GetInt32()));

        var last = await node.RotateAsync(id, """{"overlap_seconds":0}""");
        Assert.Equal((401, 200), (await node.AskAsync(fresh), await node.AskAsync(last)));
    }

    [Fact]
    public async Task At_most_five_secrets_of_a_key_are_valid_at_once()
    {
        await using var node = await KeyNode.StartAsync(await KeyCluster.NewAsync(servers));
        var (id, _) = await node.CreateAsync();
        for (var i = 0; i < 4; i++)
        {
            await node.RotateAsync(id);
        }

        using var refused = await node.SendAsync(HttpMethod.Post, $"{KeyNode.Keys}/{id}/rotate", TestSettings.AdminKey, "{}");
        await ApiHost.ProblemAsync(refused, HttpStatusCode.Conflict, "too_many_secrets");
    }

    [Fact]
    public async Task A_key_expires_at_its_time_and_a_revoked_one_can_not_be_rotated()
    {
        await using var node = await KeyNode.StartAsync(await KeyCluster.NewAsync(servers));
        var (id, key) = await node.CreateAsync(""","expires_at":"2026-01-31T12:01:00Z" """);
        node.Clock.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(200, await node.AskAsync(key));
        node.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(401, await node.AskAsync(key));

        using var expired = await node.SendAsync(HttpMethod.Post, $"{KeyNode.Keys}/{id}/rotate", TestSettings.AdminKey, "{}");
        await ApiHost.ProblemAsync(expired, HttpStatusCode.Conflict, "key_not_active");
        Assert.Equal("revoked", (await node.RevokeAsync(id)).GetProperty("state").GetString());
        Assert.Equal("revoked", (await node.RevokeAsync(id)).GetProperty("state").GetString());
    }

    [Fact]
    public async Task A_key_may_do_what_its_scopes_and_its_role_say()
    {
        await using var node = await KeyNode.StartAsync(await KeyCluster.NewAsync(servers));
        var (_, market) = await node.CreateAsync(""","scopes":["market:read"]""");
        var (_, wallets) = await node.CreateAsync(""","scopes":["wallets:read"]""");
        var (_, reading) = await node.CreateAsync(""","role":"admin","scopes":["market:read"]""");
        var (_, admin) = await node.CreateAsync(""","role":"admin" """);

        Assert.Equal((200, 403), (await node.AskAsync(market), await node.AskAsync(wallets)));
        foreach (var (key, status) in ((string, int)[])[(market, 403), (wallets, 403), (reading, 403), (admin, 200)])
        {
            using var response = await node.SendAsync(HttpMethod.Get, KeyNode.Keys, key);
            Assert.Equal(status, (int)response.StatusCode);
        }

        using var write = await node.SendAsync(HttpMethod.Post, "/wallets", wallets, "{}");
        var problem = await ApiHost.ProblemAsync(write, HttpStatusCode.Forbidden, "forbidden");
        Assert.Contains("wallets:write", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_typo_is_refused_as_one_and_without_a_look_at_the_keys()
    {
        await using var node = await KeyNode.StartAsync(await KeyCluster.NewAsync(servers));
        var (_, key) = await node.CreateAsync();
        foreach (var typo in (string[])[key[..^1] + (key[^1] == 'a' ? 'b' : 'a'), key[..^1], "ak_live" + key[7..], "ak_", "ak_demo__"])
        {
            using var refused = await node.SendAsync(HttpMethod.Get, KeyNode.Trades, typo);
            var problem = await ApiHost.ProblemAsync(refused, HttpStatusCode.Unauthorized, "unauthorized");
            Assert.Contains("typo", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
            Assert.DoesNotContain(typo, problem.GetRawText(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Bad_bodies_are_400_with_every_field_and_make_nothing()
    {
        var cluster = await KeyCluster.NewAsync(servers);
        await using var node = await KeyNode.StartAsync(cluster);
        using (var several = await node.SendAsync(
            HttpMethod.Post, KeyNode.Keys, TestSettings.AdminKey,
            """{"name":"","tenant":"a b","tier":"gold","role":"root","scopes":["admin"],"expires_at":"2020-01-01T00:00:00Z","x":1}"""))
        {
            var problem = await ApiHost.ProblemAsync(several, HttpStatusCode.BadRequest, "invalid_request");
            Assert.Equal(
                ["body", "expires_at", "name", "role", "scopes", "tenant", "tier"],
                problem.GetProperty("errors").EnumerateObject().Select(field => field.Name).Order(StringComparer.Ordinal));
        }

        foreach (var body in (string[])
            [
                "", "[]", "null", "{", "{}", """{"name":"\ud800","tenant":"a","tier":"large"}""",
                """{"name":"\u0000","tenant":"a","tier":"large"}""",
                """{"name":"a","name":"b","tenant":"a","tier":"large"}""", """{"name":"a","tenant":"a","tier":"large","scopes":"admin"}""",
                """{"name":"a","tenant":"a","tier":"large","scopes":[1]}""", """{"name":"a","tenant":"a","tier":"large","expires_at":5}""",
                """{"name":"a","tenant":"a","tier":"large","role":5}""",
            ])
        {
            using var refused = await node.SendAsync(HttpMethod.Post, KeyNode.Keys, TestSettings.AdminKey, body);
            await ApiHost.ProblemAsync(refused, HttpStatusCode.BadRequest, "invalid_request");
        }

        Assert.Equal(0L, await cluster.ScalarAsync<long>("SELECT count(*) FROM auth.api_keys"));
        var (id, key) = await node.CreateAsync();
        foreach (var body in (string[])
            ["""{"overlap_seconds":-1}""", """{"overlap_seconds":1e9}""", """{"overlap_seconds":"1"}""", """{"x":1}"""])
        {
            using var refused = await node.SendAsync(HttpMethod.Post, $"{KeyNode.Keys}/{id}/rotate", TestSettings.AdminKey, body);
            await ApiHost.ProblemAsync(refused, HttpStatusCode.BadRequest, "invalid_request");
        }

        foreach (var unknown in (string[])["key_nobody", "a%20b", key])
        {
            using var missing = await node.SendAsync(HttpMethod.Get, $"{KeyNode.Keys}/{unknown}", TestSettings.AdminKey);
            var problem = await ApiHost.ProblemAsync(missing, HttpStatusCode.NotFound, "unknown_key");
            Assert.DoesNotContain(key, problem.GetRawText(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task No_more_keys_are_made_than_the_setting_allows_and_a_revoked_one_gives_its_room_back()
    {
        await using var node = await KeyNode.StartAsync(
            await KeyCluster.NewAsync(servers),
            settings => settings with { Auth = settings.Auth with { Keys = settings.Auth.Keys with { MaxCount = 2 } } });
        var (id, _) = await node.CreateAsync();
        await node.CreateAsync();
        using var refused = await node.SendAsync(
            HttpMethod.Post, KeyNode.Keys, TestSettings.AdminKey, """{"name":"a","tenant":"a","tier":"large"}""");
        await ApiHost.ProblemAsync(refused, HttpStatusCode.Conflict, "too_many_keys");
        await node.RevokeAsync(id);
        await node.CreateAsync();
    }

    [Fact]
    public async Task Without_a_pepper_the_service_runs_and_making_a_key_says_what_to_set()
    {
        var cluster = await KeyCluster.NewAsync(servers);
        await using var node = await KeyNode.StartAsync(cluster with { Pepper = null });
        using var refused = await node.SendAsync(
            HttpMethod.Post, KeyNode.Keys, TestSettings.AdminKey, """{"name":"a","tenant":"a","tier":"large"}""");
        var problem = await ApiHost.ProblemAsync(refused, HttpStatusCode.Conflict, "no_key_pepper");
        Assert.Contains("AKKACRYPTO_KEY_PEPPER", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_pepper_than_the_one_of_the_stored_keys_stops_the_start()
    {
        var cluster = await KeyCluster.NewAsync(servers);
        await using (var node = await KeyNode.StartAsync(cluster))
        {
            await node.CreateAsync();
        }

        var other = cluster with { Pepper = "another pepper, which is also long enough" };
        var fault = await Assert.ThrowsAsync<SettingsException>(() => KeyNode.StartAsync(other));
        Assert.Contains("akkacrypto.auth.keys.pepper", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(other.Pepper!, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_last_use_is_written_to_the_minute_at_the_latest_when_the_node_stops()
    {
        var cluster = await KeyCluster.NewAsync(servers);
        string id;
        await using (var node = await KeyNode.StartAsync(cluster))
        {
            (id, var key) = await node.CreateAsync();
            node.Clock.Advance(TimeSpan.FromSeconds(90));
            Assert.Equal(200, await node.AskAsync(key));
        }

        await using var again = await KeyNode.StartAsync(cluster);
        var shown = await again.AdminAsync(HttpMethod.Get, $"{KeyNode.Keys}/{id}");
        Assert.Equal(Clock.Start.AddMinutes(1), shown.GetProperty("last_used_at").GetDateTimeOffset());
    }

    [Fact]
    public async Task The_list_of_a_users_keys_is_shared_over_Redis_and_is_void_after_any_change()
    {
        var cluster = await KeyCluster.NewAsync(servers);
        await using var node = await KeyNode.StartAsync(cluster);
        var (id, _) = await node.CreateAsync();
        const string Mine = KeyNode.Keys + "?tenant=acme";
        await node.AdminAsync(HttpMethod.Get, Mine);
        using var redis = await StackExchange.Redis.ConnectionMultiplexer.ConnectAsync(cluster.Redis);
        var kept = await redis.GetDatabase().StringGetAsync("api_keys:acme");
        Assert.Contains(id, kept.ToString(), StringComparison.Ordinal);
        Assert.NotNull(await redis.GetDatabase().KeyTimeToLiveAsync("api_keys:acme"));

        await node.RevokeAsync(id);

        var listed = await node.AdminAsync(HttpMethod.Get, Mine);
        Assert.Equal("revoked", listed.GetProperty("data")[0].GetProperty("state").GetString());
    }

    [Fact]
    public async Task Every_change_is_audited_in_its_transaction_and_no_entry_can_be_changed()
    {
        var cluster = await KeyCluster.NewAsync(servers);
        await using var node = await KeyNode.StartAsync(cluster);
        var (id, key) = await node.CreateAsync();
        var next = await node.RotateAsync(id);
        await node.RevokeAsync(id);

        var audit = await node.AdminAsync(HttpMethod.Get, "/admin/audit?actor=demo-admin");
        var entries = audit.GetProperty("data").EnumerateArray().ToList();
        Assert.Equal(["keys.revoke", "keys.rotate", "keys.create"], entries.Select(entry => entry.GetProperty("act").GetString()));
        Assert.All(entries, entry => Assert.Equal(
            (id, "done"), (entry.GetProperty("target").GetString(), entry.GetProperty("outcome").GetString())));
        Assert.Equal("active", entries[0].GetProperty("before").GetProperty("state").GetString());
        Assert.Equal("revoked", entries[0].GetProperty("after").GetProperty("state").GetString());
        Assert.DoesNotContain(key, audit.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain(next, audit.GetRawText(), StringComparison.Ordinal);
        foreach (var change in (string[])["UPDATE ops.audit SET actor = 'x'", "DELETE FROM ops.audit", "TRUNCATE ops.audit"])
        {
            var refused = await Assert.ThrowsAsync<PostgresException>(() => cluster.ScalarAsync<object>(change));
            Assert.Contains("append-only", refused.MessageText, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_pepper_is_made_once_and_only_its_owner_can_read_it()
    {
        using var folder = new TemporaryFolder();
        var settings = TestSettings.Create().Auth.Keys with { Pepper = null, PepperFile = null };

        var first = KeyPepper.Find(settings, folder.Path)!;
        var second = KeyPepper.Find(settings, folder.Path)!;

        Assert.Equal(first.Check, second.Check);
        Assert.Null(KeyPepper.Find(settings, null));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(
                UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(folder.Path, "auth", "pepper")));
        }

        Assert.Throws<SettingsException>(() => KeyPepper.Find(settings with { Pepper = "short" }, null));
        Assert.Throws<SettingsException>(() => KeyPepper.Find(settings with { PepperFile = "/no/such/file" }, null));
    }

    [Fact]
    public async Task A_tier_that_is_no_longer_configured_leaves_its_keys_out_rather_than_unlimited()
    {
        var cluster = await KeyCluster.NewAsync(servers);
        string key;
        await using (var node = await KeyNode.StartAsync(cluster))
        {
            (_, key) = await node.CreateAsync(tier: "small");
            Assert.Equal(200, await node.AskAsync(key));
        }

        await using var again = await KeyNode.StartAsync(cluster, settings => settings with
        {
            Auth = settings.Auth with { ApiKeys = [.. settings.Auth.ApiKeys.Where(known => known.Tier != "small")] },
            Quota = settings.Quota with
            {
                Tiers = settings.Quota.Tiers.Where(tier => tier.Key != "small").ToDictionary(StringComparer.Ordinal),
            },
        });
        Assert.Equal(401, await again.AskAsync(key));
    }
}
