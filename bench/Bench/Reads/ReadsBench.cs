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
/// about 15 µs of CPU, ours adds one SHA-256 (0.5 µs), three lookups and a dozen headers (1–2 µs), so 0.8–0.9 from memory; a read of Redis
/// adds its round trip, shared by those who ask for the same key meanwhile. Rounds alternate, so that a disturbance of the machine hits
/// both; the median of the rounds' ratios counts.
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

    // The warm-up is long because the runtime compiles anew what turns out to be hot, on a processor that the others lack meanwhile.
    private static readonly Plan Whole = new(Rounds: 3, WarmUp: TimeSpan.FromSeconds(4), Round: TimeSpan.FromSeconds(3));
    private static readonly Plan Quick = new(Rounds: 2, WarmUp: TimeSpan.FromSeconds(3), Round: TimeSpan.FromSeconds(1));

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
        var measured = new List<Measured>();
        foreach (var (name, path, isFromRedis) in Reads)
        {
            if (await MeasureAsync(name, path, isFromRedis ? fromRedis : fromMemory, load, plan, cancellationToken) is { } read)
            {
                measured.Add(read);
            }
        }

        await ReportAsync(resultsFolder, output, load.Name, plan, measured, cancellationToken);
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

    /// <summary>Null for a route that the service doesn't have.</summary>
    private static async Task<Measured?> MeasureAsync(
        string name, string path, WebApplication ours, LoadClient load, Plan plan, CancellationToken cancellationToken)
    {
        using var client = new HttpClient();
        client.DefaultRequestHeaders.Add("X-API-Key", BenchSettings.Key);
        var address = AddressOf(ours) + path;
        using var response = await client.GetAsync(address, cancellationToken);
        if (response.StatusCode == System.Net.HttpStatusCode.NotFound)
        {
            return null;
        }

        var body = await response.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync(cancellationToken);
        await using var bare = BareKestrel(body);
        await bare.StartAsync(cancellationToken);
        var bareAddress = AddressOf(bare) + path;
        await load.RunAsync(bareAddress, BenchSettings.Key, plan.WarmUp, cancellationToken);
        await load.RunAsync(address, BenchSettings.Key, plan.WarmUp, cancellationToken);
        var result = new Measured(name, body.Length, [], []);
        for (var round = 0; round < plan.Rounds; round++)
        {
            result.Bare.Add(await load.RunAsync(bareAddress, BenchSettings.Key, plan.Round, cancellationToken));
            result.Ours.Add(await load.RunAsync(address, BenchSettings.Key, plan.Round, cancellationToken));
        }

        return result;
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
            | read            | bytes  | bare requests/s | ours requests/s | bare p99 ms | ours p99 ms | ratio |
            |-----------------|-------:|----------------:|----------------:|------------:|------------:|------:|
            """);
        foreach (var read in reads)
        {
            await output.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"| {read.Name,-15} | {read.Bytes,6} | {read.BareRate,15:F0} | {read.OursRate,15:F0} "
                + $"| {read.BareP99,11:F2} | {read.OursP99,11:F2} | {read.Ratio,5:F3} |"));
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
            lower_is_better = (string[])["simple_price_p99_vs_bare_kestrel"],
            ratios,
        };
        await Figures.WriteAsync(resultsFolder, "reads", result, cancellationToken);
    }

    private static string AddressOf(WebApplication app) =>
        app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    private sealed record Plan(int Rounds, TimeSpan WarmUp, TimeSpan Round);

    private sealed record Measured(string Name, int Bytes, List<Load> Bare, List<Load> Ours)
    {
        public double BareRate => Figures.Median([.. Bare.Select(load => load.PerSecond)]);

        public double OursRate => Figures.Median([.. Ours.Select(load => load.PerSecond)]);

        public double BareP99 => Figures.Median([.. Bare.Select(load => load.P99)]);

        public double OursP99 => Figures.Median([.. Ours.Select(load => load.P99)]);

        public double Ratio => Figures.PairedRatio([.. Ours.Select(load => load.PerSecond)], [.. Bare.Select(load => load.PerSecond)]);

        public double P99Ratio => Figures.PairedRatio([.. Ours.Select(load => load.P99)], [.. Bare.Select(load => load.P99)]);
    }
}
