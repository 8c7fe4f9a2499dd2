using System.IO.Compression;
using System.Net;
using System.Text;
using AkkaCrypto.Api.Validation;
using AkkaCrypto.Contracts.Settings;
using Microsoft.AspNetCore.Http;

namespace AkkaCrypto.Api.Tests;

/// <summary>What a client needs to keep an answer, to ask whether it has changed, and to have it compressed.</summary>
public sealed class ConditionalTests
{
    private const string Prices = "/simple_price?assets=bitcoin&currencies=usd";
    private const string Chart = "/market_chart?asset=bitcoin&currency=usd&days=30&interval=daily";

    [Theory]
    [InlineData(Prices)]
    [InlineData(Chart)]
    [InlineData("/trades?exchange=coinone&pair=btc-krw")]
    [InlineData("/trades?exchange=coinone&pair=btc-krw&from=2026-01-01T00:00:00Z")]
    [InlineData("/candles?exchange=coinone&pair=btc-krw&interval=1m")]
    [InlineData("/orderbook?exchange=coinone&pair=btc-krw")]
    [InlineData("/onchain?asset=bitcoin&metric=exchange_netflow")]
    public async Task Every_data_answer_says_how_old_it_is_and_how_it_may_be_kept(string path)
    {
        await using var api = await ApiHost.StartAsync();
        using var response = await api.GetAsync(path);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.NotNull(response.Headers.Age);
        Assert.Single(response.Headers.GetValues("X-Data-Time"));
        Assert.InRange(response.Content.Headers.LastModified!.Value, Clock.Start.AddDays(-1), Clock.Start);
        Assert.False(response.Headers.ETag!.IsWeak);
        Assert.True(response.Headers.CacheControl!.Private);
        Assert.Equal(
            ["Accept", "Accept-Encoding", "Authorization", "X-API-Key"], response.Headers.Vary);
        using var again = await SendAsync(api, path, ("If-None-Match", response.Headers.ETag.Tag));
        Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
    }

    [Fact]
    public async Task Max_age_is_the_datas_age_and_the_datasets_time_and_never_past_the_age_limit()
    {
        await using var api = await ApiHost.StartAsync();
        using var young = await api.GetAsync(Prices);
        Assert.Equal((TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(11)), (young.Headers.Age, young.Headers.CacheControl!.MaxAge));
        api.Clock.Advance(TimeSpan.FromSeconds(290));
        using var old = await api.GetAsync(Prices);
        Assert.Equal((TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(5)), (old.Headers.Age, old.Headers.CacheControl!.MaxAge));
    }

    [Fact]
    public async Task A_304_from_memory_costs_no_quota_and_carries_what_a_client_must_update()
    {
        await using var api = await ApiHost.StartAsync();
        using var first = await SendAsync(api, Prices, TestSettings.SmallKey);
        for (var i = 0; i < 2 * TestSettings.SmallQuota; i++)
        {
            using var same = await SendAsync(api, Prices, TestSettings.SmallKey, ("If-None-Match", first.Headers.ETag!.Tag));
            Assert.Equal(HttpStatusCode.NotModified, same.StatusCode);
            Assert.Equal(first.Headers.ETag, same.Headers.ETag);
            Assert.Equal(first.Headers.CacheControl!.ToString(), same.Headers.CacheControl!.ToString());
            Assert.Equal(first.Headers.Vary, same.Headers.Vary);
            Assert.Equal(first.Headers.Age, same.Headers.Age);
            Assert.Equal("", await same.Content.ReadAsStringAsync());
            Assert.Null(same.Content.Headers.ContentType);
        }

        for (var left = TestSettings.SmallQuota - 2; left >= 0; left--)
        {
            using var served = await SendAsync(api, Prices, TestSettings.SmallKey);
            Assert.Equal($"{left}", served.Headers.GetValues("X-RateLimit-Remaining").Single());
        }

        using var refused = await SendAsync(api, Prices, TestSettings.SmallKey);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        using var free = await SendAsync(api, Prices, TestSettings.SmallKey, ("If-None-Match", first.Headers.ETag!.Tag));
        Assert.Equal(HttpStatusCode.NotModified, free.StatusCode);

        // Out of memory it has to be read, and that costs.
        api.Clock.Advance(TimeSpan.FromSeconds(2));
        using var read = await SendAsync(api, Prices, TestSettings.SmallKey, ("If-None-Match", first.Headers.ETag!.Tag));
        Assert.Equal(HttpStatusCode.TooManyRequests, read.StatusCode);
    }

    [Theory]
    [InlineData("*", true)]
    [InlineData("{0}", true)]
    [InlineData("W/{0}", true)]
    [InlineData("\"other\", W/\"with,comma\", {0}", true)]
    [InlineData("\"other\"", false)]
    [InlineData("nonsense", false)]
    [InlineData("\"", false)]
    [InlineData("", false)]
    public async Task If_None_Match_is_a_list_a_star_and_compares_weakly(string form, bool matches)
    {
        await using var api = await ApiHost.StartAsync();
        using var first = await api.GetAsync(Prices);
        var header = form.Replace("{0}", first.Headers.ETag!.Tag, StringComparison.Ordinal);
        using var second = await SendAsync(api, Prices, ("If-None-Match", header));
        Assert.Equal(matches ? HttpStatusCode.NotModified : HttpStatusCode.OK, second.StatusCode);
    }

    [Fact]
    public async Task A_date_counts_only_without_a_tag_and_only_where_no_other_body_had_it()
    {
        await using var api = await ApiHost.StartAsync();
        using var first = await api.GetAsync(Prices);
        var date = first.Content.Headers.LastModified!.Value;
        Assert.Equal(HttpStatusCode.NotModified, await StatusAsync(date));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(date.AddSeconds(-1)));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(date.AddYears(1)));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(date, ("If-None-Match", "\"other\"")));

        // Another price of the same second.
        api.Reads.Prices[0] = api.Reads.Prices[0] with { Price = 5m };
        api.Shared.Values.Clear();
        api.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(date));

        async Task<HttpStatusCode> StatusAsync(DateTimeOffset since, params (string, string)[] others)
        {
            using var response = await SendAsync(api, Prices, [("If-Modified-Since", since.ToString("R")), .. others]);
            return response.StatusCode;
        }
    }

    [Fact]
    public async Task A_date_of_before_a_start_does_not_prove_that_a_client_has_what_was_corrected_since()
    {
        DateTimeOffset date;
        await using (var before = await ApiHost.StartAsync())
        {
            using var first = await before.GetAsync(Prices);
            date = first.Content.Headers.LastModified!.Value;
        }

        await using var after = await ApiHost.StartAsync();
        after.Reads.Prices[0] = after.Reads.Prices[0] with { Price = 5m };
        after.Clock.Advance(TimeSpan.FromSeconds(1));
        using var corrected = await SendAsync(after, Prices, ("If-Modified-Since", date.ToString("R")));
        Assert.Equal(HttpStatusCode.OK, corrected.StatusCode);
        Assert.Equal(date.AddSeconds(1), corrected.Content.Headers.LastModified);
        using var same = await SendAsync(after, Prices, ("If-Modified-Since", date.AddSeconds(1).ToString("R")));
        Assert.Equal(HttpStatusCode.NotModified, same.StatusCode);
    }

    [Theory]
    [InlineData("/trades?exchange=coinone&pair=btc-krw&from=2026-01-01T00:00:00Z")]
    [InlineData("/orderbook?exchange=coinone&pair=btc-krw")]
    public async Task A_date_proves_nothing_of_what_is_not_kept(string path)
    {
        await using var api = await ApiHost.StartAsync();
        using var first = await api.GetAsync(path);
        using var second = await SendAsync(
            api, path, ("If-Modified-Since", first.Content.Headers.LastModified!.Value.ToString("R")));
        Assert.Equal(HttpStatusCode.OK, second.StatusCode);
    }

    [Theory]
    [InlineData("br", "br")]
    [InlineData("gzip, deflate, br", "br")]
    [InlineData("gzip", "gzip")]
    [InlineData("br;q=0.5, gzip", "gzip")]
    [InlineData("br;q=0, gzip;q=0.1", "gzip")]
    [InlineData("br;q=0.1, identity", null)]
    [InlineData("deflate", null)]
    [InlineData("", null)]
    public async Task A_chart_comes_in_the_coding_that_is_asked_for_with_its_own_tag_and_length(string accepted, string? coding)
    {
        await using var api = await ApiHost.StartAsync();
        using var plain = await api.GetAsync(Chart);
        using var coded = await SendAsync(api, Chart, ("Accept-Encoding", accepted));
        using var head = await SendAsync(api, HttpMethod.Head, Chart, TestSettings.UserKey, ("Accept-Encoding", accepted));

        var bytes = await coded.Content.ReadAsByteArrayAsync();
        Assert.Equal(coding, coded.Content.Headers.ContentEncoding.SingleOrDefault());
        Assert.Equal(await plain.Content.ReadAsStringAsync(), Decoded(bytes, coding));
        Assert.Equal(bytes.Length, coded.Content.Headers.ContentLength);
        Assert.Equal(bytes.Length, head.Content.Headers.ContentLength);
        Assert.Equal(coding, head.Content.Headers.ContentEncoding.SingleOrDefault());
        Assert.Equal(coded.Headers.ETag, head.Headers.ETag);
        Assert.Equal(coding is null, plain.Headers.ETag!.Equals(coded.Headers.ETag));

        using var same = await SendAsync(api, Chart, ("Accept-Encoding", accepted), ("If-None-Match", coded.Headers.ETag!.Tag));
        Assert.Equal(HttpStatusCode.NotModified, same.StatusCode);
        using var other = await SendAsync(api, Chart, ("Accept-Encoding", accepted), ("If-None-Match", "\"x-br\""));
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
    }

    [Fact]
    public async Task A_small_body_goes_as_it_is_unless_that_is_refused_and_who_refuses_everything_gets_406_for_nothing()
    {
        await using var api = await ApiHost.StartAsync();
        using var plain = await SendAsync(api, Prices, ("Accept-Encoding", "br, gzip"));
        Assert.Empty(plain.Content.Headers.ContentEncoding);
        using var coded = await SendAsync(api, Prices, ("Accept-Encoding", "gzip, identity;q=0"));
        Assert.Equal("gzip", coded.Content.Headers.ContentEncoding.Single());
        Assert.Equal(await plain.Content.ReadAsStringAsync(), Decoded(await coded.Content.ReadAsByteArrayAsync(), "gzip"));
        using var refused = await SendAsync(api, Prices, ("Accept-Encoding", "*;q=0"));
        await ApiHost.ProblemAsync(refused, HttpStatusCode.NotAcceptable, "not_acceptable");
        Assert.False(refused.Headers.Contains("RateLimit"));
    }

    [Theory]
    [InlineData("*", 1000, 1000, 1000)]
    [InlineData("*;q=0", 0, 0, 0)]
    [InlineData("identity;q=0", 0, 0, 0)]
    [InlineData("*;q=0, br;q=0.25", 0, 0, 250)]
    [InlineData("GZIP;Q=1.000, Br ; q=0.333", -1, 1000, 333)]
    [InlineData("gzip;q=2, br;q=0.5x, x-gzip;q=0.1, ;;, q=1", -1, 100, 0)]
    [InlineData("gzip;q=1.001", -1, 0, 0)]
    public void Weights_are_read_as_the_rfc_says(string header, int identity, int gzip, int brotli)
    {
        var request = new DefaultHttpContext().Request;
        request.Headers.AcceptEncoding = header;
        Assert.Equal(identity == -1 ? -1 : identity == 1000 ? -1 : identity, AcceptedCodings.Of(request).Identity);
        Assert.Equal((gzip, brotli), (AcceptedCodings.Of(request).Gzip, AcceptedCodings.Of(request).Brotli));
    }

    [Fact]
    public async Task Stale_data_is_served_instead_of_an_error_only_where_that_is_switched_on_and_then_it_says_so()
    {
        await using var off = await ApiHost.StartAsync();
        await using var on = await ApiHost.StartAsync(settings => settings with
        {
            Cache = settings.Cache with { Prices = settings.Cache.Prices with { StaleIfError = TimeSpan.FromMinutes(10) } },
        });
        foreach (var api in (ApiHost[])[off, on])
        {
            using var fresh = await api.GetAsync(Prices);
            Assert.False(fresh.Headers.Contains("X-Stale"));
            api.Clock.Advance(TimeSpan.FromMinutes(6));
        }

        using var refused = await off.GetAsync(Prices);
        await ApiHost.ProblemAsync(refused, HttpStatusCode.ServiceUnavailable, "stale_data");
        using var marked = await on.GetAsync(Prices);
        Assert.Equal(HttpStatusCode.OK, marked.StatusCode);
        Assert.Equal("stale_data", marked.Headers.GetValues("X-Stale").Single());
        Assert.Equal("110 - \"Response is Stale\"", marked.Headers.GetValues("Warning").Single());
        Assert.Equal(TimeSpan.FromSeconds(370), marked.Headers.Age);
        Assert.True(marked.Headers.CacheControl!.NoCache);

        on.Reads.Trouble = new TimeoutException("database");
        on.Clock.Advance(TimeSpan.FromSeconds(20));
        on.Shared.Values.Clear();
        using var away = await on.GetAsync(Prices);
        Assert.Equal("unavailable", away.Headers.GetValues("X-Stale").Single());
        on.Clock.Advance(TimeSpan.FromMinutes(10));
        using var tooOld = await on.GetAsync(Prices);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, tooOld.StatusCode);
    }

    [Fact]
    public async Task An_invalid_request_touches_no_cache_no_database_and_no_provider()
    {
        await using var api = await ApiHost.StartAsync();
        foreach (var path in (string[])[
            "/simple_price?assets=bitcoin", "/simple_price?assets=BITCOIN&currencies=usd",
            "/simple_price?assets=bitcoin&currencies=usd&x=1",
            "/market_chart?asset=bitcoin&currency=usd&days=0", "/trades?exchange=coinone&pair=btckrw", "/orderbook?exchange=&pair=btc-krw",
            "/trades?exchange=coinone&pair=btc-krw&limit=1001", "/candles?exchange=coinone&pair=btc-krw&interval=2m",
            "/onchain?asset=bitcoin&metric=x&from=2&to=1", "/trades?exchange=coinone&pair=btc-krw&cursor=%00"])
        {
            using var response = await SendAsync(api, path, ("If-None-Match", "*"));
            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
            Assert.False(response.Headers.Contains("RateLimit"));
        }

        Assert.Equal((0, 0), (api.Reads.Reads, api.Shared.Reads));
        Assert.Empty(api.Intake.Taken);
    }

    [Fact]
    public async Task Requests_and_reads_are_counted_by_route_and_level()
    {
        await using var api = await ApiHost.StartAsync();
        using var read = await api.GetAsync(Prices);
        using var kept = await api.GetAsync(Prices);
        using var same = await SendAsync(api, Prices, ("If-None-Match", "*"));
        using var invalid = await api.GetAsync("/simple_price");
        using var metrics = await api.GetAsync("/metrics", TestSettings.AdminKey);
        var lines = (await metrics.Content.ReadAsStringAsync()).Split('\n');
        Assert.All(
            [
                """akkacrypto_http_requests_total{route="/simple_price",status="2xx"} 2""",
                """akkacrypto_http_requests_total{route="/simple_price",status="3xx"} 1""",
                """akkacrypto_http_requests_total{route="/simple_price",status="4xx"} 1""",
                """akkacrypto_http_request_duration_seconds_count{route="/simple_price"} 4""",
                """akkacrypto_http_request_duration_seconds_bucket{route="/simple_price",le="+Inf"} 4""",
                """akkacrypto_reads_total{level="postgres"} 1""",
                """akkacrypto_reads_total{level="memory"} 1""",
                """akkacrypto_reads_total{level="not_modified"} 1""",
                """akkacrypto_reads_total{level="upstream"} 0""",
                "akkacrypto_cache_entries 1",
            ],
            line => Assert.Contains(line, lines));
    }

    private static string Decoded(byte[] bytes, string? coding)
    {
        using var buffer = new MemoryStream(bytes);
        using Stream stream = coding switch
        {
            "gzip" => new GZipStream(buffer, CompressionMode.Decompress),
            "br" => new BrotliStream(buffer, CompressionMode.Decompress),
            _ => buffer,
        };
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    private static Task<HttpResponseMessage> SendAsync(ApiHost api, string path, params (string Name, string Value)[] headers) =>
        SendAsync(api, path, TestSettings.UserKey, headers);

    private static Task<HttpResponseMessage> SendAsync(
        ApiHost api, string path, string key, params (string Name, string Value)[] headers) =>
        SendAsync(api, HttpMethod.Get, path, key, headers);

    private static async Task<HttpResponseMessage> SendAsync(
        ApiHost api, HttpMethod method, string path, string key, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        request.Headers.Add("X-API-Key", key);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await api.Client.SendAsync(request);
    }
}
