using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Servers;
using Npgsql;

namespace AkkaCrypto.Api.Tests.Real;

/// <summary>What one node changes of keys, on another node: with messages, without them, and with the database away.</summary>
[Collection(ServerFixture.Collection)]
public sealed class RevocationTests(ServerFixture servers)
{
    private const string Nowhere = "127.0.0.1:1";

    [Fact]
    public async Task A_key_of_one_node_opens_another_at_once_and_its_revocation_closes_both()
    {
        var cluster = await KeyCluster.NewAsync(servers);
        await using var here = await KeyNode.StartAsync(cluster);
        await using var there = await KeyNode.StartAsync(cluster);

        var (id, key) = await here.CreateAsync();
        Assert.Equal((200, 200), (await here.AskAsync(key), await there.AskAsync(key)));

        await there.RevokeAsync(id);
        Assert.Equal(401, await there.AskAsync(key));
        await Eventually.HoldsAsync(async () => await here.AskAsync(key) == 401);
    }

    [Fact]
    public async Task A_revocation_whose_message_is_lost_is_found_by_looking()
    {
        var cluster = await KeyCluster.NewAsync(servers);
        await using var here = await KeyNode.StartAsync(cluster);
        await using var deaf = await KeyNode.StartAsync(cluster with { Redis = Nowhere });
        var (id, key) = await here.CreateAsync();
        Assert.Equal(200, await deaf.AskAsync(key));

        await here.RevokeAsync(id);

        await Eventually.HoldsAsync(async () => await deaf.AskAsync(key) == 401);
    }

    [Fact]
    public async Task A_node_that_alone_is_cut_off_from_the_database_hears_of_a_revocation()
    {
        var cluster = await KeyCluster.NewAsync(servers);
        var (database, way) = Forwarded(cluster.Postgres);
        await using var _ = way;
        await using var here = await KeyNode.StartAsync(cluster);
        await using var cut = await KeyNode.StartAsync(cluster with { Postgres = database });
        var ((id, key), (_, other)) = (await here.CreateAsync(), await here.CreateAsync());
        Assert.Equal((200, 200), (await cut.AskAsync(key), await cut.AskAsync(other)));

        await way.CutAsync();
        await here.RevokeAsync(id);

        // The node can't look, so it doesn't say that the key is unknown, but it serves it no more.
        await Eventually.HoldsAsync(async () => await cut.AskAsync(key) is 401 or 503);
        Assert.Equal(200, await cut.AskAsync(other));
        way.Mend();
        await Eventually.HoldsAsync(async () =>
        {
            // Looks that unknown keys cause are spaced by the node's clock.
            cut.Clock.Advance(TimeSpan.FromMilliseconds(100));
            return await cut.AskAsync(key) == 401;
        });
    }

    [Fact]
    public async Task Without_the_database_known_keys_hold_for_the_stated_time_and_then_none_but_those_of_the_configuration()
    {
        var cluster = await KeyCluster.NewAsync(servers);
        var (database, way) = Forwarded(cluster.Postgres);
        await using var _ = way;
        await using var node = await KeyNode.StartAsync(cluster with { Postgres = database });
        var (_, key) = await node.CreateAsync();
        Assert.Equal(200, await node.AskAsync(key));

        await way.CutAsync();
        node.Clock.Advance(TimeSpan.FromMinutes(4));
        Assert.Equal((200, 200), (await node.AskAsync(key), await node.AskAsync(TestSettings.UserKey)));
        node.Clock.Advance(TimeSpan.FromMinutes(2));
        using (var refused = await node.SendAsync(HttpMethod.Get, KeyNode.Trades, key))
        {
            await ApiHost.ProblemAsync(refused, System.Net.HttpStatusCode.ServiceUnavailable, "unavailable");
            Assert.NotNull(refused.Headers.RetryAfter);
        }

        Assert.Equal(200, await node.AskAsync(TestSettings.UserKey));
        way.Mend();
        await Eventually.HoldsAsync(async () => await node.AskAsync(key) == 200);
    }

    private static (string ConnectionString, TcpForwarder Way) Forwarded(string connectionString)
    {
        var target = new NpgsqlConnectionStringBuilder(connectionString);
        var way = new TcpForwarder(target.Host!, target.Port);
        return (new NpgsqlConnectionStringBuilder(connectionString) { Host = "127.0.0.1", Port = way.Port }.ConnectionString, way);
    }
}
