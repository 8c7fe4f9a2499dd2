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
/// What a cached <c>/simple_price</c> costs over the server itself: the service as shipped (key, validation, quota, log, age check) against
/// a bare Kestrel that writes the same body and content type to every request. Expected before measuring: a request costs Kestrel and the
/// sockets about 15 µs of CPU, ours adds one SHA-256 (0.5 µs), three lookups and seven headers (1–2 µs), so 0.8–0.9; below 0.7 something is
/// wrong. Rounds alternate, so that a disturbance of the machine hits both; the medians are compared.
/// </summary>
public static class ReadsBench
{
    private const int Rounds = 5;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(3);

    private const string Path = "/simple_price?assets=bitcoin,ethereum&currencies=usd,krw";

    public static async Task RunAsync(string resultsFolder, TextWriter output, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("akkacrypto-bench");
        var settings = BenchSettings.Create(folder.FullName);
        await using var logs = ServiceLogs.Create(settings, TimeProvider.System);
        await using var ours = ServiceHost.Build(
            settings, FixedMarket.Parts() with { Logs = logs.Files }, logging => logging.AddSerilog(logs.Logger));
        await ours.StartAsync(cancellationToken);
        var oursAddress = AddressOf(ours);

        using var client = new HttpClient();
        client.DefaultRequestHeaders.Add("X-API-Key", BenchSettings.Key);
        var body = await client.GetByteArrayAsync(oursAddress + Path, cancellationToken);
        await using var bare = BareKestrel(body);
        await bare.StartAsync(cancellationToken);
        var bareAddress = AddressOf(bare);

        var load = await LoadClient.CreateAsync(cancellationToken);
        await output.WriteLineAsync(
            string.Create(CultureInfo.InvariantCulture, $"reads: {Rounds} rounds of {Round.TotalSeconds} s each, load by {load.Name}"));
        await load.RunAsync(bareAddress + Path, BenchSettings.Key, WarmUp, cancellationToken);
        await load.RunAsync(oursAddress + Path, BenchSettings.Key, WarmUp, cancellationToken);
        var (bareRates, oursRates) = (new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            bareRates.Add(await load.RunAsync(bareAddress + Path, BenchSettings.Key, Round, cancellationToken));
            oursRates.Add(await load.RunAsync(oursAddress + Path, BenchSettings.Key, Round, cancellationToken));
        }

        await ReportAsync(resultsFolder, output, load.Name, bareRates, oursRates, cancellationToken);
        folder.Delete(recursive: true);
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
        string resultsFolder, TextWriter output, string load, List<double> bare, List<double> ours, CancellationToken cancellationToken)
    {
        var (bareMedian, oursMedian) = (Figures.Median(bare), Figures.Median(ours));
        var ratio = Figures.PairedRatio(ours, bare);
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"""
            | what                      | requests/s |
            |---------------------------|-----------:|
            | bare Kestrel, same body   | {bareMedian,10:F0} |
            | cached /simple_price      | {oursMedian,10:F0} |
            ratio simple_price_vs_bare_kestrel {ratio}
            """));
        var result = new
        {
            load,
            rounds = Rounds,
            seconds_per_round = Round.TotalSeconds,
            processors = Environment.ProcessorCount,
            requests_per_second = new { bare_kestrel = Math.Round(bareMedian), simple_price = Math.Round(oursMedian) },
            ratios = new { simple_price_vs_bare_kestrel = ratio },
        };
        await Figures.WriteAsync(resultsFolder, "reads", result, cancellationToken);
    }

    private static string AddressOf(WebApplication app) =>
        app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
}
