using System.Text;
using Xunit.Abstractions;

namespace AkkaCrypto.Api.Tests;

/// <summary>Seeded nonsense at every route: always an answer below 500 (or a closed connection), and the service lives on.</summary>
public sealed class GarbageTests(ITestOutputHelper output)
{
    private static readonly string[] Paths =
    [
        "/", "/healthz", "/simple_price", "/market_chart", "/trades", "/orderbook", "/onchain", "/admin/feeds", "/admin/gaps",
        "/openapi/v1.json", "/docs",
        "/redoc", "/candles", "/metrics",
        "/internal-api/coinone-worker/public/trades", "/internal-api/coinone-worker/public/orderbook", "/%00", "/..%2f..%2fetc", "//",
        "/simple_price/",
    ];

    private static readonly string[] Names =
    [
        "assets", "currencies", "include", "asset", "currency", "days", "interval", "exchange", "pair", "from", "to", "limit", "cursor",
        "at", "as_of", "fill",
        "metric", "source", "quote", "target", "provider", "dataset", "series", "state", "", "x", "%00", "a[]", "%FF",
    ];

    private static readonly string[] Values =
    [
        "bitcoin", "usd", "btc-krw", "coinone", "30", "max", "-1", "0", "1e9", "NaN", "null", "", "%00", "%0d%0aSet-Cookie:x",
        "%F0%9F%92%A9", "%C0%80",
        "'%20OR%201=1--", "2026-01-31", "0001-01-01", "9999-12-31T23:59:59.999999999Z", "18446744073709551616", "a,b,,c", "..%2f", "%",
        "%zz", "+",
        "YnwxfGE", "ZnwtOTIyMzM3MjAzNjg1NDc3NTgwOHw", new('9', 5000), new('a', 9000), "<script>", "{}", "[1]",
    ];

    [Theory]
    [InlineData(20260101)]
    [InlineData(20260102)]
    [InlineData(20260103)]
    public async Task No_query_makes_a_500(int seed)
    {
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        await using var api = await ApiHost.StartAsync();
        for (var i = 0; i < 400; i++)
        {
            var query = string.Join(
                '&', Enumerable.Range(0, random.Next(0, 6)).Select(_ => $"{Pick(random, Names)}={Pick(random, Values)}"));
            var raw = $"{Pick(random, ["GET", "HEAD", "POST"])} {Pick(random, Paths)}?{query} HTTP/1.1\r\n"
                + $"Host: a\r\nX-API-Key: {TestSettings.AdminKey}\r\n"
                + $"Content-Type: {Pick(random, ["application/json", "text/plain", "", "application/json; charset=utf-16"])}\r\n"
                + $"Content-Length: 2\r\nConnection: close\r\n\r\n{{}}";
            await AssertNoFailureAsync(api, Encoding.Latin1.GetBytes(raw), raw);
        }
    }

    [Theory]
    [InlineData(20260104)]
    [InlineData(20260105)]
    public async Task No_bytes_make_a_500(int seed)
    {
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        await using var api = await ApiHost.StartAsync();
        for (var i = 0; i < 200; i++)
        {
            var body = new byte[random.Next(0, 6000)];
            random.NextBytes(body);
            var noise = new byte[random.Next(1, 60)];
            random.NextBytes(noise);
            var header = Encoding.Latin1.GetString([.. noise.Where(b => b is not ((byte)'\r' or (byte)'\n' or 0))]);
            var raw = $"POST {Pick(random, Paths)}?quote=krw&target=btc HTTP/1.1\r\nHost: a\r\n"
                + $"{Pick(random, ["Accept", "X-API-Key", "X-Other", "Content-Type", "Origin"])}: {header}\r\n"
                + $"X-API-Key: {TestSettings.AdminKey}\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n";
            await AssertNoFailureAsync(api, [.. Encoding.Latin1.GetBytes(raw), .. body], raw);
        }
    }

    private static async Task AssertNoFailureAsync(ApiHost api, byte[] request, string shown)
    {
        var status = await RawHttp.StatusOfAsync(api.Address, request);
        Assert.True(status is 0 or 503 or (>= 200 and < 500), $"{status} for {shown}");
        if (status == 503)
        {
            // Data may be missing or old, which is an answer; only the routes that serve data may say so.
            Assert.DoesNotContain("POST", shown[..4], StringComparison.Ordinal);
        }
    }

    private static string Pick(Random random, IReadOnlyList<string> choices) => choices[random.Next(choices.Count)];
}
