using System.Net;
using System.Text.Json;
using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Api.Tests;

public sealed class QuotaTests
{
    private const string Prices = "/simple_price?assets=bitcoin&currencies=usd";

    [Fact]
    public async Task A_quota_counts_down_over_all_routes_refuses_and_opens_again_after_Retry_After()
    {
        await using var api = await ApiHost.StartAsync();
        api.Clock.Advance(TimeSpan.FromSeconds(15.5));
        foreach (var (path, left) in ((string, int)[])[
            (Prices, 2), ("/orderbook?exchange=coinone&pair=btc-krw", 1), ("/simple_price?assets=doge&currencies=usd", 0)])
        {
            using var served = await api.GetAsync(path, TestSettings.SmallKey);
            Assert.Equal(left.ToString(System.Globalization.CultureInfo.InvariantCulture), Header(served, "X-RateLimit-Remaining"));
            Assert.Equal($"\"minute\";r={left};t=45", Header(served, "RateLimit"));
            Assert.Equal("\"minute\";q=3;w=60", Header(served, "RateLimit-Policy"));
            Assert.Equal(("3", "45"), (Header(served, "X-RateLimit-Limit"), Header(served, "X-RateLimit-Reset")));
        }

        using var refused = await api.GetAsync(Prices, TestSettings.SmallKey);
        await ApiHost.ProblemAsync(refused, HttpStatusCode.TooManyRequests, "quota_exceeded");
        Assert.Equal("0", Header(refused, "X-RateLimit-Remaining"));
        var wait = refused.Headers.RetryAfter!.Delta!.Value;
        Assert.Equal(TimeSpan.FromSeconds(45), wait);

        api.Clock.Advance(wait);
        using var again = await api.GetAsync(Prices, TestSettings.SmallKey);
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
    }

    [Fact]
    public async Task A_refused_request_reads_nothing_and_comes_before_404_of_a_resource()
    {
        await using var api = await ApiHost.StartAsync();
        for (var i = 0; i < TestSettings.SmallQuota; i++)
        {
            using var served = await api.GetAsync(Prices, TestSettings.SmallKey);
        }

        var reads = api.Reads.Reads;
        using var refused = await api.GetAsync("/trades?exchange=nowhere&pair=a-b", TestSettings.SmallKey);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        using var invalid = await api.GetAsync("/trades?exchange=nowhere", TestSettings.SmallKey);
        Assert.Equal(HttpStatusCode.BadRequest, invalid.StatusCode);
        Assert.Equal(reads, api.Reads.Reads);
    }

    [Fact]
    public async Task Admins_have_no_quota()
    {
        await using var api = await ApiHost.StartAsync();
        using var response = await api.GetAsync(Prices, TestSettings.AdminKey);
        Assert.False(response.Headers.Contains("RateLimit"));
    }

    [Fact]
    public async Task Several_limits_stand_in_one_header_and_the_one_that_is_used_up_first_in_the_older_ones()
    {
        await using var api = await ApiHost.StartAsync(settings => Limited(settings, new()
        {
            ["minute"] = new(QuotaAlgorithm.Fixed, "all", 50, TimeSpan.FromMinutes(1), null),
            ["even"] = new(QuotaAlgorithm.Gcra, "all", 60, TimeSpan.FromMinutes(1), 10),
            ["trades"] = new(QuotaAlgorithm.Sliding, "/trades", 8, TimeSpan.FromSeconds(10), null),
        }));
        using var prices = await api.GetAsync(Prices, TestSettings.SmallKey);
        Assert.Equal("\"minute\";r=49;t=60, \"even\";r=9;t=1", Header(prices, "RateLimit"));
        Assert.Equal("\"minute\";q=50;w=60, \"even\";q=10;w=10", Header(prices, "RateLimit-Policy"));
        Assert.Equal(("10", "9"), (Header(prices, "X-RateLimit-Limit"), Header(prices, "X-RateLimit-Remaining")));
        Assert.Equal("1", Header(prices, "X-RateLimit-Reset"));

        // 3 units: 1, and 2 for 1,000 rows.
        using var trades = await api.GetAsync("/trades?exchange=coinone&pair=btc-krw&limit=1000", TestSettings.SmallKey);
        Assert.Equal("\"minute\";r=46;t=60, \"even\";r=6;t=4, \"trades\";r=5;t=11", Header(trades, "RateLimit"));
        using var few = await api.GetAsync("/trades?exchange=coinone&pair=btc-krw&limit=1", TestSettings.SmallKey);
        Assert.Equal("3", Header(few, "X-RateLimit-Remaining"));
    }

    [Fact]
    public async Task A_refusal_says_how_long_to_wait_and_who_waits_is_served_whatever_counts()
    {
        foreach (var algorithm in Enum.GetValues<QuotaAlgorithm>())
        {
            await using var api = await ApiHost.StartAsync(settings => Limited(settings, new()
            {
                ["limit"] = new(algorithm, "all", 7, TimeSpan.FromSeconds(30), null),
            }));
            api.Clock.Advance(TimeSpan.FromSeconds(3.7));
            const string Dear = "/trades?exchange=coinone&pair=btc-krw&limit=1000";
            using var first = await api.GetAsync(Dear, TestSettings.SmallKey);
            using var second = await api.GetAsync(Dear, TestSettings.SmallKey);
            using var refused = await api.GetAsync(Dear, TestSettings.SmallKey);
            await ApiHost.ProblemAsync(refused, HttpStatusCode.TooManyRequests, "quota_exceeded");
            Assert.Equal("1", Header(refused, "X-RateLimit-Remaining"));
            api.Clock.Advance(refused.Headers.RetryAfter!.Delta!.Value);
            using var served = await api.GetAsync(Dear, TestSettings.SmallKey);
            Assert.Equal(HttpStatusCode.OK, served.StatusCode);
        }
    }

    [Fact]
    public async Task A_limit_of_a_route_that_is_not_there_stops_the_start()
    {
        var fault = await Assert.ThrowsAsync<AkkaCrypto.Hocon.Binding.SettingsException>(() => ApiHost.StartAsync(
            settings => Limited(settings, new() { ["odd"] = new(QuotaAlgorithm.Fixed, "/trade", 8, TimeSpan.FromSeconds(10), null) })));
        const string Place = "akkacrypto.quota.tiers.small.limits.odd.route: found /trade, expected a route";
        Assert.Contains(Place, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Usage_says_what_the_answers_said_and_costs_as_any_other_request()
    {
        await using var api = await ApiHost.StartAsync();
        using var prices = await api.GetAsync(Prices, TestSettings.SmallKey);
        using var response = await api.GetAsync("/usage", TestSettings.SmallKey);
        var usage = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal(("small", "small"), (usage.GetProperty("key_id").GetString(), usage.GetProperty("tier").GetString()));
        Assert.Equal(
            """{"name":"minute","route":"all","algorithm":"fixed","window_seconds":60,"limit":3,"used":2,"remaining":1,"reset":60}""",
            usage.GetProperty("limits")[0].GetRawText());
        Assert.Equal(("1", "60"), (Header(response, "X-RateLimit-Remaining"), Header(response, "X-RateLimit-Reset")));

        using var admin = await api.GetAsync("/usage", TestSettings.AdminKey);
        Assert.Equal(0, JsonDocument.Parse(await admin.Content.ReadAsStringAsync()).RootElement.GetProperty("limits").GetArrayLength());
    }

    [Fact]
    public async Task Past_the_limit_of_invalid_requests_a_key_is_refused_until_the_minute_ends_and_no_other_is()
    {
        await using var api = await ApiHost.StartAsync();
        api.Clock.Advance(TimeSpan.FromSeconds(15.5));
        for (var i = 0; i < TestSettings.InvalidRequestsPerMinute; i++)
        {
            using var invalid = await api.GetAsync("/trades?exchange=nowhere");
            Assert.Equal(HttpStatusCode.BadRequest, invalid.StatusCode);
        }

        foreach (var path in (string[])["/trades?exchange=nowhere", Prices])
        {
            using var refused = await api.GetAsync(path);
            await ApiHost.ProblemAsync(refused, HttpStatusCode.TooManyRequests, "too_many_invalid_requests");
            Assert.Equal(TimeSpan.FromSeconds(45), refused.Headers.RetryAfter!.Delta);
        }

        using var other = await api.GetAsync(Prices, TestSettings.SmallKey);
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
        api.Clock.Advance(TimeSpan.FromSeconds(45));
        using var again = await api.GetAsync(Prices);
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
    }

    [Fact]
    public async Task Strangers_are_counted_by_their_address_and_a_valid_key_from_there_is_served_on()
    {
        await using var api = await ApiHost.StartAsync();
        for (var i = 0; i < TestSettings.InvalidRequestsPerMinute; i++)
        {
            using var stranger = await api.GetAsync(i % 2 == 0 ? Prices : "/healthz?x=1", i % 2 == 0 ? $"guess-{i}" : null);
            Assert.Equal(i % 2 == 0 ? HttpStatusCode.Unauthorized : HttpStatusCode.BadRequest, stranger.StatusCode);
        }

        foreach (var (path, key) in ((string, string?)[])[(Prices, "guess-again"), (Prices, null), ("/healthz?x=1", null)])
        {
            using var refused = await api.GetAsync(path, key);
            await ApiHost.ProblemAsync(refused, HttpStatusCode.TooManyRequests, "too_many_invalid_requests");
        }

        using var known = await api.GetAsync(Prices);
        using var alive = await api.GetAsync("/healthz", key: null);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (known.StatusCode, alive.StatusCode));
    }

    [Fact]
    public async Task Admins_may_be_wrong_as_often_as_they_like()
    {
        await using var api = await ApiHost.StartAsync();
        for (var i = 0; i <= TestSettings.InvalidRequestsPerMinute; i++)
        {
            using var invalid = await api.GetAsync("/trades?exchange=nowhere", TestSettings.AdminKey);
            Assert.Equal(HttpStatusCode.BadRequest, invalid.StatusCode);
        }
    }

    /// <summary>These limits for the small tier, and for 500 rows of trades a unit more.</summary>
    private static AkkaCryptoSettings Limited(AkkaCryptoSettings settings, Dictionary<string, LimitSettings> limits) => settings with
    {
        Quota = settings.Quota with
        {
            Tiers = new Dictionary<string, TierSettings>(settings.Quota.Tiers) { ["small"] = new(limits, WithoutRedis.Local, 0.5) },
            Costs = new Dictionary<string, CostSettings> { ["/trades"] = new(1, 500) },
        },
    };

    private static string Header(HttpResponseMessage response, string name) => response.Headers.GetValues(name).Single();
}
