using System.Net;
using AkkaCrypto.Api.Auth;
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
    public async Task Sixteen_threads_get_exactly_the_limit()
    {
        var caller = new Caller("k", ApiRole.User, "t", "t");
        var quota = new Quota(
            TestSettings.Create().Auth with { ApiKeys = [new ApiKeySettings("k", "key", ApiRole.User, "t", "t")] },
            new QuotaSettings(new Dictionary<string, TierSettings> { ["t"] = new(10_000) }, 1), new Clock());
        var allowed = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(
            () => Enumerable.Range(0, 1000).Count(_ => quota.Take(caller).Allowed))));
        Assert.Equal(10_000, allowed.Sum());
    }

    [Fact]
    public void A_clock_that_steps_back_does_not_open_a_used_window_again()
    {
        var clock = new Clock();
        var quota = new Quota(
            TestSettings.Create().Auth with { ApiKeys = [new ApiKeySettings("k", "key", ApiRole.User, "t", "t")] },
            new QuotaSettings(new Dictionary<string, TierSettings> { ["t"] = new(1) }, 1), clock);
        var caller = new Caller("k", ApiRole.User, "t", "t");
        Assert.True(quota.Take(caller).Allowed);
        clock.Advance(TimeSpan.FromMinutes(-2));
        var refused = quota.Take(caller);
        Assert.False(refused.Allowed);
        clock.Advance(TimeSpan.FromSeconds(refused.ResetSeconds));
        Assert.True(quota.Take(caller).Allowed);
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

    private static string Header(HttpResponseMessage response, string name) => response.Headers.GetValues(name).Single();
}
