using AkkaCrypto.Actors.Auth;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Storage.Redis;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Servers;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit.Abstractions;
using static AkkaCrypto.Actors.Tests.Auth.QuotaSettingsOf;

namespace AkkaCrypto.Actors.Tests.Auth;

/// <summary>Nodes of one cluster, each with its own connection, on one real Redis.</summary>
[Collection(ServerFixture.Collection)]
public sealed class QuotaNodeSpec(ServerFixture servers, ITestOutputHelper output) : IAsyncLifetime
{
    private readonly List<RedisConnection> _connections = [];
    private readonly List<QuotaNode> _nodes = [];
    private string _state = "";

    public async Task InitializeAsync() => _state = await servers.NewRedisStateAsync();

    public async Task DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }

        foreach (var connection in _connections)
        {
            await connection.DisposeAsync();
        }
    }

    [Fact]
    public async Task One_after_the_other_on_two_nodes_exactly_the_limit_is_served_and_each_answer_says_what_is_left()
    {
        var (nodes, tier) = (await NodesAsync(2), Tier(Fixed(100, 86_400)));
        for (var i = 0; i < 130; i++)
        {
            var verdict = await nodes[i % 2].TakeAsync("turns", tier, Prices);
            Assert.Equal(i < 100 ? QuotaOutcome.Allowed : QuotaOutcome.Refused, verdict.Outcome);
            Assert.InRange(verdict.Standings[0].Remaining, 0, 100);
            Assert.InRange(verdict.Standings[0].ResetSeconds, 1, 86_400);
        }
    }

    [Fact]
    public async Task On_one_node_what_is_left_goes_down_by_what_each_request_costs()
    {
        var (node, tier) = ((await NodesAsync(1))[0], Tier(Fixed(300, 86_400), Fixed(1000, 864_000)));
        for (var i = 1; i <= 100; i++)
        {
            var verdict = await node.TakeAsync("down", tier, Trades, rows: 150);
            Assert.Equal((300 - (3 * i), 1000 - (3 * i)), (verdict.Standings[0].Remaining, verdict.Standings[1].Remaining));
            Assert.Equal("l0", verdict.Tightest!.Name);
        }

        var refused = await node.TakeAsync("down", tier, Trades, rows: 150);
        Assert.Equal((QuotaOutcome.Refused, 0, 700), (refused.Outcome, refused.Standings[0].Remaining, refused.Standings[1].Remaining));
    }

    [Fact]
    public async Task Thirty_two_callers_on_two_nodes_get_exactly_the_limit_of_every_window_that_is_in_the_way()
    {
        var (nodes, tier) = (await NodesAsync(2), Tier(Fixed(5_000, 86_400), Fixed(900, 86_400, "/trades")));
        var allowed = await Task.WhenAll(Enumerable.Range(0, 32).Select(caller => Task.Run(async () =>
        {
            var (prices, trades) = (0, 0);
            for (var i = 0; i < 400; i++)
            {
                prices += (await nodes[caller % 2].TakeAsync("crowd", tier, Prices)).Outcome == QuotaOutcome.Allowed ? 1 : 0;
                trades += (await nodes[caller % 2].TakeAsync("crowd", tier, Trades)).Outcome == QuotaOutcome.Allowed ? 1 : 0;
            }

            return (prices, trades);
        })));

        Assert.Equal((5_000, 900), (allowed.Sum(one => one.prices + one.trades), allowed.Sum(one => one.trades)));
    }

    [Fact]
    public async Task What_a_request_takes_from_one_limit_and_cannot_from_the_next_is_not_lost_where_slices_are_given_back_meanwhile()
    {
        await using var redis = await ConnectAsync();
        var tier = Tier(Fixed(10_000_000, 86_400), Fixed(5_000_000, 864_000));
        var key = new KeyQuota("both", tier, new RedisQuota(redis, "n"), null, TimeProvider.System, NullLogger.Instance);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(caller => Task.Run(async () =>
        {
            for (var i = 1; i <= 20_000; i++)
            {
                Assert.Equal(QuotaOutcome.Allowed, (await key.TakeAsync(0b11, 1)).Outcome);
                if (i % 200 == 0)
                {
                    _ = key.CloseAsync();
                }
            }
        })));

        Assert.Equal([160_000, 160_000], (await key.UsageAsync()).Select(one => one.Used));
    }

    [Fact]
    public async Task Usage_is_the_count_of_what_was_allowed_on_all_nodes_and_leaves_the_rest_to_be_used()
    {
        var (nodes, tier) = (await NodesAsync(3), Tier(Fixed(10_000, 86_400), Sliding(5_000, 3_600), Fixed(700, 3_600, "/trades")));
        var random = new Random(Seed.Next(output));
        var (prices, trades) = (0, 0);
        for (var i = 0; i < 600; i++)
        {
            var isTrade = random.Next(3) == 0;
            var verdict = await nodes[random.Next(3)].TakeAsync("usage", tier, isTrade ? Trades : Prices, rows: isTrade ? 100 : 0);
            Assert.Equal(QuotaOutcome.Allowed, verdict.Outcome);
            (prices, trades) = isTrade ? (prices, trades + 2) : (prices + 1, trades);
        }

        var usage = await nodes[0].UsageAsync("usage", tier);
        Assert.Equal([prices + trades, prices + trades, trades], usage.Select(one => one.Used));
        Assert.Equal([10_000 - prices - trades, 5_000 - prices - trades, 700 - trades], usage.Select(one => one.Remaining));
    }

    [Fact]
    public async Task Usage_of_fixed_windows_is_right_in_the_midst_of_leased_slices()
    {
        var (nodes, tier) = (await NodesAsync(2), Tier(Fixed(100_000, 86_400)));
        var used = 0;
        foreach (var burst in (int[])[3_000, 500, 1])
        {
            await Task.WhenAll(Enumerable.Range(0, burst).Select(i => nodes[i % 2].TakeAsync("slices", tier, Prices).AsTask()));
            used += burst;
            Assert.Equal(used, (await nodes[burst % 2].UsageAsync("slices", tier))[0].Used);
        }
    }

    [Fact]
    public async Task A_node_that_stops_gives_back_its_slices()
    {
        var (nodes, tier) = (await NodesAsync(2), Tier(Fixed(1_000, 86_400)));
        for (var i = 0; i < 100; i++)
        {
            await nodes[0].TakeAsync("stop", tier, Prices);
        }

        await nodes[0].DisposeAsync();
        _nodes.Remove(nodes[0]);
        var served = 0;
        while ((await nodes[1].TakeAsync("stop", tier, Prices)).Outcome == QuotaOutcome.Allowed)
        {
            served++;
        }

        Assert.Equal(900, served);
    }

    [Fact]
    public async Task A_decision_from_a_leased_slice_is_made_at_once_and_allocates_nothing()
    {
        var (node, tier) = ((await NodesAsync(1))[0], Tier(Fixed(10_000_000, 86_400), Fixed(100_000_000, 864_000)));
        for (var i = 0; i < 20_000; i++)
        {
            await node.TakeAsync("hot", tier, Prices);
        }

        var (before, atOnce) = (GC.GetAllocatedBytesForCurrentThread(), 0);
        for (var i = 0; i < 1_000; i++)
        {
            var taking = node.TakeAsync("hot", tier, Prices);
            atOnce += taking.IsCompletedSuccessfully ? 1 : 0;
            if (!taking.IsCompletedSuccessfully)
            {
                break;
            }
        }

        Assert.Equal((1_000, 0L), (atOnce, GC.GetAllocatedBytesForCurrentThread() - before));
    }

    [Fact]
    public async Task Who_waits_as_long_as_it_was_told_is_served_whatever_counts_and_whatever_it_costs()
    {
        var random = new Random(Seed.Next(output));
        await using var redis = await ConnectAsync();
        for (var run = 0; run < 20; run++)
        {
            var (clock, now) = (new FakeTimeProvider(), 1_800_000_000_000 + random.Next(100_000));
            var node = new QuotaNode(redis, clock, NullLogger.Instance, () => now);
            var tier = Tier(
                [.. Enumerable.Range(0, random.Next(1, 4)).Select(index => RandomLimit(random, (4 * random.Next(5)) + index + 1))]);
            var refusals = 0;
            for (var i = 0; i < 60; i++)
            {
                var rows = random.Next(0, 500);
                var verdict = await node.TakeAsync($"waits{run}", tier, Trades, rows);
                if (verdict.Outcome == QuotaOutcome.Refused)
                {
                    refusals++;
                    // Another refusal meanwhile, of somebody cheaper or dearer, changes nothing.
                    await node.TakeAsync($"waits{run}", tier, Trades, 5_000);
                    clock.Advance(TimeSpan.FromSeconds(verdict.RetryAfterSeconds));
                    now += verdict.RetryAfterSeconds * 1_000L;
                    verdict = await node.TakeAsync($"waits{run}", tier, Trades, rows);
                    Assert.Equal(QuotaOutcome.Allowed, verdict.Outcome);
                }

                var pause = random.Next(400);
                clock.Advance(TimeSpan.FromMilliseconds(pause));
                now += pause;
            }

            Assert.True(refusals > 0);
        }
    }

    [Fact]
    public async Task Sixteen_threads_get_exactly_the_limit_where_there_is_no_Redis()
    {
        var node = QuotaNode.Alone(new FakeTimeProvider(), NullLogger<QuotaNode>.Instance);
        var tier = Tier(Fixed(10_000, 60), Gcra(12_000, 60));
        var allowed = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() => Enumerable.Range(0, 1000)
            .Count(_ => node.TakeAsync("k", tier, Prices).Result.Outcome == QuotaOutcome.Allowed))));
        Assert.Equal(10_000, allowed.Sum());
    }

    [Fact]
    public void However_often_Redis_comes_and_goes_within_a_window_the_share_of_it_is_given_once_and_each_limit_is_told_by_itself()
    {
        var clock = new FakeTimeProvider();
        var count = new CountWithoutRedis(Tier(WithoutRedis.Local, 0.1, Fixed(100, 86_400), Fixed(1_000, 86_400)), alone: false, clock);
        var allowed = 0;
        for (var outage = 0; outage < 5; outage++)
        {
            allowed += Enumerable.Range(0, 20).Count(_ => count.Take(0b11, 1).Outcome == QuotaOutcome.Allowed);
            Assert.Equal((outage == 0 ? 10 : 0, 10), (count.Owed(0), count.Owed(1)));
            // A request that concerned the first limit alone.
            count.Told(0b01);
            Assert.Equal((0, 10), (count.Owed(0), count.Owed(1)));
        }

        Assert.Equal(10, allowed);
        count.Told(0b10);
        Assert.Equal(0, count.Owed(1));
        clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal(QuotaOutcome.Allowed, count.Take(0b11, 1).Outcome);
    }

    [Fact]
    public void The_count_without_Redis_decides_as_the_models_do()
    {
        var random = new Random(Seed.Next(output));
        for (var run = 0; run < 200; run++)
        {
            var limit = Tier(RandomLimit(random, random.Next(1, 20))).Limits[0];
            var (count, model, now) = (new LocalCount(limit, 1), new LimitModel(limit), 1_800_000_000_000L);
            for (var i = 0; i < 60; i++)
            {
                var cost = random.Next(1, 10);
                Assert.Equal((model.Remaining(now), model.Wait(cost, now)), (count.Remaining(now), count.Wait(cost, now)));
                if (model.Fits(cost, now))
                {
                    model.Take(cost, now);
                    count.Add(cost, now);
                }

                now += random.Next(3) == 0 ? count.Wait(cost, now) : random.Next(1_500);
            }
        }
    }

    private static LimitSettings RandomLimit(Random random, int seconds) => random.Next(3) switch
    {
        0 => Fixed(random.Next(5, 40), seconds),
        1 => Sliding(random.Next(5, 40), seconds),
        _ => Gcra(random.Next(5, 40), seconds, random.Next(2, 60)),
    };

    private async Task<RedisConnection> ConnectAsync() => await RedisConnection.ConnectAsync(
        new RedisOptions(_state, TimeSpan.FromSeconds(10), "state"), TimeProvider.System, NullLogger<RedisConnection>.Instance);

    private async Task<List<QuotaNode>> NodesAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _connections.Add(await ConnectAsync());
            _nodes.Add(await QuotaNode.StartAsync(_connections[^1], TimeProvider.System, NullLogger<QuotaNode>.Instance));
        }

        return [.. _nodes];
    }
}
