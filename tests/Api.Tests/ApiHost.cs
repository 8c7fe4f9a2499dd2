using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using AkkaCrypto.Api.Auth;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Api.Logs;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.OnChain;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Market;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AkkaCrypto.Api.Tests;

/// <summary>The whole HTTP surface on a real Kestrel and a free port, over twins in memory that hold a small market.</summary>
public sealed class ApiHost : IAsyncDisposable
{
    private static readonly GovernorStatus Budget =
        new("coinone", [new BudgetWindowStatus("minute", 1200, 90)], HeldUntil: null, Waiting: 0, Nodes: 1, CutOff: false);

    private readonly WebApplication _app;

    private ApiHost(WebApplication app, HttpClient client, ServiceParts parts) => (_app, Client, Parts) = (app, client, parts);

    public ServiceParts Parts { get; }

    public HttpClient Client { get; }

    public Uri Address => Client.BaseAddress!;

    public Clock Clock { get; private init; } = new();

    public MemoryReads Reads { get; private init; } = new();

    public MemoryCache Shared { get; private init; } = new();

    public ScriptedIntake Intake { get; private init; } = new();

    public List<FeedStatus> Feeds { get; private init; } = [];

    public MemoryGaps Gaps { get; private init; } = new();

    public List<ScheduleStatus> Schedules { get; private init; } = [];

    public static async Task<ApiHost> StartAsync(
        Func<AkkaCryptoSettings, AkkaCryptoSettings>? change = null, Action<ILoggingBuilder>? logging = null, LogFiles? logs = null,
        BearerTokens? tokens = null)
    {
        var (clock, reads, shared, intake, feeds) = (
            new Clock(), new MemoryReads(), new MemoryCache(), new ScriptedIntake(), new List<FeedStatus>());
        var (gaps, schedules) = (new MemoryGaps(), new List<ScheduleStatus>());
        var settings = TestSettings.Create();
        var parts = new ServiceParts(reads, shared, intake, () => feeds, gaps, () => schedules, clock)
        {
            Governors = () => [Budget], Logs = logs, Tokens = tokens,
        };
        var app = ServiceHost.Build(change?.Invoke(settings) ?? settings, parts, logging ?? (static _ => { }));
        await app.StartAsync();
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri(address) };
        var host = new ApiHost(app, client, parts)
        {
            Clock = clock, Reads = reads, Shared = shared, Intake = intake, Feeds = feeds, Gaps = gaps, Schedules = schedules,
        };
        host.FillMarket();
        return host;
    }

    /// <summary>Ends when all requests have, also what they do once their answer is away.</summary>
    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }

    public Task<HttpResponseMessage> GetAsync(string path, string? key = TestSettings.UserKey) => SendAsync(HttpMethod.Get, path, key);

    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? key, HttpContent? content = null)
    {
        var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Content = content };
        if (key is not null)
        {
            request.Headers.Add("X-API-Key", key);
        }

        return Client.SendAsync(request);
    }

    public static StringContent Json(string text) => new(text, MediaTypeHeaderValue.Parse("application/json"));

    public static ProviderTime At(TimeSpan before) => ProviderTime.From(Clock.Start - before, 3);

    /// <summary>The problem of a response, after checking that it has every member of one.</summary>
    public static async Task<JsonElement> ProblemAsync(HttpResponseMessage response, HttpStatusCode status, string code)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(status == response.StatusCode, $"expected {status}, got {response.StatusCode}: {text}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.ToString());
        var problem = JsonDocument.Parse(text).RootElement;
        Assert.Equal(code, problem.GetProperty("code").GetString());
        Assert.Equal((int)status, problem.GetProperty("status").GetInt32());
        Assert.Equal("urn:akkacrypto:problem:" + code, problem.GetProperty("type").GetString());
        Assert.NotEqual("", problem.GetProperty("title").GetString());
        Assert.NotEqual("", problem.GetProperty("detail").GetString());
        Assert.NotEqual("", problem.GetProperty("traceId").GetString());
        return problem;
    }

    private void FillMarket()
    {
        foreach (var asset in (string[])["bitcoin", "ethereum"])
        {
            foreach (var currency in (string[])["usd", "krw"])
            {
                Reads.Prices.Add(
                    new AssetPrice(asset, currency, 97000.50m, 1_921_000_000_000m, null, -1.25m, At(TimeSpan.FromSeconds(10))));
            }
        }

        var today = new DateTimeOffset(Clock.Start.Date, TimeSpan.Zero);
        Reads.Charts["bitcoin/usd/daily"] =
            [.. Enumerable.Range(0, 60)
                .Select(i => new ChartBucket(today.AddDays(i - 59), 1000 + i, null, 5.10m, Clock.Start.AddMinutes(-1)))];
        for (var i = 0; i < 5; i++)
        {
            Reads.Trades.Add(new Trade(
                "coinone", "btc-krw", $"t{i}", 140_000_000m + i, 0.00000001m, TakerSide.Buy, At(TimeSpan.FromSeconds(50 - (10 * i)))));
            Reads.Points.Add(new OnChainPoint(
                "bitcoin", "exchange_netflow", "all_exchange", "day", ProviderTime.From(today.AddDays(i - 4), 0), i == 2 ? null
                    : -1250.50m));
        }

        for (var i = 0; i < 4; i++)
        {
            Reads.Candles.Add(new Candle(
                "coinone", "btc-krw", "1m", ProviderTime.From(Clock.Start.AddMinutes(i - 3), 0), 100.50m, 110m, 90m, 100m + i, 0.5m,
                i < 3));
        }

        Reads.Books.Add(new OrderBook("coinone", "btc-krw", 7, At(TimeSpan.FromSeconds(5)), [new(99m, 1m)], [new(100m, 2m)]));
    }
}
