using System.Globalization;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Api.Logs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Serilog;

namespace AkkaCrypto.Bench.Reads;

/// <summary>
/// What a cached <c>/simple_price</c>, and CoinGecko's, costs over the server itself: the service as shipped (key, validation, quota, log,
/// age check) against a bare Kestrel that writes the same body and content type to every request. Expected before measuring: a request
/// costs Kestrel and the sockets about 15 µs of CPU, ours adds one SHA-256 (0.5 µs), three lookups and seven headers (1–2 µs), so 0.8–0.9;
/// below 0.7 something is wrong. Rounds alternate, so that a disturbance of the machine hits both; the medians are compared.
/// </summary>
public static class ReadsBench
{
    private const int Rounds = 5;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(3);

    /// <summary>The cached reads, each by the key of its ratio.</summary>
    private static readonly (string Key, string Path)[] Reads =
    [
        ("simple_price", "/simple_price?assets=bitcoin,ethereum&currencies=usd,krw"),
        ("v3_simple_price", "/api/v3/simple/price?ids=bitcoin,ethereum&vs_currencies=usd,krw"),
    ];

    public static async Task RunAsync(string resultsFolder, TextWriter output, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("akkacrypto-bench");
        var settings = BenchSettings.Create(folder.FullName);
        await using var logs = ServiceLogs.Create(settings, TimeProvider.System);
        await using var ours = ServiceHost.Build(
            settings, FixedMarket.Parts() with { Logs = logs.Files }, logging => logging.AddSerilog(logs.Logger));
        await ours.StartAsync(cancellationToken);
        var load = await LoadClient.CreateAsync(cancellationToken);
        await output.WriteLineAsync(
            string.Create(CultureInfo.InvariantCulture, $"reads: {Rounds} rounds of {Round.TotalSeconds} s each, load by {load.Name}"));
        var rates = new List<Rates>();
        foreach (var (key, path) in Reads)
        {
            rates.Add(await MeasureAsync(load, key, AddressOf(ours) + path, cancellationToken));
        }

        await ReportAsync(resultsFolder, output, load.Name, rates, cancellationToken);
        folder.Delete(recursive: true);
    }

    private static async Task<Rates> MeasureAsync(LoadClient load, string key, string address, CancellationToken cancellationToken)
    {
        using var client = new HttpClient();
        client.DefaultRequestHeaders.Add("X-API-Key", BenchSettings.Key);
        var body = await client.GetByteArrayAsync(address, cancellationToken);
        await using var server = BareKestrel(body);
        await server.StartAsync(cancellationToken);
        var bareAddress = AddressOf(server) + new Uri(address).PathAndQuery;

        await load.RunAsync(bareAddress, BenchSettings.Key, WarmUp, cancellationToken);
        await load.RunAsync(address, BenchSettings.Key, WarmUp, cancellationToken);
        var rates = new Rates(key, [], []);
        for (var round = 0; round < Rounds; round++)
        {
            rates.Bare.Add(await load.RunAsync(bareAddress, BenchSettings.Key, Round, cancellationToken));
            rates.Ours.Add(await load.RunAsync(address, BenchSettings.Key, Round, cancellationToken));
        }

        return rates;
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
        string resultsFolder, TextWriter output, string load, List<Rates> rates, CancellationToken cancellationToken)
    {
        await output.WriteLineAsync("| cached read       | requests/s | bare Kestrel, same body | ratio |");
        await output.WriteLineAsync("|-------------------|-----------:|------------------------:|------:|");
        foreach (var of in rates)
        {
            await output.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"| {of.Key,-17} | {Figures.Median(of.Ours),10:F0} | {Figures.Median(of.Bare),23:F0} | {of.Ratio,5} |"));
        }

        var result = new
        {
            load,
            rounds = Rounds,
            seconds_per_round = Round.TotalSeconds,
            processors = Environment.ProcessorCount,
            requests_per_second = rates.ToDictionary(of => of.Key, of => Math.Round(Figures.Median(of.Ours))),
            bare_requests_per_second = rates.ToDictionary(of => of.Key, of => Math.Round(Figures.Median(of.Bare))),
            ratios = rates.ToDictionary(of => of.Key + "_vs_bare_kestrel", of => of.Ratio),
        };
        await Figures.WriteAsync(resultsFolder, "reads", result, cancellationToken);
    }

    private static string AddressOf(WebApplication app) =>
        app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    private sealed record Rates(string Key, List<double> Bare, List<double> Ours)
    {
        public double Ratio => Figures.PairedRatio(Ours, Bare);
    }
}
