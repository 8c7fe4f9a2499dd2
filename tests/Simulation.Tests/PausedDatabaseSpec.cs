using AkkaCrypto.Simulator.Market;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Servers;
using Xunit.Abstractions;

namespace AkkaCrypto.Simulation.Tests;

/// <summary>
/// PostgreSQL stops answering while the market runs fast: memory stays within the buffers, afterwards the lag goes, nothing that the
/// provider still shows is lost, and what it no longer shows stands in the gap register with its exact bounds.
/// </summary>
public sealed class PausedDatabaseSpec(ITestOutputHelper output)
{
    private const long MarketSeed = 20260101;

    // Far more than the buffers can hold (replies of 20 KB, 8 of them a feed), far less than a minute of unbounded polling would leave.
    private const long MostGrowth = 128L * 1024 * 1024;

    private static readonly TimeSpan LagAtRest = TimeSpan.FromSeconds(5);

    [Fact]
    public Task A_short_pause_at_a_fast_pace_leaves_exact_gaps_and_nothing_else() =>
        PauseAsync(pace: 60, TimeSpan.FromSeconds(12), "batch-size = 200, buffer = 1");

    [Fact]
    [Trait("Category", "Soak")]
    public Task A_minute_s_pause_at_ten_times_the_pace_leaves_exact_gaps_and_nothing_else() =>
        PauseAsync(pace: 10, TimeSpan.FromSeconds(60), "");

    /// <param name="stream">Settings of the stream of trades under which the pause outlasts what its stages hold, on a busy machine
    /// too, where replies come more slowly.</param>
    private async Task PauseAsync(double pace, TimeSpan pause, string stream)
    {
        using var folder = new TemporaryFolder();
        await using var service = await ServiceProcess.StartAsync(folder.Path, $$"""
            akkacrypto {
              simulator { seed = {{MarketSeed}}, pace = {{pace}} }
              streams.trades { {{stream}} }
              feeds.coinone { datasets.trades.every = 500ms, budget.per-minute = 100000 }
            }
            """);
        await service.WhenReadyAsync();
        var before = service.WorkingSetBytes();
        var growth = await WhilePausedAsync(service, pause, before);
        output.WriteLine($"working set {before >> 20} MB, grew by at most {growth >> 20} MB");
        Assert.InRange(growth, 0, MostGrowth);

        await using var database = service.OpenDatabase();
        var lag = TimeSpan.MaxValue;
        await Eventually.GetsDoneAsync(
            async () => (long)Math.Max(0, ((lag = await LagAsync(database)) - LagAtRest).TotalMilliseconds), standing: 60,
            TimeSpan.FromSeconds(1), () => $"the newest stored trade is {lag} old");
        var verdicts = await TradeTruth.CheckAsync(database, new MarketModel(MarketSeed, pace));
        verdicts.ToList().ForEach(verdict => output.WriteLine(verdict.ToString()));
        Assert.All(verdicts, verdict => Assert.True(verdict.Holds, verdict.ToString()));

        // A gap may hold stored trades: those that were pushed, and that the provider's list no longer showed when it was asked. So what
        // is demanded of gaps is that they excuse all that is missing; and one of some pair, for the pause outlasts the buffers.
        // Not of every pair: on a busy machine a reply can be on its way across the pause and join its window to the next.
        Assert.Contains(verdicts, verdict => verdict.Gaps > 0);
    }

    private static async Task<long> WhilePausedAsync(ServiceProcess service, TimeSpan pause, long before)
    {
        var most = before;
        var all = await Signals.StopWithChildrenAsync(service.PostgresPid());
        try
        {
            for (var step = 0; step < 20; step++)
            {
                await Eventually.AfterAsync(pause / 20);
                most = Math.Max(most, service.WorkingSetBytes());
            }
        }
        finally
        {
            Assert.True(Signals.Send("CONT", all));
        }

        return most - before;
    }

    private static async Task<TimeSpan> LagAsync(Npgsql.NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand("SELECT max(time_ns) / 1000000 FROM market.trades");
        return TimeProvider.System.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds((long)(await command.ExecuteScalarAsync())!);
    }
}
