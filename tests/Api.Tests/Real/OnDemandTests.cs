using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AkkaCrypto.Api.Tests.Real;

/// <summary>Reads that find nothing fresh, on the whole service over a provider of the test's own.</summary>
[Collection(ServerFixture.Collection)]
public sealed class OnDemandTests(ServerFixture servers) : IAsyncLifetime
{
    private const string TradesPath = "/trades?exchange=coinone&pair=btc-krw";
    private const string CandlesPath = "/candles?exchange=coinone&pair=btc-krw&interval=1m";
    private const string PricesPath = "/simple_price?assets=bitcoin,ethereum&currencies=usd";
    private WebApplication _provider = null!;
    private Func<HttpContext, Task> _reply = _ => Task.CompletedTask;
    private int _asked;

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _provider = builder.Build();
        _provider.Run(context =>
        {
            Interlocked.Increment(ref _asked);
            return _reply(context);
        });
        await _provider.StartAsync();
    }

    public async Task DisposeAsync() => await _provider.DisposeAsync();

    [Fact]
    public async Task A_hundred_reads_of_a_series_without_data_are_one_request_and_all_are_answered_with_it()
    {
        await using var api = await StartAsync();
        var answer = new TaskCompletionSource();
        _reply = async context =>
        {
            await answer.Task;
            await context.Response.WriteAsync(Trades(api.Clock.GetUtcNow()));
        };

        var reads = Enumerable.Range(0, 100).Select(_ => api.GetAsync(TradesPath)).ToList();
        await Eventually.HoldsAsync(() => Volatile.Read(ref _asked) == 1);
        answer.SetResult();

        foreach (var response in await Task.WhenAll(reads))
        {
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal("7", (string?)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["data"]![0]!["trade_id"]);
        }

        Assert.Equal(1, _asked);
    }

    [Fact]
    public async Task A_price_past_its_age_limit_is_asked_for_and_served_fresh_though_the_old_answer_was_kept()
    {
        await using var api = await StartAsync();
        var price = 100;
        _reply = context => context.Response.WriteAsync(Prices(api.Clock.GetUtcNow(), ++price));
        using var first = await api.GetAsync(PricesPath);
        Assert.True(first.IsSuccessStatusCode, await first.Content.ReadAsStringAsync());
        Assert.Equal(101, (int)JsonNode.Parse(await first.Content.ReadAsStringAsync())!["bitcoin"]!["usd"]!["price"]!);
        api.Clock.Advance(TimeSpan.FromMinutes(10));
        // Redis' own clock did not move: what it remembers of the fetch, for a second, goes by hand.
        await api.Redis.ExecuteAsync("FLUSHDB");

        using var second = await api.GetAsync(PricesPath);

        Assert.True(second.IsSuccessStatusCode, await second.Content.ReadAsStringAsync());
        Assert.Equal(102, (int)JsonNode.Parse(await second.Content.ReadAsStringAsync())!["bitcoin"]!["usd"]!["price"]!);
        Assert.Equal("0", second.Headers.GetValues("Age").Single());
        Assert.Equal(2, _asked);
    }

    [Fact]
    public async Task An_upstream_that_fails_is_502_with_the_reason_and_is_not_asked_again_at_once()
    {
        await using var api = await StartAsync();
        _reply = context => context.Response.WriteAsync("""{"result":"error","error_code":"108","error_msg":"Unknown CryptoCurrency"}""");

        for (var read = 0; read < 3; read++)
        {
            using var response = await api.GetAsync(TradesPath);
            var problem = await ApiHost.ProblemAsync(response, HttpStatusCode.BadGateway, "upstream_failed");
            Assert.Contains("coinone failed for btc-krw", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        }

        Assert.Equal(1, _asked);
    }

    [Fact]
    public async Task An_upstream_that_is_too_late_is_504()
    {
        await using var api = await StartAsync();
        _reply = context => Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted);

        using var response = await api.GetAsync(TradesPath);

        await ApiHost.ProblemAsync(response, HttpStatusCode.GatewayTimeout, "upstream_timeout");
    }

    [Fact]
    public async Task Data_that_is_old_at_the_provider_too_is_never_served_as_fresh()
    {
        await using var api = await StartAsync();
        _reply = context => context.Response.WriteAsync(Trades(api.Clock.GetUtcNow() - TimeSpan.FromDays(3)));

        using var response = await api.GetAsync(TradesPath);

        await ApiHost.ProblemAsync(response, HttpStatusCode.ServiceUnavailable, "stale_data");
    }

    [Fact]
    public async Task An_unknown_pair_stays_404_and_nobody_is_asked()
    {
        await using var api = await StartAsync();

        using var response = await api.GetAsync("/trades?exchange=coinone&pair=no-such");

        await ApiHost.ProblemAsync(response, HttpStatusCode.NotFound, "unknown_pair");
        Assert.Equal(0, _asked);
    }

    [Fact]
    public async Task A_feed_without_its_key_says_so()
    {
        await using var api = await StartAsync(provider => provider with { NeedsApiKey = true, ApiKey = null });

        using var response = await api.GetAsync(TradesPath);

        var problem = await ApiHost.ProblemAsync(response, HttpStatusCode.ServiceUnavailable, "feed_disabled");
        Assert.Contains("without a key", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.NotNull(response.Headers.RetryAfter);
    }

    [Fact]
    public async Task Candles_of_a_pair_without_data_are_made_of_the_trades_that_are_asked_for_and_the_exchanges_own_come_before_them()
    {
        await using var api = await StartAsync(WithCandles);
        _reply = context => context.Response.WriteAsync(context.Request.Path.Value!.Contains("/trades/", StringComparison.Ordinal)
            ? Trades(api.Clock.GetUtcNow())
            : Chart(api.Clock.GetUtcNow()));

        using var response = await api.GetAsync(CandlesPath);

        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        var candles = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["data"]!.AsArray();
        Assert.Equal(
            ["100", "420000"], candles.Select(candle => $"{candle!["close"]}"));
        Assert.Equal(2, _asked);
    }

    [Fact]
    public async Task Candles_past_their_age_limit_are_asked_for_by_their_trades_alone_and_served_fresh()
    {
        await using var api = await StartAsync();
        await api.AddTradesAsync(("1", TimeSpan.FromHours(3)));
        _reply = context => context.Response.WriteAsync(Trades(api.Clock.GetUtcNow()));

        using var response = await api.GetAsync(CandlesPath);

        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        Assert.Equal(
            "420000", $"{JsonNode.Parse(await response.Content.ReadAsStringAsync())!["data"]!.AsArray()[^1]!["close"]}");
    }

    [Fact]
    public async Task Candles_whose_exchange_fails_are_502_and_old_ones_are_never_passed_off_as_fresh()
    {
        await using var api = await StartAsync();
        _reply = context => context.Response.WriteAsync("""{"result":"error","error_code":"108","error_msg":"Unknown CryptoCurrency"}""");
        using (var failed = await api.GetAsync(CandlesPath))
        {
            await ApiHost.ProblemAsync(failed, HttpStatusCode.BadGateway, "upstream_failed");
        }

        await using var other = await StartAsync();
        _reply = context => context.Response.WriteAsync(context.Request.Path.Value!.Contains("/trades/", StringComparison.Ordinal)
            ? Trades(other.Clock.GetUtcNow() - TimeSpan.FromDays(3))
            : Chart(other.Clock.GetUtcNow() - TimeSpan.FromDays(3)));
        using var old = await other.GetAsync(CandlesPath);
        await ApiHost.ProblemAsync(old, HttpStatusCode.ServiceUnavailable, "stale_data");
    }

    private static ProviderSettings WithCandles(ProviderSettings provider) => provider.Datasets.TryGetValue("trades", out var trades)
        ? provider with
        {
            Datasets = new Dictionary<string, DatasetSettings>(provider.Datasets)
            {
                ["candles"] = trades with { Stream = "candles", Intervals = ["1m"] },
            },
        }
        : provider;

    /// <summary>One candle of the minute before.</summary>
    private static string Chart(DateTimeOffset at) => string.Create(
        CultureInfo.InvariantCulture,
        $$"""
        {"result":"success","error_code":"0","is_last":false,"chart":[{"timestamp":{{(at.ToUnixTimeSeconds() / 60 * 60 - 60) * 1000}},
        "open":"100","high":"100","low":"100","close":"100","target_volume":"1","quote_volume":"100"}]}
        """);

    [Fact]
    public async Task A_thousand_misses_on_two_nodes_are_one_request_to_the_provider_and_two_looks_of_each_node_at_the_database()
    {
        await using var one = await StartAsync();
        await using var two = await StartAsync(beside: one);
        var answer = new TaskCompletionSource();
        _reply = async context =>
        {
            await answer.Task;
            await context.Response.WriteAsync(Prices(Clock.Start, 101));
        };
        using var statements = new StatementCounter("FROM market.simple_prices");

        var reads = Enumerable.Range(0, 1000).Select(i => (i % 2 == 0 ? one : two).GetAsync(PricesPath)).ToList();
        await Eventually.HoldsAsync(() => Volatile.Read(ref _asked) == 1);
        answer.SetResult();

        foreach (var response in await Task.WhenAll(reads))
        {
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal(101, (int)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["bitcoin"]!["usd"]!["price"]!);
        }

        Assert.Equal(1, _asked);
        Assert.Equal(1, await CallsAsync(one) + await CallsAsync(two));
        // Before the provider was asked, and after; the second node may find the first one's answer in Redis.
        Assert.InRange(statements.Count, 2, 4);
    }

    /// <summary>What the node says of its calls to providers.</summary>
    private static async Task<int> CallsAsync(RealHost api)
    {
        using var metrics = await api.SendAsync(HttpMethod.Get, "/metrics", TestSettings.AdminKey);
        var line = (await metrics.Content.ReadAsStringAsync()).Split('\n').Single(
            line => line.StartsWith("akkacrypto_upstream_calls_total ", StringComparison.Ordinal));
        return int.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);
    }

    private static string Trades(DateTimeOffset at) => string.Create(
        CultureInfo.InvariantCulture,
        $$"""
        {"result":"success","error_code":"0","server_time":1769860800000,"quote_currency":"KRW","target_currency":"BTC","transactions":[
        {"id":"7","timestamp":{{at.ToUnixTimeMilliseconds()}},"price":"420000","qty":"0.1","is_seller_maker":true}]}
        """);

    private static string Prices(DateTimeOffset at, int price)
    {
        var coin = string.Create(
            CultureInfo.InvariantCulture, $$"""{"usd":{{price}},"krw":1,"last_updated_at":{{at.ToUnixTimeSeconds()}} }""");
        return $$"""{"bitcoin":{{coin}},"ethereum":{{coin}} }""";
    }

    private Task<RealHost> StartAsync(Func<ProviderSettings, ProviderSettings>? change = null, RealHost? beside = null) =>
        RealHost.StartAsync(servers, settings => settings with
        {
            OnDemand = settings.OnDemand with { Enabled = true },
            Feeds = settings.Feeds.ToDictionary(feed => feed.Key, feed => (change ?? (same => same))(feed.Value with
            {
                BaseUrl = _provider.Urls.Single(), Attempts = 1, Timeout = TimeSpan.FromSeconds(1),
            })),
        }, beside);
}
