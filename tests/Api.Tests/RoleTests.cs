using System.Net;

namespace AkkaCrypto.Api.Tests;

/// <summary>Who may ask for what: every route with nobody, a wrong key, a user and an admin.</summary>
public sealed class RoleTests
{
    private const string Worker = "/internal-api/coinone-worker/public/";

    /// <summary>method, path, then the status for nobody, a wrong key, a user, an admin.</summary>
    public static TheoryData<string, string, int, int, int, int> Table => new()
    {
        { "GET", "/", 200, 200, 200, 200 },
        { "GET", "/healthz", 200, 200, 200, 200 },
        { "GET", "/readyz", 503, 503, 503, 503 },
        { "GET", "/docs/index.html", 200, 200, 200, 200 },
        { "GET", "/redoc/index.html", 200, 200, 200, 200 },
        { "GET", "/openapi/v1.json", 200, 200, 200, 200 },
        { "GET", "/simple_price?assets=bitcoin&currencies=usd", 401, 401, 200, 200 },
        { "GET", "/market_chart?asset=bitcoin&currency=usd&days=30&interval=daily", 401, 401, 200, 200 },
        { "GET", "/trades?exchange=coinone&pair=btc-krw", 401, 401, 200, 200 },
        { "GET", "/candles?exchange=coinone&pair=btc-krw&interval=1m", 401, 401, 200, 200 },
        { "GET", "/orderbook?exchange=coinone&pair=btc-krw", 401, 401, 200, 200 },
        { "GET", "/onchain?asset=bitcoin&metric=exchange_netflow", 401, 401, 200, 200 },
        { "GET", "/admin/feeds", 401, 401, 403, 200 },
        { "GET", Worker + "trades?quote=krw&target=btc", 401, 401, 403, 200 },
        { "GET", Worker + "orderbook?quote=krw&target=btc", 401, 401, 403, 200 },
        { "POST", Worker + "trades?quote=krw&target=btc", 401, 401, 403, 200 },
        { "POST", Worker + "orderbook?quote=krw&target=btc", 401, 401, 403, 200 },
        { "GET", "/no/such/route", 401, 401, 404, 404 },
        { "GET", "/admin/no-such-route", 401, 401, 403, 404 },
        { "GET", "/ADMIN/feeds", 401, 401, 403, 200 },
        { "POST", "/simple_price", 401, 401, 405, 405 },
        { "DELETE", "/admin/feeds", 401, 401, 403, 405 },
        { "GET", "/api/v3/ping", 404, 404, 404, 404 },
        { "GET", "/api/v3/global", 401, 401, 404, 404 },
        { "GET", "/usage", 401, 401, 200, 200 },
        { "POST", "/wallets", 401, 401, 404, 404 },
        { "GET", "/stream/prices", 401, 401, 404, 404 },
        { "GET", "/metrics", 401, 401, 403, 200 },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public async Task Each_route_answers_each_role_as_the_table_says(string method, string path, int nobody, int wrong, int user, int admin)
    {
        await using var api = await ApiHost.StartAsync();
        var statuses = new List<int>();
        foreach (var key in (string?[])[null, "no-such-key", TestSettings.UserKey, TestSettings.AdminKey])
        {
            using var content = method == "POST" ? ApiHost.Json("{}") : null;
            using var response = await api.SendAsync(new HttpMethod(method), path, key, content);
            statuses.Add((int)response.StatusCode);
        }

        Assert.Equal([nobody, wrong, user, admin], statuses);
    }

    [Fact]
    public async Task A_refused_caller_is_told_how_to_authenticate_and_nothing_is_read()
    {
        await using var api = await ApiHost.StartAsync();
        using var response = await api.GetAsync("/trades?nonsense=1", key: null);
        await ApiHost.ProblemAsync(response, HttpStatusCode.Unauthorized, "unauthorized");
        Assert.Equal("ApiKey", response.Headers.WwwAuthenticate.Single().Scheme);
        Assert.Equal(0, api.Reads.Reads);
    }

    [Theory]
    [InlineData("")]
    [InlineData("DEMO-KEY")]
    [InlineData("demo-key2")]
    [InlineData("demo-ke")]
    public async Task A_key_that_is_almost_right_is_refused(string key)
    {
        await using var api = await ApiHost.StartAsync();
        using var response = await api.GetAsync("/simple_price?assets=bitcoin&currencies=usd", key);
        await ApiHost.ProblemAsync(response, HttpStatusCode.Unauthorized, "unauthorized");
    }

    [Fact]
    public async Task Two_keys_in_one_request_are_refused()
    {
        await using var api = await ApiHost.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/simple_price?assets=bitcoin&currencies=usd");
        request.Headers.TryAddWithoutValidation("X-API-Key", [TestSettings.UserKey, TestSettings.AdminKey]);
        using var response = await api.Client.SendAsync(request);
        await ApiHost.ProblemAsync(response, HttpStatusCode.Unauthorized, "unauthorized");
    }
}
