using System.Globalization;
using System.Net;
using System.Text.Json;
using AkkaCrypto.TestKit.Servers;

namespace AkkaCrypto.Api.Tests.Real;

/// <summary>CoinGecko's paths on the whole service, held against CoinGecko's twin: what one says, the other must say.</summary>
[Collection(ServerFixture.Collection)]
public sealed class CoinGeckoTests(CoinGeckoFixture fixture) : IClassFixture<CoinGeckoFixture>
{
    private CoinGeckoHost Host => fixture.Host;

    // Prices may be answered from coins' markets, whose caps and changes are rounded: caps are asked for in currencies without those here.
    [Theory]
    [InlineData("/ping")]
    [InlineData("/simple/price?ids=bitcoin&vs_currencies=usd&precision=full")]
    [InlineData("/simple/price?ids=bitcoin,solana,no-such-coin&vs_currencies=gbp,chf,btc&include_market_cap=true&include_24hr_vol=true"
        + "&include_24hr_change=true&include_last_updated_at=true&precision=full")]
    [InlineData("/simple/price?ids=bitcoin,%20ethereum&vs_currencies=usd&precision=full")]
    [InlineData("/simple/price?ids=bitcoin&vs_currencies=ethereum&precision=full")]
    [InlineData("/simple/price?ids=cardano&vs_currencies=eur&precision=3")]
    [InlineData("/simple/supported_vs_currencies")]
    [InlineData("/coins/list")]
    [InlineData("/coins/list?include_platform=true")]
    [InlineData("/coins/list?status=inactive")]
    [InlineData("/coins/markets?vs_currency=usd&precision=full")]
    [InlineData("/coins/markets?vs_currency=JPY&order=volume_asc&per_page=4&page=2&sparkline=true&precision=full"
        + "&price_change_percentage=1h,24h,7d,14d,30d,200d,1y&include_rehypothecated=true")]
    [InlineData("/coins/markets?vs_currency=eth&ids=tron,%20tether&order=id_desc&precision=full")]
    [InlineData("/coins/markets?vs_currency=usd&symbols=btc,link&precision=full")]
    [InlineData("/coins/bitcoin")]
    [InlineData("/coins/tether?localization=false&tickers=false&community_data=false&developer_data=false&sparkline=true")]
    [InlineData("/coins/bitcoin?market_data=false&include_categories_details=true")]
    [InlineData("/coins/ethereum/history?date=30-12-2025")]
    [InlineData("/coins/ethereum/history?date=1-1-2026&localization=false")]
    [InlineData("/coins/bitcoin/ohlc?vs_currency=usd&days=1&precision=full")]
    [InlineData("/coins/bitcoin/ohlc?vs_currency=usd&days=7&precision=full")]
    [InlineData("/coins/solana/ohlc?vs_currency=jpy&days=30&precision=full")]
    [InlineData("/coins/bitcoin/ohlc?vs_currency=usd&days=365&precision=full")]
    [InlineData("/coins/bitcoin/market_chart?vs_currency=usd&days=30&interval=daily")]
    [InlineData("/coins/bitcoin/market_chart?vs_currency=usd&days=91")]
    [InlineData("/coins/bitcoin/market_chart?vs_currency=usd&days=max")]
    [InlineData("/coins/dogecoin/market_chart?vs_currency=krw&days=365&precision=2")]
    [InlineData("/search?query=bit")]
    [InlineData("/global")]
    public async Task Answers_are_the_twins(string path)
    {
        var ours = Comparable(await Host.ReadAsync(path));
        var theirs = Comparable(await Host.TwinAsync(path.Replace("JPY", "jpy", StringComparison.Ordinal)));
        Assert.True(JsonElement.DeepEquals(theirs, ours), $"{path}\nexpected {Shown(theirs)}\nactual   {Shown(ours)}");
    }

    [Theory]
    [InlineData("page=99999999999999999999")]
    [InlineData("page=5000")]
    public async Task A_page_past_the_last_coin_is_empty_however_large_its_number_is(string page) =>
        Assert.Empty((await Host.ReadAsync("/coins/markets?vs_currency=usd&" + page)).EnumerateArray());

    [Theory]
    [InlineData("/coins/bitcoin/market_chart?vs_currency=usd&days=1", 300)]
    [InlineData("/coins/bitcoin/market_chart?vs_currency=usd&days=2", 3600)]
    [InlineData("/coins/litecoin/market_chart?vs_currency=eur&days=90", 3600)]
    [InlineData("/coins/bitcoin/market_chart?vs_currency=usd&days=30&interval=hourly", 3600)]
    [InlineData("/coins/bitcoin/market_chart/range?vs_currency=usd&from=1769428800&to=1769860800", 3600)]
    [InlineData("/coins/bitcoin/market_chart/range?vs_currency=usd&from=1769774400&to=1769860800", 300)]
    public async Task Charts_are_the_twins_but_for_the_step_that_is_still_running(string path, int step)
    {
        var (ours, theirs) = (Points(await Host.ReadAsync(path)), Points(await Host.TwinAsync(path)));
        var running = ours[^1].At / 1000 / step;
        Assert.Equal(theirs.Where(point => point.At / 1000 / step < running), ours.Where(point => point.At / 1000 / step < running));
        if (!path.Contains("range", StringComparison.Ordinal))
        {
            Assert.Contains(ours[^1], theirs);
            Assert.Equal(theirs.Max(point => point.At), ours[^1].At);
            Assert.Single(ours, point => point.At / 1000 / step == running);
        }
    }

    [Theory]
    [InlineData("/coins/bitcoin/market_chart/range?vs_currency=usd&from=1754006400&to=1758000000")]
    [InlineData("/coins/bitcoin/market_chart/range?vs_currency=usd&from=1748736000&to=1764547200")]
    [InlineData("/coins/stellar/market_chart/range?vs_currency=usd&from=1767225600&to=1767312000")]
    public async Task A_past_that_no_feed_has_brought_is_asked_for(string path)
    {
        var (ours, theirs) = (Points(await Host.ReadAsync(path)), Points(await Host.TwinAsync(path)));
        Assert.NotEmpty(theirs);
        Assert.Equal(theirs, ours);
    }

    [Fact]
    public async Task Names_and_symbols_find_coins_and_ids_come_first()
    {
        Assert.Equal(["btc"], Keys(await Host.ReadAsync("/simple/price?symbols=BTC,nobody&vs_currencies=usd")));
        Assert.Equal(["bitcoin cash"], Keys(await Host.ReadAsync("/simple/price?names=bitcoin%20cash,nobody&vs_currencies=usd")));
        Assert.Equal(["bitcoin"], Keys(await Host.ReadAsync("/simple/price?symbols=BTC&include_tokens=all&vs_currencies=usd")));
        Assert.Equal(["tron"], Keys(await Host.ReadAsync("/simple/price?ids=tron&names=Bitcoin&symbols=eth&vs_currencies=usd")));
        Assert.Equal(["tron"], Keys(await Host.ReadAsync("/simple/price?ids=bitcoin&ids=tron&names=&vs_currencies=usd&nonsense=1")));
    }

    [Fact]
    public async Task A_price_has_as_many_places_as_asked_for_and_no_binary_rounding()
    {
        await Host.Api.AddPriceAsync("bitcoin", "krw", 12345.678901234567890123m, 1234567890123456789.5m);
        Assert.Equal(
            """{"bitcoin":{"krw":12345.678901234567890123,"krw_market_cap":1234567890123456789.5}}""",
            await Host.Api.ReadAsync("/api/v3/simple/price?ids=bitcoin&vs_currencies=krw&include_market_cap=true"));
        Assert.Equal(
            """{"bitcoin":{"krw":12345.68}}""", await Host.Api.ReadAsync("/api/v3/simple/price?ids=bitcoin&vs_currencies=krw&precision=2"));
    }

    [Theory]
    [InlineData("/simple/price?vs_currencies=usd", 422, """{"error":"Missing parameter ids"}""")]
    [InlineData("/simple/price?ids=bitcoin&vs_currencies=", 422, """{"error":"Missing parameter vs_currencies"}""")]
    [InlineData("/simple/price?ids=bitcoin&vs_currencies=usd&precision=19", 422, """{"error":"Invalid precision"}""")]
    [InlineData("/coins/markets", 422, """{"error":"Missing parameter vs_currency"}""")]
    [InlineData("/coins/markets?vs_currency=shells", 422, """{"error":"Invalid vs_currency"}""")]
    [InlineData("/coins/markets?vs_currency=usd&category=layer-1", 422, """{"error":"Invalid category"}""")]
    [InlineData("/coins/no-such-coin", 404, """{"error":"coin not found"}""")]
    [InlineData("/coins/bitcoin/market_chart?vs_currency=usd", 422, """{"error":"Missing parameter days"}""")]
    [InlineData("/coins/bitcoin/market_chart?vs_currency=usd&days=0", 422, """{"error":"Invalid days"}""")]
    [InlineData("/coins/bitcoin/market_chart?vs_currency=usd&days=2&interval=5m", 422, """{"error":"Invalid interval"}""")]
    [InlineData("/coins/no-such-coin/market_chart?vs_currency=usd&days=1", 404, """{"error":"coin not found"}""")]
    [InlineData("/coins/bitcoin/market_chart/range?vs_currency=usd&from=2&to=1", 422, """{"error":"Invalid from or to"}""")]
    [InlineData("/coins/bitcoin/market_chart/range?vs_currency=usd&from=1", 422, """{"error":"Missing parameter to"}""")]
    [InlineData("/coins/bitcoin/ohlc", 422, """{"error":"Missing parameter vs_currency"}""")]
    [InlineData("/coins/bitcoin/ohlc?vs_currency=usd&days=3", 422, """{"error":"Invalid days"}""")]
    [InlineData("/coins/bitcoin/history", 422, """{"error":"Missing parameter date"}""")]
    [InlineData("/coins/bitcoin/history?date=2025-12-30", 422, """{"error":"Invalid date"}""")]
    [InlineData("/coins/bitcoin/history?date=01-01-2099", 422, """{"error":"Invalid date"}""")]
    [InlineData("/search", 422, """{"error":"Missing parameter query"}""")]
    [InlineData("/nowhere", 404, """{"error":"Incorrect path. Please check /docs"}""")]
    public async Task Refusals_have_CoinGeckos_shapes(string path, int status, string body)
    {
        using var response = await Host.Api.GetAsync("/api/v3" + path);
        Assert.Equal((status, body), ((int)response.StatusCode, await response.Content.ReadAsStringAsync()));
        Assert.Equal("application/json", response.Content.Headers.ContentType?.ToString());
    }

    [Theory]
    [InlineData("/coins/bitcoin/market_chart?vs_currency=usd&days=366")]
    [InlineData("/coins/bitcoin/market_chart/range?vs_currency=usd&from=1700000000&to=1700100000")]
    [InlineData("/coins/bitcoin/history?date=01-01-2020")]
    public async Task A_span_beyond_the_plan_is_refused_with_the_nested_shape(string path)
    {
        using var response = await Host.Api.GetAsync("/api/v3" + path);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        var status = (await JsonOf(response)).GetProperty("error").GetProperty("status");
        Assert.Equal(10012, status.GetProperty("error_code").GetInt32());
        Assert.Equal("2026-01-31T12:00:00.000+00:00", status.GetProperty("timestamp").GetString());
        Assert.Contains("within the past 365 days", status.GetProperty("error_message").GetString());
    }

    [Theory]
    [InlineData("/api/v3/global", null, 10002)]
    [InlineData("/api/v3/global", "X-API-Key", 10011)]
    [InlineData("/api/v3/global", "x-cg-demo-api-key", 10011)]
    [InlineData("/api/v3/global", "x-cg-pro-api-key", 10010)]
    [InlineData("/api/v3/global?x_cg_demo_api_key=not-a-key", null, 10011)]
    [InlineData("/api/v3/global?x_cg_pro_api_key=not-a-key", null, 10010)]
    public async Task A_key_that_is_missing_or_wrong_is_refused_with_its_code(string path, string? header, int code)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (header is not null)
        {
            request.Headers.Add(header, "not-a-key");
        }

        using var response = await Host.Api.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal(code, (await JsonOf(response)).GetProperty("status").GetProperty("error_code").GetInt32());
        foreach (var (name, value) in new[] { ("x-cg-demo-api-key", ""), ("", "?x_cg_pro_api_key=" + TestSettings.UserKey) })
        {
            using var known = new HttpRequestMessage(HttpMethod.Get, "/api/v3/simple/supported_vs_currencies" + value);
            if (name.Length > 0)
            {
                known.Headers.Add(name, TestSettings.UserKey);
            }

            using var served = await Host.Api.Client.SendAsync(known);
            Assert.Equal(HttpStatusCode.OK, served.StatusCode);
        }

        using var open = await Host.Api.Client.GetAsync(new Uri("/api/v3/ping", UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, open.StatusCode);
    }

    [Fact]
    public async Task A_used_up_quota_a_wrong_method_and_a_wrong_type_have_CoinGeckos_shapes()
    {
        for (var i = 0; i < TestSettings.SmallQuota; i++)
        {
            using var served = await Host.Api.SendAsync(HttpMethod.Get, "/api/v3/simple/supported_vs_currencies", TestSettings.SmallKey);
            Assert.Equal(HttpStatusCode.OK, served.StatusCode);
        }

        using var refused = await Host.Api.SendAsync(HttpMethod.Get, "/api/v3/simple/supported_vs_currencies", TestSettings.SmallKey);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.NotNull(refused.Headers.RetryAfter);
        var status = (await JsonOf(refused)).GetProperty("status");
        Assert.Equal(429, status.GetProperty("error_code").GetInt32());
        Assert.StartsWith("You've exceeded the Rate Limit.", status.GetProperty("error_message").GetString());

        using var posted = await Host.Api.SendAsync(HttpMethod.Post, "/api/v3/global", TestSettings.UserKey);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, posted.StatusCode);
        Assert.NotEmpty((await JsonOf(posted)).GetProperty("error").GetString()!);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v3/global");
        request.Headers.Add("X-API-Key", TestSettings.UserKey);
        request.Headers.Add("Accept", "image/png");
        using var unacceptable = await Host.Api.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.NotAcceptable, unacceptable.StatusCode);
        Assert.NotEmpty((await JsonOf(unacceptable)).GetProperty("error").GetString()!);
    }

    /// <summary>Whatever stands in a query or in a path, it is refused or answered.</summary>
    [Fact]
    public async Task Hostile_input_is_never_a_failure_of_the_service()
    {
        string[] values =
        [
            "%00", "%ff%fe", "%ud83d", "'%3B--", "%22%5C", "../../etc", new string('a', 9000), string.Join(',', Enumerable.Range(0, 600)),
            "-1", "99999999999999999999", "1e9", "%F0%9F%92%A9", "NaN", ",,,", "%",
            "true", "null", "%0d%0aSet-Cookie:x", "18446744073709551616",
        ];
        string[] paths =
        [
            "/simple/price?ids={0}&vs_currencies=usd", "/simple/price?ids=bitcoin&vs_currencies={0}",
            "/simple/price?names={0}&vs_currencies=usd",
            "/simple/price?symbols={0}&include_tokens=all&vs_currencies=usd", "/coins/markets?vs_currency={0}",
            "/coins/markets?vs_currency=usd&ids={0}&page={0}&per_page={0}&order={0}&price_change_percentage={0}", "/coins/{0}",
            "/coins/{0}/history?date=30-12-2025", "/coins/bitcoin/history?date={0}", "/coins/{0}/ohlc?vs_currency=usd&days=1",
            "/coins/bitcoin/ohlc?vs_currency={0}&days={0}", "/coins/bitcoin/market_chart?vs_currency=usd&days={0}&precision={0}",
            "/coins/bitcoin/market_chart/range?vs_currency=usd&from={0}&to={0}", "/search?query={0}",
            "/coins/list?status={0}", "/global?{0}={0}",
        ];
        foreach (var path in paths)
        {
            foreach (var value in values)
            {
                using var response = await Host.Api.SendAsync(
                    HttpMethod.Get, "/api/v3" + string.Format(CultureInfo.InvariantCulture, path, value), TestSettings.AdminKey);
                var body = await response.Content.ReadAsStringAsync();
                Assert.True((int)response.StatusCode < 500, $"{path} with {value}: {(int)response.StatusCode} {body}");
                // A path that is no text, and a line that is too long, are refused by the server itself, without a body.
                Assert.True(
                    response.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.RequestUriTooLong || body is ['{' or '[', ..],
                    $"{path} with {value}: {(int)response.StatusCode} {body}");
            }
        }
    }

    private static IEnumerable<string> Keys(JsonElement json) => json.EnumerateObject().Select(member => member.Name);

    private static async Task<JsonElement> JsonOf(HttpResponseMessage response) =>
        JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;

    private static List<(long At, decimal Price, decimal Cap, decimal Volume)> Points(JsonElement chart)
    {
        var (prices, caps, volumes) = (
            chart.GetProperty("prices").EnumerateArray().ToList(), chart.GetProperty("market_caps").EnumerateArray().ToList(),
            chart.GetProperty("total_volumes").EnumerateArray().ToList());
        return [.. prices.Select((point, i) => (
            point[0].GetInt64(), point[1].GetDecimal(), caps[i][1].GetDecimal(), volumes[i][1].GetDecimal()))];
    }

    /// <summary>Numbers without the form that they were written in.</summary>
    private static JsonElement Comparable(JsonElement json)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            Write(writer, json);
        }

        return JsonDocument.Parse(buffer.ToArray()).RootElement;
    }

    private static void Write(Utf8JsonWriter writer, JsonElement json)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var member in json.EnumerateObject())
                {
                    writer.WritePropertyName(member.Name);
                    Write(writer, member.Value);
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in json.EnumerateArray())
                {
                    Write(writer, item);
                }

                writer.WriteEndArray();
                break;
            case JsonValueKind.Number:
                writer.WriteNumberValue(Contracts.Text.DecimalText.Canonical(json.GetDecimal()));
                break;
            default:
                json.WriteTo(writer);
                break;
        }
    }

    private static string Shown(JsonElement json) => json.GetRawText() is { Length: > 3000 } text ? text[..3000] : json.GetRawText();
}

/// <summary>One host for all tests of the class: what one of them has asked for, the next finds stored.</summary>
public sealed class CoinGeckoFixture(ServerFixture servers) : IAsyncLifetime
{
    public CoinGeckoHost Host { get; private set; } = null!;

    public async Task InitializeAsync() => Host = await CoinGeckoHost.StartAsync(servers);

    public async Task DisposeAsync() => await Host.DisposeAsync();
}
