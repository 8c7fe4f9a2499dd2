using System.Diagnostics;
using System.Globalization;
using AkkaCrypto.Actors.Auth;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Storage.Embedded;
using AkkaCrypto.Storage.Redis;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Servers;
using Microsoft.Extensions.Logging.Abstractions;
using static AkkaCrypto.Actors.Tests.Auth.QuotaSettingsOf;

namespace AkkaCrypto.Actors.Tests.Auth;

/// <summary>On a Redis of its own, for these tests stop it, kill it and empty it.</summary>
public sealed class QuotaOutageSpec : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private readonly TemporaryFolder _folder = new();
    private readonly LimitSettings _hundred = Fixed(100, 86_400);
    private EmbeddedServers _servers = null!;
    private RedisConnection _redis = null!;
    private QuotaNode _node = null!;

    public async Task InitializeAsync()
    {
        var options = new EmbeddedServersOptions(_folder.Path, Postgres: false, RedisState: true, RedisCache: false, 0);
        _servers = await EmbeddedServers.StartAsync(
            options, TimeProvider.System, NullLogger<EmbeddedServers>.Instance, CancellationToken.None);
        _redis = await RedisConnection.ConnectAsync(
            new RedisOptions(_servers.RedisState!, TimeSpan.FromMilliseconds(300), "state"), TimeProvider.System,
            NullLogger<RedisConnection>.Instance);
        _node = await QuotaNode.StartAsync(_redis, TimeProvider.System, NullLogger<QuotaNode>.Instance);
    }

    public async Task DisposeAsync()
    {
        await _node.DisposeAsync();
        await _redis.DisposeAsync();
        await _servers.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task While_Redis_is_paused_each_tier_has_its_rule_and_what_was_used_meanwhile_is_told_afterwards()
    {
        var (local, allow, deny) = (
            Tier(WithoutRedis.Local, 0.5, _hundred), Tier(WithoutRedis.Allow, 0.5, _hundred), Tier(WithoutRedis.Deny, 0.5, _hundred));
        var key = await CountedByRedisAsync(local, 4);
        Send("STOP");

        // What was leased, at most an eighth of what was left, and then half of the limit.
        Assert.InRange(await AllowedAsync(key, local, 200), 50, 62);
        Assert.Equal(200, await AllowedAsync("allow", allow, 200));
        Assert.Equal(QuotaOutcome.Unavailable, (await _node.TakeAsync("deny", deny, Prices).Within("an answer")).Outcome);

        Send("CONT");
        Assert.InRange(await UsedAsync(key, local), 54, 100);
        var denied = QuotaOutcome.Unavailable;
        await Eventually.HoldsAsync(
            async () => (denied = (await _node.TakeAsync("deny", deny, Prices)).Outcome) == QuotaOutcome.Allowed, Patience);
    }

    [Fact]
    public async Task A_killed_Redis_comes_back_with_what_was_used_and_an_emptied_one_begins_anew()
    {
        var tier = Tier(WithoutRedis.Local, 0.1, _hundred, Gcra(1_000, 60), Sliding(1_000, 60));
        var key = await CountedByRedisAsync(tier, 30);
        var pid = _servers.Processes.Single().Pid!.Value;
        Send("KILL");
        await AllowedAsync(key, tier, 5);
        await _servers.WhenRestartedAsync(ServerKind.RedisState, pid, new CancellationTokenSource(Patience).Token);
        Assert.InRange(await UsedAsync(key, tier), 30, 35);

        await _redis.CallAsync(database => database.ExecuteAsync("FLUSHALL"));
        // More than there were left before; where a call is late meanwhile, not all at once.
        var allowed = 0;
        await Eventually.HoldsAsync(async () => (allowed += await AllowedAsync(key, tier, 5)) >= 90, Patience);
    }

    [Fact]
    public async Task A_key_in_Redis_that_is_something_else_is_no_failure()
    {
        var tier = Tier(WithoutRedis.Local, 0.5, Gcra(10, 60));
        await _redis.CallAsync(database => database.StringSetAsync("rate:{odd}:all:60-gcra", "x"));
        Assert.Equal(5, await AllowedAsync("odd", tier, 20));
    }

    /// <summary>A key that has used so much, all of it by Redis' count: the first calls of a new process may run into their deadline, and
    /// then the node counts by itself.</summary>
    private async Task<string> CountedByRedisAsync(QuotaTier tier, int requests)
    {
        var key = "";
        var tries = 0;
        await Eventually.HoldsAsync(
            async () => await AllowedAsync(key = $"key{tries++}", tier, requests) == requests && _redis.IsAnswering
                && await UsedAsync(key, tier) == requests,
            Patience, "Redis counts");
        return key;
    }

    private async Task<int> AllowedAsync(string key, QuotaTier tier, int requests)
    {
        var allowed = 0;
        for (var i = 0; i < requests; i++)
        {
            allowed += (await _node.TakeAsync(key, tier, Prices).Within("an answer")).Outcome == QuotaOutcome.Allowed ? 1 : 0;
        }

        return allowed;
    }

    /// <summary>Of the first limit, once Redis answers again.</summary>
    private async Task<long> UsedAsync(string key, QuotaTier tier)
    {
        IReadOnlyList<LimitUsage>? usage = null;
        await Eventually.HoldsAsync(
            async () =>
            {
                try
                {
                    usage = await _node.UsageAsync(key, tier);
                }
                catch (RedisUnavailableException)
                {
                    usage = null;
                }

                return usage is not null;
            }, Patience, "Redis answers again");
        return usage![0].Used;
    }

    private void Send(string signal) => Assert.True(Signals.Send(signal, _servers.Processes.Single().Pid!.Value));
}
