using System.Globalization;
using AkkaCrypto.Actors.Auth;
using AkkaCrypto.Api.Caching;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Api.Logs;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Storage.Embedded;
using AkkaCrypto.Storage.Redis;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Serilog;

namespace AkkaCrypto.Bench.Reads;

/// <summary>
/// What a read costs over the server itself: the service as shipped (key, validation, quota, log, metrics, age check) against a bare
/// Kestrel that writes the same body and content type to every request. Expected before measuring: a request costs Kestrel and the sockets
/// about 15 µs of CPU, ours adds lookups, a log line and ten headers (4–5 µs), so 0.7–0.8 from memory; a read of Redis adds its round
/// trip, shared by those who ask for the same key meanwhile. All ways are warmed up before any is measured, until the
/// compiler has hardly anything left to do; then each round measures every read and its bare twin, the two taking turns at being first, so
/// that a disturbance of the machine hits both. The median of the rounds' ratios counts. Processor time for each request stands beside: it
/// says what a read costs whatever else the machine does.
/// </summary>
public static class ReadsBench
{
    private const string Prices = "/simple_price?assets=bitcoin,ethereum&currencies=usd,krw";
    private const string CoinGeckoPrices = "/api/v3/simple/price?ids=bitcoin,ethereum&vs_currencies=usd,krw";
    private const string Chart = "/market_chart?asset=bitcoin&currency=usd&days=90&interval=hourly";

    /// <summary>What is measured: a path, from memory or, with memory switched off, from Redis.</summary>
    private static readonly (string Name, string Path, bool FromRedis)[] Reads =
    [
        ("simple_price", Prices, false), ("v3_simple_price", CoinGeckoPrices, false), ("redis_only", Prices, true), ("chart", Chart, false),
    ];

    // Some four minutes in all, one of them for the warm-up if the compiler takes that long. Many short rounds rather than few long
    // ones: the machine's pace changes within seconds, and only the two of a pair that stand next to each other share it.
    private static readonly Plan Whole = new(Rounds: 21, MostWarmUps: 8, Round: TimeSpan.FromSeconds(1));
    private static readonly Plan Quick = new(Rounds: 3, MostWarmUps: 4, Round: TimeSpan.FromSeconds(1));

    /// <summary>For each way in one turn of the warm-up.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);

    /// <summary>A turn in which no more methods were compiled is the last one.</summary>
    private const int FewMethods = 20;

    /// <param name="isQuick">Shorter rounds, to see what a change does.</param>
    public static async Task RunAsync(string resultsFolder, bool isQuick, TextWriter output, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("akkacrypto-bench");
        if (OperatingSystem.IsLinux())
        {
            // As root the server runs as another user, who has to pass through.
            File.SetUnixFileMode(
                folder.FullName, File.GetUnixFileMode(folder.FullName) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        }

        try
        {
            await MeasureAllAsync(resultsFolder, isQuick ? Quick : Whole, folder.FullName, output, cancellationToken);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task MeasureAllAsync(
        string resultsFolder, Plan plan, string folder, TextWriter output, CancellationToken cancellationToken)
    {
        var settings = BenchSettings.Create(folder);
        await using var logs = ServiceLogs.Create(settings, TimeProvider.System);
        await using var servers = await EmbeddedServers.StartAsync(
            new EmbeddedServersOptions(folder, Postgres: false, RedisState: true, RedisCache: true, 64L * 1024 * 1024),
            TimeProvider.System, NullLogger<EmbeddedServers>.Instance, cancellationToken);
        await using var redis = await ConnectAsync(servers.RedisCache!, "cache", settings);
        await using var state = await ConnectAsync(servers.RedisState!, "state", settings);
        await using var quotas = await QuotaNode.StartAsync(state, TimeProvider.System, NullLogger<QuotaNode>.Instance);
        var shared = new RedisSharedCache(new RedisCache(redis, NullLogger<RedisCache>.Instance));
        await using var fromMemory = Start(settings, FixedMarket.Parts() with { Quotas = quotas }, logs);
        await using var fromRedis = Start(WithoutMemory(settings), FixedMarket.Parts(shared) with { Quotas = quotas }, logs);
        await Task.WhenAll(fromMemory.StartAsync(cancellationToken), fromRedis.StartAsync(cancellationToken));

        var load = await LoadClient.CreateAsync(cancellationToken);
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture, $"reads: {plan.Rounds} rounds of {plan.Round.TotalSeconds} s each, load by {load.Name}"));
        var reads = new List<Measured>();
        try
        {
            foreach (var (name, path, isFromRedis) in Reads)
            {
                reads.Add(await PrepareAsync(name, path, isFromRedis ? fromRedis : fromMemory, cancellationToken));
            }

            await WarmUpAsync(reads, load, plan, cancellationToken);
            for (var round = 0; round < plan.Rounds; round++)
            {
                await MeasureRoundAsync(reads, isBareFirst: round % 2 == 0, load, plan, logs.Files, cancellationToken);
            }
        }
        finally
        {
            foreach (var read in reads)
            {
                await read.BareServer.DisposeAsync();
            }
        }

        await ReportAsync(resultsFolder, output, load.Name, plan, reads, cancellationToken);
    }

    private static Task<RedisConnection> ConnectAsync(string connectionString, string name, AkkaCryptoSettings settings) =>
        RedisConnection.ConnectAsync(
            new RedisOptions(connectionString, settings.Redis.CallTimeout, name), TimeProvider.System, NullLogger<RedisConnection>.Instance);

    private static WebApplication Start(AkkaCryptoSettings settings, ServiceParts parts, ServiceLogs logs) =>
        ServiceHost.Build(settings, parts with { Logs = logs.Files }, logging => logging.AddSerilog(logs.Logger));

    private static AkkaCryptoSettings WithoutMemory(AkkaCryptoSettings settings) => settings with
    {
        Cache = settings.Cache with { Prices = settings.Cache.Prices with { MemoryTtl = TimeSpan.Zero, RefreshAhead = TimeSpan.Zero } },
    };

    /// <summary>Takes one answer of ours, and starts a bare Kestrel that gives the same bytes.</summary>
    private static async Task<Measured> PrepareAsync(
        string name, string path, WebApplication ours, CancellationToken cancellationToken)
    {
        using var client = new HttpClient();
        client.DefaultRequestHeaders.Add("X-API-Key", BenchSettings.Key);
        var address = AddressOf(ours) + path;
        var body = await client.GetByteArrayAsync(address, cancellationToken);
        var bare = BareKestrel(body);
        await bare.StartAsync(cancellationToken);
        return new Measured(name, body.Length, bare, AddressOf(bare) + path, address);
    }

    /// <summary>What turns out to be hot is compiled anew, on a processor that the others lack meanwhile.</summary>
    private static async Task WarmUpAsync(
        IReadOnlyList<Measured> reads, LoadClient load, Plan plan, CancellationToken cancellationToken)
    {
        var (compiled, few) = (0L, false);
        for (var turn = 0; turn < plan.MostWarmUps && !few; turn++)
        {
            foreach (var address in reads.SelectMany(read => (string[])[read.BareAddress, read.OursAddress]))
            {
                await load.RunAsync(address, BenchSettings.Key, WarmUp, cancellationToken);
            }

            var now = System.Runtime.JitInfo.GetCompiledMethodCount();
            (few, compiled) = (now - compiled <= FewMethods, now);
        }
    }

    private static async Task MeasureRoundAsync(
        IReadOnlyList<Measured> reads, bool isBareFirst, LoadClient load, Plan plan, LogFiles logs, CancellationToken cancellationToken)
    {
        foreach (var read in reads)
        {
            foreach (var isBare in (bool[])[isBareFirst, !isBareFirst])
            {
                var (address, rounds) = isBare ? (read.BareAddress, read.Bare) : (read.OursAddress, read.Ours);
                var before = ProcessorTime.Now();
                var answered = await load.RunAsync(address, BenchSettings.Key, plan.Round, cancellationToken);
                await CompressedAsync(logs, cancellationToken);
                rounds.Add(new Round(answered, (ProcessorTime.Now() - before).Per(answered.Answers)));
            }
        }
    }

    /// <summary>What a round of ours has left to do, the compression of closed logs, counts as its own and must not disturb the next one.</summary>
    private static async Task CompressedAsync(LogFiles logs, CancellationToken cancellationToken)
    {
        for (var looks = 0; Directory.EnumerateFiles(logs.Folder, "*.ndjson").Count() > 1; looks++)
        {
            if (looks == 3000)
            {
                throw new TimeoutException($"The closed logs in {logs.Folder} were not compressed within 30 s.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, cancellationToken);
        }
    }

    private static WebApplication BareKestrel(byte[] body)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options => options.Listen(System.Net.IPAddress.Loopback, 0));
        var app = builder.Build();
        app.Run(context =>
        {
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = body.Length;
            return context.Response.Body.WriteAsync(body).AsTask();
        });
        return app;
    }

    private static async Task ReportAsync(
        string resultsFolder, TextWriter output, string load, Plan plan, List<Measured> reads, CancellationToken cancellationToken)
    {
        await output.WriteLineAsync("""
            | read            | bytes  | bare requests/s | ours requests/s | bare p99 ms | ours p99 ms | bare µs | ours µs | ratio |
            |-----------------|-------:|----------------:|----------------:|------------:|------------:|--------:|--------:|------:|
            """);
        foreach (var read in reads)
        {
            await output.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"| {read.Name,-15} | {read.Bytes,6} | {read.BareRate,15:F0} | {read.OursRate,15:F0} "
                + $"| {read.BareP99,11:F2} | {read.OursP99,11:F2} | {read.BareCost,7:F1} | {read.OursCost,7:F1} | {read.Ratio,5:F3} |"));
        }

        var ratios = reads.ToDictionary(read => read.Name + "_vs_bare_kestrel", read => read.Ratio);
        // Of two waits: lower is better, 1 is the server's own.
        ratios["simple_price_p99_vs_bare_kestrel"] = reads[0].P99Ratio;
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture, $"simple_price_p99_vs_bare_kestrel {reads[0].P99Ratio} (lower is better; all others: higher)"));
        var result = new
        {
            load,
            rounds = plan.Rounds,
            seconds_per_round = plan.Round.TotalSeconds,
            processors = Environment.ProcessorCount,
            requests_per_second = reads.ToDictionary(
                read => read.Name, read => new { bare_kestrel = Math.Round(read.BareRate), ours = Math.Round(read.OursRate) }),
            p99_ms = reads.ToDictionary(read => read.Name, read => new { bare_kestrel = read.BareP99, ours = read.OursP99 }),
            processor_microseconds_per_request = reads.ToDictionary(
                read => read.Name, read => new { bare_kestrel = Math.Round(read.BareCost, 1), ours = Math.Round(read.OursCost, 1) }),
            lower_is_better = (string[])["simple_price_p99_vs_bare_kestrel"],
            ratios,
        };
        await Figures.WriteAsync(resultsFolder, "reads", result, cancellationToken);
    }

    private static string AddressOf(WebApplication app) =>
        app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    private sealed record Plan(int Rounds, int MostWarmUps, TimeSpan Round);

    /// <param name="Cost">Of a request, in microseconds: the server's process, and Redis' as <c>Server</c>.</param>
    private sealed record Round(Load Load, ProcessorTime Cost);

    private sealed record Measured(string Name, int Bytes, WebApplication BareServer, string BareAddress, string OursAddress)
    {
        public List<Round> Bare { get; } = [];

        public List<Round> Ours { get; } = [];

        public double BareRate => Figures.Median(Rates(Bare));

        public double OursRate => Figures.Median(Rates(Ours));

        public double BareP99 => Figures.Median(P99s(Bare));

        public double OursP99 => Figures.Median(P99s(Ours));

        public double BareCost => Figures.Median(Costs(Bare));

        public double OursCost => Figures.Median(Costs(Ours));

        public double Ratio => Figures.PairedRatio(Rates(Ours), Rates(Bare));

        public double P99Ratio => Figures.PairedRatio(P99s(Ours), P99s(Bare));

        private static double[] Rates(List<Round> rounds) => [.. rounds.Select(round => round.Load.PerSecond)];

        private static double[] P99s(List<Round> rounds) => [.. rounds.Select(round => round.Load.P99)];

        private static double[] Costs(List<Round> rounds) => [.. rounds.Select(round => round.Cost.Client + round.Cost.Server)];
    }
}
