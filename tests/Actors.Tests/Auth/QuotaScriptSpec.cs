using AkkaCrypto.Actors.Auth;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Storage.Redis;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Servers;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;
using Xunit.Abstractions;

namespace AkkaCrypto.Actors.Tests.Auth;

/// <summary>The script on a real Redis, against models of what each limit means; time is given to it.</summary>
[Collection(ServerFixture.Collection)]
public sealed class QuotaScriptSpec(ServerFixture servers, ITestOutputHelper output) : IAsyncLifetime
{
    private RedisConnection _redis = null!;
    private long _now = 1_800_000_000_123;
    private int _keys;

    public async Task InitializeAsync() => _redis = await RedisConnection.ConnectAsync(
        new RedisOptions(await servers.NewRedisStateAsync(), TimeSpan.FromSeconds(10), "state"), TimeProvider.System,
        NullLogger<RedisConnection>.Instance);

    public async Task DisposeAsync() => await _redis.DisposeAsync();

    [Fact]
    public async Task Any_mix_of_limits_decides_as_their_models_do_and_a_refusal_takes_nothing()
    {
        var random = new Random(Seed.Next(output));
        var (allowed, refused) = (0, 0);
        for (var run = 0; run < 20; run++)
        {
            var (limits, models) = RandomLimits(random);
            var ask = Asker(limits);
            for (var step = 0; step < 60; step++)
            {
                var demands = Enumerable.Range(0, random.Next(1, 5)).Select(
                    _ => new QuotaDemand(random.Next(1, 1 << limits.Length), random.Next(1, 8))).ToList();
                var answer = await ask(new LimitReport[limits.Length], demands);
                var longest = 0L;
                for (var demand = 0; demand < demands.Count; demand++)
                {
                    var (expected, wait) = Expect(models, demands[demand], answer, demand);
                    longest = Math.Max(longest, wait);
                    (allowed, refused) = expected ? (allowed + 1, refused) : (allowed, refused + 1);
                }

                _now += random.Next(4) switch { 0 => 0, 1 => longest, 2 => random.Next(1, 50), _ => random.Next(1, 4_000) };
            }

            Assert.All(models.Where(model => model.Limit.Algorithm == QuotaAlgorithm.Sliding),
                model => Assert.True(model.LargestStretch() <= model.Limit.Capacity));
        }

        output.WriteLine($"{allowed} allowed, {refused} refused");
        Assert.True(allowed > 500 && refused > 500);
    }

    [Fact]
    public async Task Leased_units_count_as_used_until_they_are_given_back_and_no_more_than_an_eighth_of_what_is_left_is_leased()
    {
        var random = new Random(Seed.Next(output));
        var limit = Limit(0, QuotaAlgorithm.Fixed, 200, 10);
        var model = new LimitModel(limit);
        var nodes = Enumerable.Range(0, 3)
            .Select(node => (Ask: Asker([limit], $"node{node}", "leases"), Slice: default(LimitReport))).ToList();
        for (var step = 0; step < 500; step++)
        {
            var at = random.Next(nodes.Count);
            var (ask, slice) = nodes[at];
            var current = slice.Units > 0 && slice.Start == _now / limit.Length * limit.Length / 1000;
            // Some of the slice was spent; the rest goes back, if its window still is.
            slice = slice with { Rest = random.NextInt64(slice.Rest + 1), Want = random.Next(40) };
            model.Add(current ? -slice.Rest : 0, _now);
            var cost = random.Next(1, 12);
            var fits = model.Fits(cost, _now);
            var answer = await ask([slice], [new QuotaDemand(1, cost)]);

            Assert.Equal(fits, answer.IsAllowed(0));
            model.Add(fits ? cost : 0, _now);
            var leased = answer.Limit(0).Leased;
            Assert.Equal(Math.Min(slice.Want, model.Remaining(_now) / 8), leased);
            model.Add(leased, _now);
            Assert.Equal(model.Remaining(_now), answer.Limit(0).Left);
            nodes[at] = (ask, new LimitReport(0, answer.Limit(0).Start, leased, leased, 0));
            var others = nodes.Where((node, index) => index != at && node.Slice.Start == answer.Limit(0).Start);
            Assert.Equal(others.Sum(node => node.Slice.Units), answer.Limit(0).Others);
            _now += random.Next(20) == 0 ? random.Next(12_000) : random.Next(100);
        }
    }

    [Theory]
    [InlineData(QuotaAlgorithm.Fixed)]
    [InlineData(QuotaAlgorithm.Sliding)]
    [InlineData(QuotaAlgorithm.Gcra)]
    public async Task A_clock_that_is_set_back_neither_frees_a_limit_at_once_nor_freezes_it(QuotaAlgorithm algorithm)
    {
        var ask = Asker([Limit(0, algorithm, 3, 60)]);
        Assert.True((await ask(new LimitReport[1], [new QuotaDemand(1, 3)])).IsAllowed(0));
        _now -= 20;
        var refused = await ask(new LimitReport[1], [new QuotaDemand(1, 1)]);
        Assert.False(refused.IsAllowed(0));

        _now += refused.Wait(0, 0);
        Assert.True((await ask(new LimitReport[1], [new QuotaDemand(1, 1)])).IsAllowed(0));
        _now -= 3_600_000;
        var later = await ask(new LimitReport[1], [new QuotaDemand(1, 3)]);
        Assert.InRange(later.Wait(0, 0), 0, 61_000);
    }

    [Fact]
    public async Task What_is_owed_counts_even_past_the_limit()
    {
        foreach (var algorithm in Enum.GetValues<QuotaAlgorithm>())
        {
            var ask = Asker([Limit(0, algorithm, 5, 60)]);
            var answer = await ask([new LimitReport(0, 0, 0, 0, 7)], [new QuotaDemand(1, 1)]);
            Assert.Equal((false, 0L), (answer.IsAllowed(0), answer.Limit(0).Left));
        }
    }

    [Fact]
    public async Task A_request_dearer_than_a_whole_limit_takes_the_whole_of_it()
    {
        foreach (var algorithm in Enum.GetValues<QuotaAlgorithm>())
        {
            var ask = Asker([Limit(0, algorithm, 5, 60)]);
            var answer = await ask(new LimitReport[1], [new QuotaDemand(1, 50)]);
            Assert.Equal((true, 0L), (answer.IsAllowed(0), answer.Remaining(0, 0)));
        }
    }

    [Fact]
    public async Task Every_key_has_an_end_the_name_of_the_contract_and_one_hash_tag()
    {
        QuotaLimit[] limits =
        [
            Limit(0, QuotaAlgorithm.Fixed, 5, 60), Limit(1, QuotaAlgorithm.Fixed, 5, 3600, "/trades"),
            Limit(2, QuotaAlgorithm.Sliding, 5, 10), Limit(3, QuotaAlgorithm.Gcra, 5, 10),
        ];
        await Asker(limits, "node", "a}b:{c")(new LimitReport[4], [new QuotaDemand(15, 1)]);
        await Asker(limits, "node", "plain")(new LimitReport[4], [new QuotaDemand(15, 1)]);

        var keys = ((string[])(await _redis.CallAsync(database => database.ExecuteAsync("KEYS", "rate:*")))!).Order(StringComparer.Ordinal);
        var (minute, hour) = (_now / 60_000 * 60, _now / 3_600_000 * 3_600);
        Assert.Equal(
            new[] { "a%7Db%3A%7Bc", "plain" }.SelectMany(id => new[]
            {
                $"rate:{{{id}}}:/trades:3600-{hour}", $"rate:{{{id}}}:all:10-gcra", $"rate:{{{id}}}:all:10-sliding",
                $"rate:{{{id}}}:all:60-{minute}",
            }),
            keys);
        foreach (var key in keys)
        {
            Assert.NotNull(await _redis.CallAsync(database => database.KeyTimeToLiveAsync(key)));
        }
    }

    [Fact]
    public async Task By_Redis_own_clock_it_works_too()
    {
        var limit = Limit(0, QuotaAlgorithm.Fixed, 5, 3600);
        var answer = await new RedisQuota(_redis, "node").AskAsync(
            [limit], [limit.RedisKey("own-clock")], new LimitReport[1], [new QuotaDemand(1, 2)], TimeSpan.Zero);
        Assert.Equal(3, answer.Limit(0).Left);
    }

    private (bool Allowed, long Wait) Expect(LimitModel[] models, QuotaDemand demand, QuotaAnswer answer, int index)
    {
        var asked = models.Where(model => (demand.Mask & (1 << model.Limit.Index)) != 0).ToList();
        var expected = asked.TrueForAll(model => model.Fits(demand.Cost, _now));
        Assert.Equal(expected, answer.IsAllowed(index));
        asked.ForEach(model => Assert.Equal(model.Wait(demand.Cost, _now), answer.Wait(index, model.Limit.Index)));
        if (expected)
        {
            asked.ForEach(model => model.Take(demand.Cost, _now));
        }

        Assert.All(models, model => Assert.Equal(model.Remaining(_now), answer.Remaining(index, model.Limit.Index)));
        return (expected, asked.Max(model => expected ? 0 : model.Wait(demand.Cost, _now)));
    }

    private Func<LimitReport[], IReadOnlyList<QuotaDemand>, Task<QuotaAnswer>> Asker(
        QuotaLimit[] limits, string node = "node", string? id = null)
    {
        id ??= $"key{_keys++}";
        var quota = new RedisQuota(_redis, node, () => _now);
        var keys = Array.ConvertAll(limits, limit => (RedisKey)limit.RedisKey(id));
        return (reports, demands) => quota.AskAsync(limits, keys, reports, demands, TimeSpan.Zero);
    }

    private static (QuotaLimit[] Limits, LimitModel[] Models) RandomLimits(Random random)
    {
        // No two windows alike, for a tier can't have two limits of one algorithm, route and window.
        var limits = Enumerable.Range(0, random.Next(1, 5)).Select(index => Limit(
            index, (QuotaAlgorithm)random.Next(3), random.Next(3, 40), (4 * random.Next(4)) + index + 1, burst: random.Next(2, 20)))
            .ToArray();
        return (limits, Array.ConvertAll(limits, limit => new LimitModel(limit)));
    }

    private static QuotaLimit Limit(
        int index, QuotaAlgorithm algorithm, int capacity, int seconds, string route = "all", int? burst = null) =>
        new(index, $"l{index}", route, algorithm, capacity, TimeSpan.FromSeconds(seconds),
            algorithm == QuotaAlgorithm.Gcra ? burst ?? capacity : capacity);
}
