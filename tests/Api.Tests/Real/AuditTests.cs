using System.Text.Json;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.TestKit.Servers;
using Npgsql;

namespace AkkaCrypto.Api.Tests.Real;

/// <summary>Every admin act that changes something leaves its entry.</summary>
[Collection(ServerFixture.Collection)]
public sealed class AuditTests(ServerFixture servers)
{
    [Fact]
    public async Task Tuning_a_stream_is_noted_with_what_was_laid_before_and_after_and_a_refused_one_is_not()
    {
        using var world = await ConfiguredHost.NewWorldAsync(servers);
        await using var api = await world.StartAsync();
        const string Trades = ConfiguredHost.Streams + "/trades";
        await api.ReadAsync(HttpMethod.Patch, Trades, """{"batch-size":100}""");
        await api.ReadAsync(HttpMethod.Patch, Trades, """{"batch-size":200,"restart":{"jitter":0.5}}""");
        using (await api.SendAsync(HttpMethod.Patch, Trades, """{"batch-size":-1}"""))
        {
            // Refused: nothing has changed.
        }

        await api.ReadAsync(HttpMethod.Delete, Trades);

        Assert.Equal(
            [
                """streams.clear trades {"batch-size":200,"restart.jitter":0.5} {} done root""",
                """streams.patch trades {"batch-size":100} {"batch-size":200,"restart.jitter":0.5} done root""",
                """streams.patch trades {} {"batch-size":100} done root""",
            ],
            Lines(await api.ReadAsync(HttpMethod.Get, "/admin/audit")));
    }

    [Fact]
    public async Task Dead_letters_and_the_internal_routes_are_noted_with_their_counts_and_an_ended_caller_leaves_an_end()
    {
        var cluster = await KeyCluster.NewAsync(servers);
        await using var node = await KeyNode.StartAsync(cluster);
        await using var database = NpgsqlDataSource.Create(cluster.Postgres);
        await new DeadLetterStore(database).KeepAsync(
            [.. ((string[])["{", "[", "("]).Select(text => new DeadLetter(
                new SeriesKey("coinone", "trades", "btc-krw"), "test", new Refusal(RefusalCode.MalformedJson, "broken"),
                System.Text.Encoding.UTF8.GetBytes(text), Clock.Start))],
            CancellationToken.None);

        await node.AdminAsync(HttpMethod.Post, "/admin/dead-letters/1/replay");
        await node.AdminAsync(HttpMethod.Delete, "/admin/dead-letters/2");
        await node.AdminAsync(HttpMethod.Delete, "/admin/dead-letters?provider=coinone");
        using (await node.SendAsync(
            HttpMethod.Post, "/internal-api/coinone-worker/public/trades?quote=krw&target=btc", TestSettings.AdminKey, "{}"))
        {
            // A reply that can't be read: 400.
        }

        var audit = await node.AdminAsync(HttpMethod.Get, "/admin/audit");
        var entries = audit.GetProperty("data").EnumerateArray().Reverse().ToList();
        Assert.Equal(
            [
                "dead_letters.replay begun", "dead_letters.replay refused", "dead_letters.purge done", "dead_letters.purge done",
                "internal.ingest begun", "internal.ingest refused",
            ],
            entries.Select(entry => $"{entry.GetProperty("act").GetString()} {entry.GetProperty("outcome").GetString()}"));
        Assert.Equal(1, entries[2].GetProperty("after").GetProperty("letters").GetInt32());
        Assert.Equal(2, entries[3].GetProperty("after").GetProperty("letters").GetInt32());
        Assert.Equal("coinone/trades/btc-krw", entries[4].GetProperty("target").GetString());
        Assert.Equal(entries[4].GetProperty("trace_id").GetString(), entries[5].GetProperty("trace_id").GetString());
        Assert.NotEqual(entries[3].GetProperty("trace_id").GetString(), entries[5].GetProperty("trace_id").GetString());
    }

    [Fact]
    public async Task An_act_that_fails_is_noted_as_failed_and_its_failure_is_the_callers()
    {
        var cluster = await KeyCluster.NewAsync(servers);
        await using var database = NpgsqlDataSource.Create(cluster.Postgres);
        var log = new AuditLog(database, new Clock());
        await Assert.ThrowsAsync<InvalidOperationException>(() => log.AroundAsync<int>(
            new Actor("root", "t1"), "test.act", "x", () => throw new InvalidOperationException("a secret text")));
        var entries = await log.ListAsync(new AuditFilter("root", null, null, null), null, 10, CancellationToken.None);
        Assert.Equal(["failed", "begun"], entries.Select(entry => entry.Entry.Outcome));
        Assert.DoesNotContain("secret", entries[0].Entry.After, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Lines(JsonElement audit) => audit.GetProperty("data").EnumerateArray().Select(entry =>
        $"{entry.GetProperty("act").GetString()} {entry.GetProperty("target").GetString()} {Text(entry, "before")} {Text(entry, "after")} "
        + $"{entry.GetProperty("outcome").GetString()} {entry.GetProperty("actor").GetString()}");

    private static string Text(JsonElement entry, string name) =>
        entry.GetProperty(name).GetRawText().Replace(" ", "", StringComparison.Ordinal);
}
