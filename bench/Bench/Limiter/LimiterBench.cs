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
        var (slices, gcra) = (TierOf(QuotaAlgorithm.Fixed), TierOf(QuotaAlgorithm.Gcra));
        var (scripted, sliced, evened) = (new List<double>(), new List<double>(), new List<double>());
        // The first round warms up and isn't counted.
        for (var round = 0; round <= Rounds; round++)
        {
            RedisKey[] key = [$"rate:{{bench}}:{round}"];
            scripted.Add(await RateAsync(
                time, () => new ValueTask<RedisResult>(redis.ScriptEvaluateAsync(ScriptPerRequest, key, [100_000_000, 60_000]))));
            // A key of its own each round: a hundred million requests are soon used up.
            var (one, other) = ($"slices{round}", $"gcra{round}");
            sliced.Add(await RateAsync(time, () => node.TakeAsync(one, slices, Route)));
            evened.Add(await RateAsync(time, () => node.TakeAsync(other, gcra, Route)));
        }

        scripted.RemoveAt(0);
        sliced.RemoveAt(0);
        evened.RemoveAt(0);
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
