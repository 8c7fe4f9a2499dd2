using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Feeds.Budgets;
using AkkaCrypto.Storage.Redis;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Feeds;
using AkkaCrypto.TestKit.Servers;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit.Abstractions;

namespace AkkaCrypto.Pipeline.Tests.Feeds.Budgets;

[Collection(ServerFixture.Collection)]
public sealed class GrantLogSpec(ServerFixture servers, ITestOutputHelper output)
{
    private const long Start = 1_800_000_000_000;

    [Fact]
    public async Task Every_grant_is_in_the_log_with_its_time_priority_and_weight_also_those_told_later()
    {
        await using var redis = await RedisConnection.ConnectAsync(
            new RedisOptions(await servers.NewRedisStateAsync(), TimeSpan.FromSeconds(10), "state"), TimeProvider.System,
            NullLogger<RedisConnection>.Instance);
        var now = Start;
        var settings = TestSettings.Read().Feeds["coinone"].Budget;
        var budget = new SharedBudget(redis, "coinone", "a", TimeProvider.System, () => now);
        await budget.AskAsync(
            settings, [new Wanted(RequestPriority.User, 2), new Wanted(RequestPriority.Backfill, 1)], TimeSpan.Zero, BudgetReport.None);
        now += 10_000;
        await budget.AskAsync(settings, [], TimeSpan.Zero, new BudgetReport("r", [0, 5, 5, 5], static () => "4000:2:5:0"));

        Assert.Equal(
            [
                new Grant(At(0), RequestPriority.User, 2), new Grant(At(0), RequestPriority.Backfill, 1),
                new Grant(At(6_000), RequestPriority.Schedule, 5),
            ],
            await new GrantLog(redis).ReadAsync("coinone", default));
        Assert.Empty(await new GrantLog(redis).ReadAsync("kraken", default));
    }

    [Fact]
    public void The_largest_use_is_found_with_the_moment_its_window_began()
    {
        Grant[] grants = [new(At(0), 0, 1), new(At(900), 0, 2), new(At(999), 0, 3), new(At(1_000), 0, 4), new(At(1_899), 0, 1)];

        Assert.Equal(new LargestUse(BudgetWindow.Second, 10, At(900)), GrantLog.LargestIn(BudgetWindow.Second, grants));
        Assert.Equal(new LargestUse(BudgetWindow.Second, 0, null), GrantLog.LargestIn(BudgetWindow.Second, []));
    }

    [Fact]
    public void It_agrees_with_the_oracle()
    {
        var random = new Random(Seed.Next(output));
        for (var run = 0; run < 50; run++)
        {
            var oracle = new WindowOracle();
            var grants = Enumerable.Range(0, 200).Select(_ => new Grant(At(random.Next(200_000)), 0, random.Next(1, 9)))
                .OrderBy(grant => grant.At).ToList();
            grants.ForEach(grant => oracle.Granted(grant.At.ToUnixTimeMilliseconds(), grant.Weight));

            Assert.Equal(oracle.Largest(BudgetWindow.Minute), GrantLog.LargestIn(BudgetWindow.Minute, grants).Weight);
        }
    }

    private static DateTimeOffset At(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(Start + milliseconds);
}
