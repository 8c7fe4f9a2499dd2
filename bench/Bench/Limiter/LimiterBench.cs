using System.Globalization;
using AkkaCrypto.Actors.Auth;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Storage.Embedded;
using AkkaCrypto.Storage.Redis;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace AkkaCrypto.Bench.Limiter;

/// <summary>
/// Decisions a second of one key for many callers: as the service decides them, from leased slices of a fixed window and by the script for
/// GCRA, against the usual way of one Redis script for each request (INCR, and PEXPIRE on a new key). Expected before measuring: a slice is
/// a few compare-and-sets and a look at the clock, below a microsecond; a round trip, pipelined among the callers, 10 to 20 µs of CPU. So
/// far more than 10 times; and GCRA above the usual way, for one call of the script decides for all who wait.
/// </summary>
public static class LimiterBench
{
    private const int Callers = 64;
    private const int WarmUps = 2;
    private const int Rounds = 5;
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(1);
    private static readonly QuotaRoute Route = new("/simple_price", new CostSettings(1, null));

    private const string ScriptPerRequest =
        """
        local used = redis.call('INCR', KEYS[1])
        if used == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
        if used > tonumber(ARGV[1]) then return 0 end
        return 1
        """;

    public static async Task RunAsync(string resultsFolder, TimeProvider time, TextWriter output, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("akkacrypto-bench-").FullName;
        if (OperatingSystem.IsLinux())
        {
            // As root the server runs as another user, who has to pass through.
            File.SetUnixFileMode(folder, File.GetUnixFileMode(folder) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        }

        var options = new EmbeddedServersOptions(folder, Postgres: false, RedisState: true, RedisCache: false, RedisCacheMaxMemoryBytes: 0);
        await using (var servers = await EmbeddedServers.StartAsync(
            options, time, NullLogger<EmbeddedServers>.Instance, cancellationToken))
        await using (var redis = await RedisConnection.ConnectAsync(
            new RedisOptions(servers.RedisState!, TimeSpan.FromSeconds(10), "bench"), time, NullLogger<RedisConnection>.Instance))
        await using (var node = await QuotaNode.StartAsync(redis, time, NullLogger<QuotaNode>.Instance))
        {
            await MeasureAsync(resultsFolder, redis, node, time, output, cancellationToken);
        }

        Directory.Delete(folder, recursive: true);
    }

    private static async Task MeasureAsync(
        string resultsFolder, RedisConnection redis, QuotaNode node, TimeProvider time, TextWriter output,
        CancellationToken cancellationToken)
    {
        var (scripted, sliced, evened) = await TakeTurnsAsync(redis, node, time);
        var (ratio, gcraRatio) = (Figures.PairedRatio(sliced, scripted), Figures.PairedRatio(evened, scripted));
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"""
            limiter: {Rounds} rounds of {Round.TotalSeconds} s each, {Callers} callers of one key
            | way                             | decisions/s |
            |---------------------------------|------------:|
            | one Redis script per request    | {Figures.Median(scripted),11:F0} |
            | gcra, decided by our script     | {Figures.Median(evened),11:F0} |
            | fixed window, leased slices     | {Figures.Median(sliced),11:F0} |
            ratio vs_script_per_request {ratio}, gcra_vs_script_per_request {gcraRatio}
            """));
        var result = new
        {
            callers = Callers,
            rounds = Rounds,
            seconds_per_round = Round.TotalSeconds,
            processors = Environment.ProcessorCount,
            decisions_per_second = new
            {
                script_per_request = Math.Round(Figures.Median(scripted)),
                gcra = Math.Round(Figures.Median(evened)),
                slices = Math.Round(Figures.Median(sliced)),
            },
            ratios = new { vs_script_per_request = ratio, gcra_vs_script_per_request = gcraRatio },
        };
        await Figures.WriteAsync(resultsFolder, "limiter", result, cancellationToken);
    }

    private static async Task<(List<double> Scripted, List<double> Sliced, List<double> Evened)> TakeTurnsAsync(
        RedisConnection redis, QuotaNode node, TimeProvider time)
    {
        var (slices, gcra) = (TierOf(QuotaAlgorithm.Fixed), TierOf(QuotaAlgorithm.Gcra));
        // A key of its own each round: a hundred million requests are soon used up.
        Func<int, Task<double>> KeyedBy(string name, QuotaTier tier) => round =>
        {
            var key = $"{name}{round}";
            return RateAsync(time, () => node.TakeAsync(key, tier, Route));
        };

        Func<int, Task<double>>[] ways =
        [
            round =>
            {
                RedisKey[] key = [$"rate:{{bench}}:{round}"];
                return RateAsync(time, () => new ValueTask<RedisResult>(
                    redis.ScriptEvaluateAsync(ScriptPerRequest, key, [100_000_000, 60_000])));
            },
            KeyedBy("slices", slices),
            KeyedBy("gcra", gcra),
        ];
        List<double>[] rates = [[], [], []];
        // The first rounds warm up and aren't counted. Who is first in a round changes, so that nobody always follows the same one.
        for (var round = -WarmUps; round < Rounds; round++)
        {
            for (var turn = 0; turn < ways.Length; turn++)
            {
                var way = (round + WarmUps + turn) % ways.Length;
                var rate = await ways[way](round);
                if (round >= 0)
                {
                    rates[way].Add(rate);
                }
            }
        }

        return (rates[0], rates[1], rates[2]);
    }

    private static QuotaTier TierOf(QuotaAlgorithm algorithm) => new("bench", new TierSettings(
        new Dictionary<string, LimitSettings> { ["limit"] = new(algorithm, "all", 100_000_000, TimeSpan.FromSeconds(30), null) },
        WithoutRedis.Local, 1));

    private static async Task<double> RateAsync<T>(TimeProvider time, Func<ValueTask<T>> decide)
    {
        var started = time.GetTimestamp();
        var counts = await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            var count = 0L;
            while (time.GetElapsedTime(started) < Round)
            {
                for (var i = 0; i < 32; i++)
                {
                    await decide();
                }

                count += 32;
            }

            return count;
        })));
        return counts.Sum() / time.GetElapsedTime(started).TotalSeconds;
    }
}
