using System.Globalization;
using AkkaCrypto.Simulator.Faults;
using AkkaCrypto.Simulator.Market;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AkkaCrypto.Simulator;

/// <summary>
/// The providers on loopback, each below its own name (<c>/coingecko/api/v3</c>, <c>/coinone</c>, <c>/cryptoquant/v1</c>, …; sockets
/// below <c>/&lt;name&gt;/socket</c>), and the simulator's own <c>/faults</c> and <c>/requests</c>.
/// </summary>
public sealed class SimulatorServer : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly CancellationTokenSource stopping;

    private SimulatorServer(WebApplication app, CancellationTokenSource stopping, MarketModel market, FaultBoard faults,
        RequestLog requests)
    {
        this.app = app;
        this.stopping = stopping;
        Market = market;
        Faults = faults;
        Requests = requests;
        Address = new Uri(app.Urls.First());
    }

    /// <summary>e.g. <c>http://127.0.0.1:41234/</c>.</summary>
    public Uri Address { get; }

    public MarketModel Market { get; }

    public FaultBoard Faults { get; }

    public RequestLog Requests { get; }

    /// <exception cref="ArgumentException">The options make no sense; the message names each reason.</exception>
    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<SimulatorServer> StartAsync(SimulatorOptions options, TimeProvider time,
        CancellationToken cancellation = default)
    {
        var wrong = string.Join("; ", options.Faults());
        if (wrong.Length > 0)
        {
            throw new ArgumentException(wrong, nameof(options));
        }

        var end = new CancellationTokenSource();
        var market = new MarketModel(options.Seed, options.Pace);
        var faults = new FaultBoard(options.Seed, time);
        var requests = new RequestLog();
        var built = Build(options, time, market, faults, requests, end.Token);
        try
        {
            await built.StartAsync(cancellation);
        }
        catch
        {
            await built.DisposeAsync();
            end.Dispose();
            throw;
        }

        return new SimulatorServer(built, end, market, faults, requests);
    }

    public async ValueTask DisposeAsync()
    {
        // First the replies that would never end, then the server that waits for them.
        await stopping.CancelAsync();
        await app.StopAsync(CancellationToken.None);
        await app.DisposeAsync();
        stopping.Dispose();
    }

    private static WebApplication Build(
        SimulatorOptions options, TimeProvider time, MarketModel market, FaultBoard faults, RequestLog requests, CancellationToken stopping)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{options.Port}"));
        builder.Services.AddRouting();
        builder.Services.AddProblemDetails();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(3));

        // The process that hosts this server owns its signals; Ctrl-C is not for the simulator to take.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        var built = builder.Build();
        var world = new SimulatedWorld(market, time, faults, stopping);
        var limits = SimulatedProviders.All.ToDictionary(provider => provider.Name, provider => provider.LimitOf(
            options.RequestsPerMinute?.GetValueOrDefault(provider.Name) is { } own and > 0 ? own : provider.DefaultPerMinute, time));
        var spoiling = new FaultMiddleware(faults, time, stopping);
        built.UseWebSockets();
        built.Use(next => context => CountAsync(context, next, requests));
        built.Use(next => context => spoiling.InvokeAsync(context, next));
        built.Use(next => context => AdmitAsync(context, next, limits));
        built.UseRouting();
        foreach (var provider in SimulatedProviders.All)
        {
            provider.Map(built, world);
        }

        built.MapAdmin(faults, requests);
        return built;
    }

    private static async Task AdmitAsync(HttpContext context, RequestDelegate next, Dictionary<string, IRequestLimit> limits)
    {
        var (provider, _) = SimulatedProviders.Of(context.Request.Path);
        if (provider is null || await limits[provider.Name].AdmitAsync(context))
        {
            await next(context);
        }
    }

    private static async Task CountAsync(HttpContext context, RequestDelegate next, RequestLog requests)
    {
        var (provider, path) = SimulatedProviders.Of(context.Request.Path);
        var status = 0;
        try
        {
            await next(context);
            status = context.RequestAborted.IsCancellationRequested ? 0 : context.Response.StatusCode;
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client gave up; it counts as a request without an answer.
            status = 0;
        }
        finally
        {
            if (provider is not null)
            {
                requests.Add(provider.Name, path, status);
            }
        }
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
