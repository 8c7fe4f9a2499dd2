using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Feeds.Budgets;
using AkkaCrypto.Storage.Redis;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Feeds;
using AkkaCrypto.TestKit.Servers;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit.Abstractions;

namespace AkkaCrypto.Pipeline.Tests.Feeds.Budgets;

/// <summary>The script on a real Redis, against a naive oracle; time is given to it, for nobody can wait a month.</summary>
[Collection(ServerFixture.Collection)]
public sealed class SharedBudgetSpec(ServerFixture servers, ITestOutputHelper output) : IAsyncLifetime
{
    private static readonly BudgetSettings Unlimited = TestSettings.Read().Feeds["coinone"].Budget with { PerMinute = null };
    private string _connection = "";
    private RedisConnection _redis = null!;
    private long _now = 1_800_000_000_000;

    public async Task InitializeAsync() => _redis = await RedisConnection.ConnectAsync(
        new RedisOptions(_connection = await servers.NewRedisStateAsync(), TimeSpan.FromSeconds(10), "state"), TimeProvider.System,
        NullLogger<RedisConnection>.Instance);

    public async Task DisposeAsync() => await _redis.DisposeAsync();

    [Fact]
    public async Task No_sliding_window_ever_holds_more_than_its_budget_whoever_asks_for_what_and_when()
    {
        var random = new Random(Seed.Next(output));
        for (var run = 0; run < 6; run++)
        {
            var (settings, oracle) = (RandomBudget(random), new WindowOracle());
            var nodes = Enumerable.Range(1, 3).Select(node => Node($"node{node}", $"random{run}")).ToList();
            for (var ask = 0; ask < 250; ask++)
            {
                var wanted = Enumerable.Range(0, random.Next(1, 6))
                    .Select(_ => new Wanted((RequestPriority)random.Next(4), random.Next(1, 4))).OrderBy(one => one.Priority).ToList();
                var answer = await nodes[random.Next(3)].AskAsync(settings, wanted, TimeSpan.Zero, BudgetReport.None);
                wanted.Take(answer.Granted).ToList().ForEach(one => oracle.Granted(_now, one.Weight));
                _now += random.Next(5) switch
                {
                    0 => 0,
                    1 => (long)answer.Wait.TotalMilliseconds,
                    2 => random.Next(1, 20),
                    3 => random.Next(1, 2_000),
                    _ => random.Next(100) == 0 ? random.NextInt64(3 * 86_400_000L) : random.Next(1, 90_000),
                };
            }

            Assert.True(oracle.Count > 50, $"run {run} granted {oracle.Count}");
            Assert.All(BudgetWindow.All, window => Assert.True(
                oracle.Largest(window) <= (window.BudgetIn(settings) ?? long.MaxValue), $"run {run}: {window.Name} of {settings}"));
        }
    }

    [Theory]
    [InlineData("second", 7, 60)]
    [InlineData("minute", 30, 3_600)]
    [InlineData("day", 120, 30 * 86_400)]
    [InlineData("month", 200, 12 * 31 * 86_400)]
    public async Task With_a_backlog_at_least_95_percent_of_every_budget_is_used_and_never_more(string name, int budget, int seconds)
    {
        var window = BudgetWindow.All.Single(known => known.Name == name);
        var settings = Of(window, budget);
        var (nodes, oracle) = (new[] { Node("a", name), Node("b", name) }, new WindowOracle());
        var end = _now + (seconds * 1_000L);
        for (var turn = 0; _now < end; turn++)
        {
            var answer = await nodes[turn % 2].AskAsync(
                settings, [.. Enumerable.Repeat(new Wanted(RequestPriority.Backfill, 1), 32)], TimeSpan.Zero, BudgetReport.None);
            Enumerable.Range(0, answer.Granted).ToList().ForEach(_ => oracle.Granted(_now, 1));
            _now += (long)answer.Wait.TotalMilliseconds;
        }

        Assert.True(oracle.Largest(window) <= budget);
        var used = oracle.Total / (budget * (seconds / window.Length.TotalSeconds));
        output.WriteLine($"{name}: {used:P1} of the budget used");
        Assert.True(used >= 0.95, $"{used:P1} of the budget was used");
    }

    [Fact]
    public async Task While_a_user_waits_on_one_node_less_urgent_ones_of_another_wait_too()
    {
        var settings = Of(BudgetWindow.Minute, 2);
        var (a, b) = (Node("a", "urgent"), Node("b", "urgent"));
        await GrantAsync(a, settings, RequestPriority.Schedule, 2);
        _now += 59_000;
        Assert.Equal(0, await GrantAsync(b, settings, RequestPriority.User, 1));
        _now += 1_000;
        Assert.Equal(0, await GrantAsync(b, settings, RequestPriority.User, 1));
        _now += 751;

        // Room has come, and the schedule asks first: it still leaves it to the user, who gets it.
        Assert.Equal(0, await GrantAsync(a, settings, RequestPriority.Schedule, 1));
        Assert.Equal(1, await GrantAsync(b, settings, RequestPriority.User, 1));
        Assert.Equal(1, await GrantAsync(a, settings, RequestPriority.Schedule, 1));
    }

    [Fact]
    public async Task A_user_who_has_gone_keeps_nobody_waiting_for_long()
    {
        var settings = Of(BudgetWindow.Second, 1);
        await GrantAsync(Node("a", "gone"), settings, RequestPriority.User, 1);
        await GrantAsync(Node("a", "gone"), settings, RequestPriority.User, 1);
        _now += 1_300;

        Assert.Equal(1, await GrantAsync(Node("b", "gone"), settings, RequestPriority.Backfill, 1));
    }

    [Fact]
    public async Task The_last_part_of_a_large_budget_is_kept_for_users()
    {
        var settings = Of(BudgetWindow.Minute, 100);

        Assert.Equal(98, await GrantAsync(Node("a", "reserve"), settings, RequestPriority.Backfill, 100));
        Assert.Equal(2, await GrantAsync(Node("a", "reserve"), settings, RequestPriority.User, 100));
    }

    [Fact]
    public async Task A_hold_stops_every_node_and_a_shorter_one_takes_nothing_back()
    {
        var settings = Of(BudgetWindow.Minute, 100);
        var (a, b) = (Node("a", "hold"), Node("b", "hold"));
        await a.AskAsync(settings, [], TimeSpan.FromSeconds(20), BudgetReport.None);
        await a.AskAsync(settings, [], TimeSpan.FromSeconds(5), BudgetReport.None);

        var held = await b.AskAsync(settings, [new Wanted(RequestPriority.User, 1)], TimeSpan.Zero, BudgetReport.None);
        Assert.Equal((0, TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(20)), (held.Granted, held.Wait, held.Held));
        _now += 20_000;
        Assert.Equal(1, await GrantAsync(b, settings, RequestPriority.Backfill, 1));
    }

    [Fact]
    public async Task What_was_used_while_the_state_was_away_counts_once_however_often_it_is_told()
    {
        var settings = Of(BudgetWindow.Minute, 10);
        var report = new BudgetReport("r1", [0, 6, 6, 6], static () => "5000:2:6:0");
        var node = Node("a", "report");

        Assert.Equal(6, (await node.AskAsync(settings, [], TimeSpan.Zero, report)).Used[1]);
        Assert.Equal(6, (await node.AskAsync(settings, [], TimeSpan.Zero, report)).Used[1]);
        Assert.Equal(4, await GrantAsync(node, settings, RequestPriority.User, 10));
    }

    [Fact]
    public async Task A_clock_that_is_set_back_neither_frees_the_budget_nor_freezes_it()
    {
        var settings = Of(BudgetWindow.Minute, 3);
        var node = Node("a", "clock");
        Assert.Equal(3, await GrantAsync(node, settings, RequestPriority.User, 3));
        _now -= 3_600_000;

        Assert.Equal(0, await GrantAsync(node, settings, RequestPriority.User, 1));
        _now += 60_750;
        Assert.Equal(3, await GrantAsync(node, settings, RequestPriority.User, 3));
    }

    [Fact]
    public async Task Every_key_has_an_end_and_the_providers_hash_tag()
    {
        await GrantAsync(Node("a", "keys"), Of(BudgetWindow.Minute, 3), RequestPriority.User, 1);
        await Node("a", "keys").AskAsync(
            Unlimited, [], TimeSpan.Zero, new BudgetReport("r", [1, 1, 1, 1], static () => "1:0:1:0"));

        var keys = ((string[])(await _redis.CallAsync(database => database.ExecuteAsync("KEYS", "*")))!)
            .Where(key => key.Contains("keys", StringComparison.Ordinal)).ToList();
        Assert.Equal(8, keys.Count);
        Assert.All(keys, key => Assert.StartsWith("ratelimit:{upstream:keys}", key, StringComparison.Ordinal));
        foreach (var key in keys)
        {
            Assert.NotNull(await _redis.CallAsync(database => database.KeyTimeToLiveAsync(key)));
        }
    }

    [Fact]
    public async Task A_node_that_asks_is_counted_until_it_has_been_silent_for_its_ttl()
    {
        await GrantAsync(Node("a", "nodes"), Unlimited, RequestPriority.User, 1);
        var two = await Node("b", "nodes").AskAsync(Unlimited, [], TimeSpan.Zero, BudgetReport.None);
        _now += (long)SharedBudget.NodeTtl.TotalMilliseconds + 1;
        var one = await Node("b", "nodes").AskAsync(Unlimited, [], TimeSpan.Zero, BudgetReport.None);

        Assert.Equal((2, 1), (two.Nodes, one.Nodes));
    }

    [Fact]
    public async Task By_Redis_own_clock_it_works_too()
    {
        var node = new SharedBudget(_redis, "own-clock", "a", TimeProvider.System);

        Assert.Equal(5, await GrantAsync(node, Of(BudgetWindow.Day, 5), RequestPriority.User, 8));
    }

    [Fact]
    public async Task A_call_that_reaches_the_state_after_it_was_given_up_uses_nothing_and_is_not_in_the_log()
    {
        await using var hasty = await RedisConnection.ConnectAsync(
            new RedisOptions(_connection, TimeSpan.FromMilliseconds(100), "state"), TimeProvider.System,
            NullLogger<RedisConnection>.Instance);
        var (node, settings) = (new SharedBudget(hasty, "given-up", "a", TimeProvider.System), Of(BudgetWindow.Minute, 5));
        BudgetAnswer? answer = null;
        async Task LookAsync() => await Eventually.HoldsAsync(async () =>
        {
            try
            {
                answer = await node.AskAsync(settings, [], TimeSpan.Zero, BudgetReport.None);
                return true;
            }
            catch (RedisUnavailableException)
            {
                return false;
            }
        });
        await LookAsync();
        await _redis.CallAsync(database => database.ExecuteAsync("CLIENT", "PAUSE", 600, "WRITE"));

        await Assert.ThrowsAsync<RedisUnavailableException>(() => GrantAsync(node, settings, RequestPriority.User, 1));

        await LookAsync();
        Assert.Equal(0, answer!.Used[1]);
        Assert.Empty(await new GrantLog(_redis).ReadAsync("given-up", default));
        Assert.Equal(5, await GrantAsync(node, settings, RequestPriority.User, 6));
    }

    private static async Task<int> GrantAsync(SharedBudget node, BudgetSettings settings, RequestPriority priority, int requests) =>
        (await node.AskAsync(
            settings, [.. Enumerable.Repeat(new Wanted(priority, 1), requests)], TimeSpan.Zero, BudgetReport.None)).Granted;

    private static BudgetSettings Of(BudgetWindow window, int budget) => window.Name switch
    {
        "second" => Unlimited with { PerSecond = budget },
        "minute" => Unlimited with { PerMinute = budget },
        "day" => Unlimited with { PerDay = budget },
        _ => Unlimited with { PerMonth = budget },
    };

    private static BudgetSettings RandomBudget(Random random) => Unlimited with
    {
        PerSecond = random.Next(2) == 0 ? null : random.Next(4, 12),
        PerMinute = random.Next(4, 60),
        PerDay = random.Next(2) == 0 ? null : random.Next(60, 300),
        PerMonth = random.Next(2) == 0 ? null : random.Next(200, 800),
    };

    private SharedBudget Node(string name, string provider) => new(_redis, provider, name, TimeProvider.System, () => _now);
}
