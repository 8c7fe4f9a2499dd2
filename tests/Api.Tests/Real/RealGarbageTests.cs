using System.Text;
using System.Text.Json;
using AkkaCrypto.TestKit.Servers;
using Xunit.Abstractions;

namespace AkkaCrypto.Api.Tests.Real;

/// <summary>Nonsense at every route of the OpenAPI document, on the real stack: a clear 4xx, never a 500, and no row of it
/// afterwards.</summary>
[Collection(ServerFixture.Collection)]
public sealed class RealGarbageTests(ServerFixture servers, ITestOutputHelper output)
{
    private const string Reply =
        """
        {"result":"success","error_code":"0","server_time":1769860800000,"quote_currency":"KRW","target_currency":"BTC","transactions":[{"id":"1769860799000003","timestamp":1769860799000,"price":"420000","qty":"0.1","is_seller_maker":true}]}
        """;

    private static readonly string FiveThousandDigits = new('9', 5000);

    private static readonly string[] Values =
    [
        "", "%00", "a%00b", "%C0%AF", "%ED%A0%80", "%FF%FE", "%F4%90%80%80", "%0d%0aX-Injected:1", "%1b[31m", "NaN", "-Infinity", "1e309",
        "null", "-1",
        "0", "1.5", "%2B1", "9223372036854775808", "-9223372036854775808", new('9', 5000), new('a', 9000), new('%', 300), "2026-02-30",
        "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.9999999Z", "10000-01-01", "'%3BDROP%20TABLE%20market.trades--",
        "..%2f..%2fetc%2fpasswd", "a,,b",
        new string('a', 1) + string.Concat(Enumerable.Repeat(",a", 400)), "%5B%5B%5B%5B", "bitcoin%E2%80%8B", "BTC", "btc-", "-krw",
        "btc-krw-usd", "%zz",
        // Cursors that are none, or point where nothing is: no UTF-8, no number, past the ends of time, a NUL in the id.
        Cursor("f|9223372036854775807|x"), Cursor("b|-9223372036854775808|"), Cursor("f|1|a\0b"), Cursor("x|1|1"), Cursor("f||"), "_____w",
        "Zg",
    ];

    [Theory]
    [InlineData(20260301)]
    [InlineData(20260302)]
    public async Task No_query_at_any_documented_route_makes_a_500(int seed)
    {
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        await using var api = await StartAsync();
        var before = await api.RowsAsync();
        var routes = await RoutesAsync(api);
        await AssertNoFailureAsync(api, random, routes.Where(route => !IsFetch(route.Method, route.Path)));
        Assert.Equal(before, await api.RowsAsync());
        // These write what they fetch, where a query happens to mean something.
        await AssertNoFailureAsync(api, random, routes.Where(route => IsFetch(route.Method, route.Path)));
    }

    private static bool IsFetch(string method, string path) =>
        method == "GET" && path.StartsWith("/internal-api", StringComparison.Ordinal);

    private static async Task AssertNoFailureAsync(
        RealHost api, Random random, IEnumerable<(string Method, string Path, (string Name, string Example)[] Parameters)> routes)
    {
        foreach (var (method, path, parameters) in routes)
        {
            // Each parameter with each value while the others are right, and then everything at random.
            var queries = parameters.SelectMany(hostile => Values.Select(value => Query(parameters, hostile.Name, value)))
                .Concat(Enumerable.Range(0, 10).Select(_ => string.Join(
                    '&', parameters.Where(_ => random.Next(4) > 0).Select(parameter => $"{parameter.Name}={Pick(random)}"))))
                .Append("x=1").Append("%00=%00").Append("=&=&&&").Append("a[]=1&%FF=1").ToList();
            foreach (var query in random.GetItems(queries.ToArray(), Math.Min(queries.Count, 60)))
            {
                var status = await RawHttp.StatusOfAsync(api.Client.BaseAddress!, RawHttp.Request(method, $"{path}?{query}", "{}"u8));
                // A fetch may be told by its provider that it knows no such pair; of coins nothing has arrived here.
                Assert.True(
                    status is >= 200 and < 500 || (status == 502 && IsFetch(method, path))
                    || (status == 503 && path.StartsWith("/api/v3", StringComparison.Ordinal)), $"{status} for {method} {path}?{query}");
            }
        }
    }

    [Fact]
    public async Task A_reply_cut_off_anywhere_is_a_400_and_leaves_nothing()
    {
        await using var api = await StartAsync();
        await AssertRefusedAsync(api, Enumerable.Range(0, Reply.Length - 1).Where(length => length % 3 == 0)
            .Select(length => Encoding.UTF8.GetBytes(Reply[..length])));
    }

    [Fact]
    public async Task A_field_of_another_type_is_a_400_and_leaves_nothing()
    {
        string[] hostile =
        [
            "null", "{}", "[]", "[[]]", "true", "\"\"", "NaN", "-Infinity", "1e999", "-1", "1e-999", FiveThousandDigits,
            $"\"{FiveThousandDigits}\"",
            "\"\\u0000\"", "\"\\ud800\"", "\"\\u001b\"", "\"a\nb\"", "0x1F", "'1'", "01", "1.", "\"1e400000000\"", "\"٣\"",
        ];
        (string Field, string Value)[] fields =
        [
            ("\"price\":", "\"420000\""), ("\"qty\":", "\"0.1\""), ("\"timestamp\":", "1769860799000"), ("\"id\":", "\"1769860799000003\""),
            ("\"target_currency\":", "\"BTC\""),
        ];
        await using var api = await StartAsync();
        var bodies = fields.SelectMany(field => hostile
            // An id is the provider's text: any number or visible text can be one.
            .Where(value => (field.Field, value) is not ("\"id\":", "-1" or "1e999" or "1e-999" or "\"1e400000000\"" or "\"٣\""))
            // One that names no target is taken for the pair that was asked for.
            .Where(value => (field.Field, value) is not ("\"target_currency\":", "null" or "\"\""))
            .Select(value => Reply.Replace(field.Field + field.Value, field.Field + value, StringComparison.Ordinal)));
        await AssertRefusedAsync(api, bodies.Select(Encoding.UTF8.GetBytes));
    }

    [Theory]
    [InlineData(20260303)]
    public async Task Bytes_that_are_no_reply_are_a_400_and_leave_nothing(int seed)
    {
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        await using var api = await StartAsync();
        var noise = Enumerable.Range(0, 40).Select(_ =>
        {
            var bytes = new byte[random.Next(0, 4000)];
            random.NextBytes(bytes);
            return bytes;
        });
        byte[][] made =
        [
            [0xFF, 0xFE, .. Encoding.Unicode.GetBytes(Reply)], [.. Encoding.UTF8.GetBytes(Reply[..60]), 0xC0, 0xAF, 0xED, 0xA0, 0x80],
            Encoding.UTF8.GetBytes(new string('[', 200_000)), Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"a\":", 50_000))),
            Encoding.UTF8.GetBytes(Reply + Reply), "\0\0\0\0"u8.ToArray(), "\"\""u8.ToArray(), "[]"u8.ToArray(), "{}"u8.ToArray(),
            "0"u8.ToArray(),
            Encoding.UTF8.GetBytes("<html><body>502 Bad Gateway</body></html>"),
            Encoding.UTF8.GetBytes("{\"result\":\"success\",\"error_code\":\"0\",\"transactions\":{}}"),
        ];
        await AssertRefusedAsync(api, noise.Concat(made));
    }

    [Fact]
    public async Task Ten_megabytes_are_a_413_with_and_without_their_length()
    {
        await using var api = await StartAsync();
        var before = await api.RowsAsync();
        const string Path = "/internal-api/coinone-worker/public/trades?quote=krw&target=btc";
        var body = new byte[10 << 20];
        body.AsSpan().Fill((byte)' ');
        Assert.Equal(413, await RawHttp.StatusOfAsync(api.Client.BaseAddress!, RawHttp.Request("POST", Path, body)));
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new("application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, Path) { Content = content };
        request.Headers.TransferEncodingChunked = true;
        request.Headers.Add("X-API-Key", TestSettings.AdminKey);
        using var chunked = await api.Client.SendAsync(request);
        Assert.Equal(413, (int)chunked.StatusCode);
        Assert.Equal(before, await api.RowsAsync());
    }

    private static async Task AssertRefusedAsync(RealHost api, IEnumerable<byte[]> bodies)
    {
        var before = await api.RowsAsync();
        foreach (var body in bodies)
        {
            foreach (var dataset in (string[])["trades", "orderbook"])
            {
                var path = $"/internal-api/coinone-worker/public/{dataset}?quote=krw&target=btc";
                var status = await RawHttp.StatusOfAsync(api.Client.BaseAddress!, RawHttp.Request("POST", path, body));
                Assert.True(
                    status == 400, $"{status} for {dataset}: {Encoding.UTF8.GetString(body.AsSpan(0, Math.Min(body.Length, 400)))}");
            }
        }

        Assert.Equal(before, await api.RowsAsync());
        Assert.Equal("alive", JsonDocument.Parse(await api.ReadAsync("/healthz")).RootElement.GetProperty("status").GetString());
    }

    /// <summary>With a row of everything, so that a query that means something gets as far as the rows; the provider is the
    /// simulator.</summary>
    private async Task<RealHost> StartAsync()
    {
        var api = await RealHost.StartAsync(servers, settings => settings with
        {
            Simulator = settings.Simulator with { Enabled = true },
            Feeds = settings.Feeds.ToDictionary(feed => feed.Key, feed => feed.Value with { BaseUrl = "simulator:/" + feed.Key }),
        });
        foreach (
            var (asset, currency) in ((string, string)[])[("bitcoin", "usd"), ("bitcoin", "krw"), ("ethereum", "usd"), ("ethereum", "krw")])
        {
            await api.AddPriceAsync(asset, currency, 1m);
        }

        await api.AddChartAsync("daily", (Clock.Start, 1m));
        await api.AddChartAsync("hourly", (Clock.Start, 1m));
        await api.AddTradesAsync(("t1", TimeSpan.Zero));
        await api.AddPointsAsync((Clock.Start.AddHours(-12), 1m));
        await api.IngestAsync(
            "orderbook", "btc-krw",
            """{"result":"success","error_code":"0","timestamp":1769860795000,"id":"1","quote_currency":"KRW","target_currency":"BTC","bids":[{"price":"1","qty":"1"}],"asks":[]}""");
        return api;
    }

    /// <summary>Every operation with its parameters and their examples.</summary>
    private static async Task<List<(string Method, string Path, (string Name, string Example)[] Parameters)>> RoutesAsync(RealHost api)
    {
        var document = JsonDocument.Parse(await api.ReadAsync("/openapi/v1.json")).RootElement;
        return [.. document.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject().Select(operation => (
            operation.Name.ToUpperInvariant(), path.Name,
            operation.Value.TryGetProperty("parameters", out var parameters)
                ? parameters.EnumerateArray().Select(one => (one.GetProperty("name").GetString()!, one.GetProperty("example").ToString()))
                    .ToArray()
                : [])))];
    }

    private static string Query((string Name, string Example)[] parameters, string hostile, string value) => string.Join(
        '&', parameters.Where(one => one.Name == hostile || one.Name is not ("cursor" or "from" or "to" or "at"))
            .Select(one => $"{one.Name}={(one.Name == hostile ? value : one.Example)}"));

    private static string Pick(Random random) => Values[random.Next(Values.Length)];

    private static string Cursor(string text) => System.Buffers.Text.Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
}
