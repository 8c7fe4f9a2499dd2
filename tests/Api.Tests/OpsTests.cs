using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using AkkaCrypto.Contracts.Ops;
using Npgsql;

namespace AkkaCrypto.Api.Tests;

public sealed partial class OpsTests
{
    private static FeedStatus Feed(string provider, string dataset, int with, FeedState state = FeedState.Running) => new(
        provider, dataset, state, state == FeedState.Disabled ? "no key" : null, 2, with, new IngestCounts(10, 8, 1, 0, 0, 1), 3, 0, 1,
        TimeSpan.FromMilliseconds(850), Clock.Start, null, null);

    private static ScheduleStatus Charts => new(
        "charts", "coingecko", "market_chart", true, "0 20 0 * * ?", "UTC", new DateTimeOffset(2026, 2, 1, 0, 20, 0, TimeSpan.Zero),
        new ScheduleRunStatus(
            new DateTimeOffset(2026, 1, 31, 0, 20, 0, TimeSpan.Zero), new DateTimeOffset(2026, 1, 30, 0, 20, 0, TimeSpan.Zero), 2,
            Clock.Start, null, ScheduleRunState.Running, 7, 18, 1, 200, 7, "no answer"));

    private static void AddAllFeeds(ApiHost api, int tradesWithData, FeedState onChain = FeedState.Running) => api.Feeds.AddRange(
    [
        Feed("coingecko", "simple_price", 2), Feed("coingecko", "market_chart", 2), Feed("coinone", "trades", tradesWithData),
        Feed("coinone", "orderbook", 2), Feed("cryptoquant", "onchain", onChain == FeedState.Disabled ? 0 : 2, onChain),
    ]);

    [Fact]
    public async Task Ready_waits_for_every_enabled_dataset_and_says_which_lacks_data()
    {
        await using var api = await ApiHost.StartAsync();
        using var nothing = await api.GetAsync("/readyz", key: null);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, nothing.StatusCode);
        var problem = await ApiHost.ProblemAsync(nothing, HttpStatusCode.ServiceUnavailable, "not_ready");
        Assert.Contains("coinone/trades: not started", problem.GetProperty("missing").EnumerateArray().Select(lack => lack.GetString()));
        Assert.Equal(TimeSpan.FromSeconds(2), nothing.Headers.RetryAfter!.Delta);

        AddAllFeeds(api, tradesWithData: 1);
        api.Clock.Advance(TimeSpan.FromSeconds(1));
        using var partly = await api.GetAsync("/readyz", key: null);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, partly.StatusCode);
        Assert.Contains("\"missing\":[\"coinone/trades: 1 of 2 series have data\"]", await partly.Content.ReadAsStringAsync(),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ready_is_200_when_all_have_data_and_a_disabled_feed_is_not_waited_for()
    {
        await using var api = await ApiHost.StartAsync();
        AddAllFeeds(api, tradesWithData: 2, FeedState.Disabled);
        using var ready = await api.GetAsync("/readyz", key: null);
        Assert.Equal(
            """{"status":"ready","profile":"demo","postgres":true,"redis_cache":true,"missing":[]}""", await ready.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
    }

    [Fact]
    public async Task Not_ready_without_the_database_but_alive()
    {
        await using var api = await ApiHost.StartAsync();
        AddAllFeeds(api, tradesWithData: 2);
        api.Reads.Trouble = new NpgsqlException("away");
        using var ready = await api.GetAsync("/readyz", key: null);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Contains("postgres: does not answer", await ready.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var alive = await api.GetAsync("/healthz", key: null);
        Assert.Equal(HttpStatusCode.OK, alive.StatusCode);
    }

    [Fact]
    public async Task Admin_feeds_shows_each_feeds_state_and_counts()
    {
        await using var api = await ApiHost.StartAsync();
        api.Feeds.Add(Feed("coinone", "trades", 2));
        api.Schedules.AddRange([Charts, new ScheduleStatus(
            "prices", "coingecko", "simple_price", false, "0 5 0 * * ?", "Asia/Seoul", null, null)]);
        using var response = await api.GetAsync("/admin/feeds", TestSettings.AdminKey);
        Assert.Equal(
            """{"feeds":[{"provider":"coinone","dataset":"trades","state":"running","reason":null,"series":2,"series_with_data":2,"counts":{"attempted":10,"inserted":8,"skipped":1,"differing":0,"revised":0,"rejected":1},"requests":3,"restarts":0,"open_gaps":1,"lag_ms":850,"last_success_at":"2026-01-31T12:00:00.000Z","last_error_at":null,"last_error":null}],"schedules":[{"schedule":"charts","provider":"coingecko","dataset":"market_chart","enabled":true,"cron":"0 20 0 * * ?","time_zone":"UTC","next_at":"2026-02-01T00:20:00.000Z","last_run":{"state":"running","scheduled_for":"2026-01-31T00:20:00.000Z","since":"2026-01-30T00:20:00.000Z","missed":2,"started_at":"2026-01-31T12:00:00.000Z","finished_at":null,"series":18,"series_done":7,"series_failed":1,"attempted":200,"inserted":7,"error":"no answer"}},{"schedule":"prices","provider":"coingecko","dataset":"simple_price","enabled":false,"cron":"0 5 0 * * ?","time_zone":"Asia/Seoul","next_at":null,"last_run":null}],"upstream":[{"provider":"coinone","windows":[{"window":"minute","budget":1200,"used":90,"left":1110}],"held_until":null,"waiting":0,"nodes":1,"cut_off":false}]}""",
            await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Admin_feeds_shows_of_a_feed_that_listens_its_connection_and_its_doubtful_books()
    {
        await using var api = await ApiHost.StartAsync();
        api.Feeds.Add(Feed("coinone", "orderbook", 2) with { SocketConnected = true, BooksResyncing = 1 });
        using var response = await api.GetAsync("/admin/feeds", TestSettings.AdminKey);
        Assert.Contains(
            "\"lag_ms\":850,\"socket_connected\":true,\"books_resyncing\":1,", await response.Content.ReadAsStringAsync(),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_OpenAPI_document_lists_exactly_the_routes_that_exist()
    {
        await using var api = await ApiHost.StartAsync();
        var document = JsonDocument.Parse(await api.Client.GetStringAsync("/openapi/v1.json")).RootElement;
        Assert.StartsWith("3.1", document.GetProperty("openapi").GetString(), StringComparison.Ordinal);
        var listed = document.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(operation => $"{operation.Name} {path.Name}"))
                .Order(StringComparer.Ordinal);
        string[] mapped =
        [
            "get /", "get /admin/feeds", "get /admin/gaps", "get /candles", "get /healthz",
            "get /internal-api/coinone-worker/public/orderbook", "get /internal-api/coinone-worker/public/trades", "get /market_chart",
            "get /metrics", "get /onchain", "get /openapi/v1.json", "get /orderbook",
            "get /readyz", "get /simple_price", "get /trades", "get /usage", "post /internal-api/coinone-worker/public/orderbook",
            "post /internal-api/coinone-worker/public/trades",
        ];
        Assert.Equal(mapped, listed);
    }

    [Fact]
    public async Task Every_operation_has_parameters_with_examples_responses_and_its_security()
    {
        await using var api = await ApiHost.StartAsync();
        var document = JsonDocument.Parse(await api.Client.GetStringAsync("/openapi/v1.json")).RootElement;
        Assert.True(document.GetProperty("components").GetProperty("securitySchemes").TryGetProperty("ApiKey", out _));
        foreach (var path in document.GetProperty("paths").EnumerateObject())
        {
            foreach (var operation in path.Value.EnumerateObject())
            {
                Assert.True(
                    operation.Value.GetProperty("responses").GetProperty("200").GetProperty("content").EnumerateObject().Any(), path.Name);
                var isOpen = path.Name is "/" or "/healthz" or "/readyz" or "/openapi/v1.json";
                Assert.Equal(!isOpen, operation.Value.TryGetProperty("security", out var security) && security.GetArrayLength() > 0);
                Assert.Equal(!isOpen, operation.Value.GetProperty("responses").TryGetProperty("401", out _));
                Assert.NotEqual("", operation.Value.GetProperty("description").GetString());
                foreach (var status in (string[])["429", "503"])
                {
                    if (operation.Value.GetProperty("responses").TryGetProperty(status, out var refusal))
                    {
                        Assert.True(refusal.GetProperty("headers").TryGetProperty("Retry-After", out _), $"{path.Name} {status}");
                    }
                }

                foreach (var parameter in operation.Value.TryGetProperty("parameters", out var parameters) ? parameters.EnumerateArray()
                    : default)
                {
                    Assert.True(parameter.TryGetProperty("example", out _), path.Name);
                    Assert.NotEqual("", parameter.GetProperty("description").GetString());
                }
            }
        }
    }

    [Fact]
    public async Task The_document_has_304_for_the_reads_with_a_validator_alone()
    {
        await using var api = await ApiHost.StartAsync();
        var document = JsonDocument.Parse(await api.Client.GetStringAsync("/openapi/v1.json")).RootElement;

        var conditional = document.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(operation => (path.Name, operation.Value.GetProperty("responses"))))
            .Where(operation => operation.Item2.TryGetProperty("304", out _)).ToList();

        Assert.Equal(
            ["/candles", "/market_chart", "/onchain", "/orderbook", "/simple_price", "/trades"],
            conditional.Select(operation => operation.Name).Order());
        Assert.All(conditional, operation => Assert.True(
            operation.Item2.GetProperty("200").GetProperty("headers").TryGetProperty("ETag", out _), operation.Name));
    }

    [Fact]
    public async Task The_examples_of_the_document_have_the_shape_of_the_answers()
    {
        await using var api = await ApiHost.StartAsync();
        AddAllFeeds(api, tradesWithData: 2);
        api.Schedules.Add(Charts);
        api.Gaps.Add(1);
        var document = JsonDocument.Parse(await api.Client.GetStringAsync("/openapi/v1.json")).RootElement;
        foreach (var (path, query) in ((string, string)[])
            [
                ("/simple_price", "?assets=bitcoin&currencies=usd&include=market_cap"),
                ("/market_chart", "?asset=bitcoin&currency=usd&days=1&interval=daily"),
                ("/trades", "?exchange=coinone&pair=btc-krw&limit=1"),
                ("/candles", "?exchange=coinone&pair=btc-krw&interval=1m&limit=1"), ("/orderbook", "?exchange=coinone&pair=btc-krw"),
                ("/onchain", "?asset=bitcoin&metric=exchange_netflow&limit=1"), ("/healthz", ""), ("/readyz", ""),
                ("/admin/feeds", ""), ("/admin/gaps", ""),
                ("/internal-api/coinone-worker/public/trades", "?quote=krw&target=btc"),
            ])
        {
            using var response = await api.GetAsync(path + query, TestSettings.AdminKey);
            var example = document.GetProperty("paths").GetProperty(path).GetProperty("get").GetProperty("responses").GetProperty("200")
                .GetProperty("content").GetProperty("application/json").GetProperty("example");
            Assert.Equal(Shape(example), Shape(JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement));
        }
    }

    [Theory]
    [InlineData("/docs/index.html")]
    [InlineData("/redoc/index.html")]
    [InlineData("/")]
    public async Task Pages_load_nothing_from_elsewhere(string path)
    {
        await using var api = await ApiHost.StartAsync();
        using var page = await api.GetAsync(path, key: null);
        var text = await page.Content.ReadAsStringAsync();
        Assert.DoesNotMatch(ExternalAddress(), text);
        foreach (var script in ScriptSource().Matches(text).Select(match => match.Groups[1].Value))
        {
            using var asset = await api.Client.GetAsync(new Uri(page.RequestMessage!.RequestUri!, script));
            Assert.Equal(HttpStatusCode.OK, asset.StatusCode);
            Assert.True((await asset.Content.ReadAsByteArrayAsync()).Length > 100, script);
        }

        if (path != "/")
        {
            Assert.StartsWith("default-src 'self'", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("/docs")]
    [InlineData("/redoc")]
    public async Task The_short_address_of_a_page_leads_to_it(string path)
    {
        await using var api = await ApiHost.StartAsync();
        using var response = await api.GetAsync(path, key: null);
        Assert.Equal(HttpStatusCode.MovedPermanently, response.StatusCode);
        Assert.EndsWith("/index.html", response.Headers.Location!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_browser_of_any_origin_may_read_and_sees_the_rate_headers()
    {
        await using var api = await ApiHost.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/simple_price?assets=bitcoin&currencies=usd");
        request.Headers.Add("X-API-Key", TestSettings.UserKey);
        request.Headers.Add("Origin", "https://somewhere.example");
        using var response = await api.Client.SendAsync(request);
        Assert.Equal("*", response.Headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.Contains("RateLimit", response.Headers.GetValues("Access-Control-Expose-Headers").Single(), StringComparison.Ordinal);

        using var preflight = new HttpRequestMessage(HttpMethod.Options, "/simple_price");
        preflight.Headers.Add("Origin", "https://somewhere.example");
        preflight.Headers.Add("Access-Control-Request-Method", "GET");
        preflight.Headers.Add("Access-Control-Request-Headers", "x-api-key");
        using var allowed = await api.Client.SendAsync(preflight);
        Assert.Equal(HttpStatusCode.NoContent, allowed.StatusCode);
    }

    [Fact]
    public async Task Past_the_bound_of_concurrent_reads_reads_are_refused_at_once_and_writes_are_not()
    {
        await using var api = await ApiHost.StartAsync(
            settings => settings with { Http = settings.Http with { MaxConcurrentReads = 1, MaxConcurrentRequests = 2 } });
        var gate = new TaskCompletionSource();
        api.Reads.Held = gate.Task;
        var first = api.GetAsync("/trades?exchange=coinone&pair=btc-krw");
        while (api.Reads.Reads == 0)
        {
            await Task.Yield();
        }

        using var read = await api.GetAsync("/usage");
        await ApiHost.ProblemAsync(read, HttpStatusCode.ServiceUnavailable, "overloaded");
        Assert.NotNull(read.Headers.RetryAfter);
        using var write = await api.SendAsync(
            HttpMethod.Post, "/internal-api/coinone-worker/public/trades?quote=krw&target=btc", TestSettings.AdminKey, ApiHost.Json("{}"));
        Assert.Equal(HttpStatusCode.OK, write.StatusCode);
        using var alive = await api.GetAsync("/healthz", key: null);
        Assert.Equal(HttpStatusCode.OK, alive.StatusCode);
        gate.SetResult();
        using var served = await first;
        Assert.Equal(HttpStatusCode.OK, served.StatusCode);
    }

    [Fact]
    public async Task Past_the_bound_of_concurrent_requests_one_is_refused_at_once()
    {
        await using var api = await ApiHost.StartAsync(
            settings => settings with { Http = settings.Http with { MaxConcurrentRequests = 1 } });
        var gate = new TaskCompletionSource();
        api.Reads.Held = gate.Task;
        var first = api.GetAsync("/trades?exchange=coinone&pair=btc-krw");
        while (api.Reads.Reads == 0)
        {
            await Task.Yield();
        }

        foreach (var method in (HttpMethod[])[HttpMethod.Get, HttpMethod.Post])
        {
            using var second = await api.SendAsync(method, "/readyz", key: null);
            await ApiHost.ProblemAsync(second, HttpStatusCode.ServiceUnavailable, "overloaded");
            Assert.NotNull(second.Headers.RetryAfter);
        }

        gate.SetResult();
        using var served = await first;
        Assert.Equal(HttpStatusCode.OK, served.StatusCode);
    }

    /// <summary>Names and nesting of an answer; a list counts by its first item, a leaf by nothing.</summary>
    private static string Shape(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => "{" + string.Join(',', json.EnumerateObject().Select(member => member.Name + Shape(member.Value))) + "}",
        JsonValueKind.Array => "[" + string.Concat(json.EnumerateArray().Take(1).Select(Shape)) + "]",
        _ => "",
    };

    [GeneratedRegex("(src|href)\\s*=\\s*[\"']?(https?:)?//", RegexOptions.IgnoreCase)]
    private static partial Regex ExternalAddress();

    [GeneratedRegex("<script[^>]+src=\"([^\"]+)\"")]
    private static partial Regex ScriptSource();
}
