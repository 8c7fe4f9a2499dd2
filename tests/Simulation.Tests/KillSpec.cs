using AkkaCrypto.Simulator.Market;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Servers;
using Npgsql;
using Xunit.Abstractions;

namespace AkkaCrypto.Simulation.Tests;

/// <summary>kill -9 of the service, of its PostgreSQL and of its Redis at random moments, under load and under every kind of fault of the
/// providers: all heals by itself, nothing is lost or doubled.</summary>
public sealed class KillSpec(ITestOutputHelper output)
{
    private const long MarketSeed = 20260101;
    private const double Pace = 5;

    private const string Settings = $$"""
        akkacrypto {
          simulator { seed = 20260101, pace = 5 }
          repair { every = 2s, min-pause = 1s }
          {{FaultStorm.OftenAsked}}
          feeds.coinone.datasets { trades.every = 500ms, orderbook.every = 1s }
          feeds.coinone.budget.per-minute = 100000
          feeds.coingecko.datasets.simple-price.every = 1s
        }
        """;

    [Fact]
    public Task Four_kills_at_random_moments_lose_nothing_and_double_nothing() => KillAsync(4, TimeSpan.FromSeconds(3));

    [Fact]
    [Trait("Category", "Soak")]
    public Task Fifty_kills_at_random_moments_lose_nothing_and_double_nothing() => KillAsync(50, TimeSpan.FromSeconds(6));

    private async Task KillAsync(int kills, TimeSpan longestLife)
    {
        var random = new Random(Seed.Next(output, nameof(KillSpec)));
        int[] victims = [0, 1, 2, 3];
        random.Shuffle(victims);
        using var folder = new TemporaryFolder();
        var service = await ServiceProcess.StartAsync(folder.Path, Settings);
        try
        {
            await service.WhenReadyAsync();
            var before = await CountsAsync(service);
            for (var kill = 0; kill < kills; kill++)
            {
                await FaultStorm.BeginAsync(service.Simulator);
                await using var load = Load.On(service);
                await Eventually.AfterAsync(longestLife * random.NextDouble());
                // Each of the four at least once.
                service = await KillOneAsync(service, folder.Path, kill < victims.Length ? victims[kill] : random.Next(victims.Length));
                await service.WhenReadyAsync();
                await FaultStorm.EndAsync(service.Simulator);
                var after = await CountsAsync(service);
                output.WriteLine($"kill {kill}: {string.Join(", ", after.Select(count => $"{count.Key} {count.Value}"))}");
                Assert.All(before, count => Assert.True(
                    after[count.Key] >= count.Value, $"{count.Key} went from {count.Value} down to {after[count.Key]}"));
                before = after;
            }

            await StoredTruth.AssertAsync(service, new MarketModel(MarketSeed, Pace), output);
        }
        finally
        {
            await service.DisposeAsync();
        }
    }

    private async Task<ServiceProcess> KillOneAsync(ServiceProcess service, string folder, int victim)
    {
        switch (victim)
        {
            case 0:
                output.WriteLine("kill -9 of the service");
                await service.KillAsync();
                await service.DisposeAsync();
                return await ServiceProcess.StartAsync(folder, Settings);
            case 1:
                output.WriteLine("kill -9 of PostgreSQL");
                Signals.Send("KILL", service.PostgresPid());
                return service;
            case 2:
                output.WriteLine("kill -9 of Redis (state)");
                Signals.Send("KILL", await service.RedisPidAsync("redis-state"));
                return service;
            default:
                output.WriteLine("kill -9 of Redis (cache)");
                Signals.Send("KILL", await service.RedisPidAsync("redis-cache"));
                return service;
        }
    }

    private static async Task<IReadOnlyDictionary<string, long>> CountsAsync(ServiceProcess service)
    {
        var counts = new Dictionary<string, long>();
        await Eventually.HoldsAsync(
            async () =>
            {
                try
                {
                    await using var database = service.OpenDatabase();
                    foreach (var table in (string[])["market.trades", "market.order_book_snapshots", "market.order_book_levels",
                        "market.simple_prices", "market.chart_points", "onchain.points", "ops.gaps"])
                    {
                        await using var command = database.CreateCommand($"SELECT count(*) FROM {table}");
                        counts[table] = (long)(await command.ExecuteScalarAsync())!;
                    }

                    return true;
                }
                catch (Exception exception) when (exception is NpgsqlException or IOException)
                {
                    return false;
                }
            },
            what: "the database answers");
        return counts;
    }
}
