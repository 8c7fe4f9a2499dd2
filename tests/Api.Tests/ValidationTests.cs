using System.Net;
using System.Text;

namespace AkkaCrypto.Api.Tests;

/// <summary>Each case: query, field at fault, part of its message. None of them reads anything or costs quota.</summary>
public sealed class ValidationTests
{
    private static readonly string Long = new('a', 10_000);

    public static TheoryData<string, string, string> Cases => new()
    {
        { "/simple_price", "assets", "is required" },
        { "/simple_price?assets=bitcoin", "currencies", "is required" },
        { "/simple_price?assets=&currencies=usd", "assets", "must not be empty" },
        { "/simple_price?assets=bitcoin,&currencies=usd", "assets", "each item must be" },
        { "/simple_price?assets=Bitcoin&currencies=usd", "assets", "must be 1 to 100 of a-z" },
        { "/simple_price?assets=bitcoin&currencies=u%20d", "currencies", "must be a ticker" },
        { "/simple_price?assets=bitcoin&assets=ethereum&currencies=usd", "assets", "must be given once" },
        { "/simple_price?assets=bitcoin&currencies=usd&include=price", "include", "must be one of market_cap" },
        { "/simple_price?assets=bitcoin&currencies=usd&format=xml", "format",
            "is not a parameter of this route, which takes assets, currencies" },
        { "/simple_price?assets=bit%00coin&currencies=usd", "assets", "must be 1 to 100" },
        { "/simple_price?assets=%EB%B9%84&currencies=usd", "assets", "must be 1 to 100" },
        { "/simple_price?assets=%FF%FE&currencies=usd", "assets", "must be 1 to 100" },
        { "/simple_price?assets=" + Long + "&currencies=usd", "assets", "at most 8192" },
        { "/simple_price?assets=" + string.Join(',', Enumerable.Range(0, 251)) + "&currencies=usd", "assets", "at most 250 items" },
        { "/simple_price?assets=bitcoin&currencies=usd&%0d%0a=1", "??", "is not a parameter" },
        { "/market_chart?asset=bitcoin&currency=usd&days=0", "days", "from 1 to 36500, or max" },
        { "/market_chart?asset=bitcoin&currency=usd&days=-1", "days", "from 1 to 36500, or max" },
        { "/market_chart?asset=bitcoin&currency=usd&days=1.5", "days", "from 1 to 36500, or max" },
        { "/market_chart?asset=bitcoin&currency=usd&days=99999999999999999999", "days", "from 1 to 36500, or max" },
        { "/market_chart?asset=bitcoin&currency=usd&days=MAX", "days", "from 1 to 36500, or max" },
        { "/market_chart?asset=bitcoin&currency=usd&days=1&interval=weekly", "interval", "must be one of daily, hourly" },
        { "/market_chart?asset=bitcoin,ethereum&currency=usd&days=1", "asset", "must be 1 to 100" },
        { "/trades?exchange=coinone&pair=btckrw", "pair", "must be a pair such as btc-krw" },
        { "/trades?exchange=coinone&pair=BTC-KRW", "pair", "must be a pair such as btc-krw" },
        { "/trades?exchange=coinone&pair=btc-krw&limit=0", "limit", "from 1 to 1000" },
        { "/trades?exchange=coinone&pair=btc-krw&limit=1001", "limit", "from 1 to 1000" },
        { "/trades?exchange=coinone&pair=btc-krw&limit=+5", "limit", "from 1 to 1000" },
        { "/trades?exchange=coinone&pair=btc-krw&from=yesterday", "from", "must be ISO 8601" },
        { "/trades?exchange=coinone&pair=btc-krw&from=99999999999999", "from", "must be ISO 8601" },
        { "/trades?exchange=coinone&pair=btc-krw&from=2026-01-02&to=2026-01-02", "to", "must be after from" },
        { "/trades?exchange=coinone&pair=btc-krw&cursor=nonsense", "cursor", "must be a next_cursor" },
        { "/trades?exchange=&pair=btc-krw", "exchange", "must not be empty" },
        { "/orderbook?exchange=coinone&pair=btc-krw&at=x", "at", "must be ISO 8601" },
        { "/orderbook?exchange=coinone&pair=btc-krw&limit=5", "limit", "is not a parameter" },
        { "/candles?exchange=coinone&pair=btc-krw", "interval", "is required" },
        { "/candles?exchange=coinone&pair=btc-krw&interval=1w", "interval", "must be one of 1m, 5m, 15m, 1h, 4h, 1d" },
        { "/candles?exchange=coinone&pair=btc-krw&interval=1m&fill=zero", "fill", "must be one of none, null, previous" },
        { "/candles?exchange=coinone&pair=btc-krw&interval=1m&as_of=tomorrow", "as_of", "must be ISO 8601" },
        { "/candles?exchange=coinone&pair=btc-krw&interval=1m&as_of=2026-01-31T12:00:00Z", "as_of", "must be in the past" },
        { "/candles?exchange=coinone&pair=btc-krw&interval=1m&limit=1001", "limit", "from 1 to 1000" },
        { "/candles?exchange=coinone&pair=btc-krw&interval=1m&cursor=x", "cursor", "must be a next_cursor" },
        { "/candles?exchange=coinone&pair=btc-krw&interval=1m&days=1", "days", "is not a parameter" },
        { "/market_chart?asset=bitcoin&currency=usd&days=1&as_of=2026-02-01", "as_of", "must be in the past" },
        { "/onchain?asset=bitcoin&metric=exchange_netflow&as_of=4102444800", "as_of", "must be in the past" },
        { "/onchain?asset=bitcoin", "metric", "is required" },
        { "/onchain?asset=bitcoin&metric=exchange_netflow&interval=week", "interval", "must be one of day, hour, block" },
        { "/onchain?asset=bitcoin&metric=exchange_netflow&source=A", "source", "must be 1 to 100" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task An_invalid_parameter_is_a_400_that_names_it_and_touches_nothing(string query, string field, string message)
    {
        await using var api = await ApiHost.StartAsync();
        for (var i = 0; i <= TestSettings.SmallQuota; i++)
        {
            using var response = await api.GetAsync(query, TestSettings.SmallKey);
            var problem = await ApiHost.ProblemAsync(response, HttpStatusCode.BadRequest, "invalid_request");
            var messages = problem.GetProperty("errors").GetProperty(field).EnumerateArray().Select(item => item.GetString()!).ToList();
            Assert.Contains(message, Assert.Single(messages), StringComparison.Ordinal);
        }

        Assert.Equal(0, api.Reads.Reads);
    }

    [Fact]
    public async Task All_faults_of_a_request_are_told_at_once()
    {
        await using var api = await ApiHost.StartAsync();
        using var response = await api.GetAsync("/trades?pair=x&limit=0&from=a&page=2");
        var problem = await ApiHost.ProblemAsync(response, HttpStatusCode.BadRequest, "invalid_request");
        Assert.Equal(
            ["exchange", "from", "limit", "page", "pair"],
            problem.GetProperty("errors").EnumerateObject().Select(error => error.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task An_open_route_takes_no_parameters_either()
    {
        await using var api = await ApiHost.StartAsync();
        using var response = await api.GetAsync("/healthz?verbose=1", key: null);
        await ApiHost.ProblemAsync(response, HttpStatusCode.BadRequest, "invalid_request");
    }

    [Fact]
    public async Task Statuses_of_HTTP_itself_are_problems_too()
    {
        await using var api = await ApiHost.StartAsync();
        const string Worker = "/internal-api/coinone-worker/public/trades?quote=krw&target=btc";

        using var wrongMethod = await api.SendAsync(HttpMethod.Put, "/trades", TestSettings.UserKey);
        await ApiHost.ProblemAsync(wrongMethod, HttpStatusCode.MethodNotAllowed, "method_not_allowed");
        Assert.Equal(["GET", "HEAD"], wrongMethod.Content.Headers.Allow.Order(StringComparer.Ordinal));

        using var noRoute = await api.GetAsync("/nowhere");
        await ApiHost.ProblemAsync(noRoute, HttpStatusCode.NotFound, "not_found");

        using var tooLarge = await api.SendAsync(
            HttpMethod.Post, Worker, TestSettings.AdminKey, ApiHost.Json(new string(' ', TestSettings.MaxBody + 1)));
        await ApiHost.ProblemAsync(tooLarge, HttpStatusCode.RequestEntityTooLarge, "payload_too_large");

        using var chunked = new HttpRequestMessage(
            HttpMethod.Post, Worker) { Content = ApiHost.Json(new string(' ', TestSettings.MaxBody + 1)) };
        chunked.Headers.TransferEncodingChunked = true;
        chunked.Headers.Add("X-API-Key", TestSettings.AdminKey);
        using var chunkedTooLarge = await api.Client.SendAsync(chunked);
        await ApiHost.ProblemAsync(chunkedTooLarge, HttpStatusCode.RequestEntityTooLarge, "payload_too_large");

        using var wrongMedia = await api.SendAsync(
            HttpMethod.Post, Worker, TestSettings.AdminKey, new StringContent("{}", Encoding.UTF8, "text/plain"));
        await ApiHost.ProblemAsync(wrongMedia, HttpStatusCode.UnsupportedMediaType, "unsupported_media_type");
        Assert.Empty(api.Intake.Taken);
    }

    [Theory]
    [InlineData("text/html", 406)]
    [InlineData("application/json;q=0", 406)]
    [InlineData("*/*, application/json;q=0", 406)]
    [InlineData("garbage", 406)]
    [InlineData("text/html, application/json;q=0.1", 200)]
    [InlineData("application/*", 200)]
    [InlineData("text/html, */*;q=0.8", 200)]
    public async Task What_the_client_accepts_is_honoured(string accept, int expected)
    {
        await using var api = await ApiHost.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/simple_price?assets=bitcoin&currencies=usd");
        request.Headers.Add("X-API-Key", TestSettings.UserKey);
        request.Headers.TryAddWithoutValidation("Accept", accept);
        using var response = await api.Client.SendAsync(request);
        Assert.Equal(expected, (int)response.StatusCode);
    }
}
