using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using AkkaCrypto.Contracts.Ops;

namespace AkkaCrypto.Api.Tests;

public sealed partial class MetricsTests
{
    private static readonly FeedStatus Trades = new(
        "coinone", "trades", FeedState.Running, null, 3, 2, new IngestCounts(107, 90, 10, 3, 0, 4), 12, 1, 2,
        TimeSpan.FromMilliseconds(850), Clock.Start, null, null)
    {
        Rounded = 7,
        Stages = [new StageStatus("fetch", 2, 10, TimeSpan.FromSeconds(1.5)), new StageStatus("buffer", 0, 10, TimeSpan.Zero)],
    };

    [Fact]
    public async Task Rows_lag_stages_and_restarts_of_every_feed_are_told_in_the_text_format()
    {
        await using var api = await ApiHost.StartAsync();
        api.Feeds.Add(Trades);
        api.Feeds.Add(Trades with { Dataset = "order\"book\\", State = FeedState.Disabled, Lag = null });

        using var response = await api.GetAsync("/metrics", TestSettings.AdminKey);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        var lines = (await response.Content.ReadAsStringAsync()).Split('\n');

        Assert.All(
            [
                """akkacrypto_feed_rows_total{provider="coinone",dataset="trades",outcome="inserted"} 90""",
                """akkacrypto_feed_rows_total{provider="coinone",dataset="trades",outcome="rejected"} 4""",
                """akkacrypto_feed_lag_seconds{provider="coinone",dataset="trades"} 0.85""",
                """akkacrypto_feed_rounded_total{provider="coinone",dataset="trades"} 7""",
                """akkacrypto_feed_restarts_total{provider="coinone",dataset="trades"} 1""",
                """akkacrypto_feed_open_gaps{provider="coinone",dataset="trades"} 2""",
                """akkacrypto_feed_state{provider="coinone",dataset="order\"book\\",state="disabled"} 1""",
                """akkacrypto_upstream_held{provider="coinone"} 0""",
                """akkacrypto_upstream_budget_left{provider="coinone",window="minute"} 1110""",
                """akkacrypto_stage_depth{provider="coinone",dataset="trades",stage="fetch"} 2""",
                """akkacrypto_stage_wait_seconds_sum{provider="coinone",dataset="trades",stage="fetch"} 1.5""",
                """akkacrypto_stage_wait_seconds_count{provider="coinone",dataset="trades",stage="fetch"} 10""",
            ],
            line => Assert.Contains(line, lines));
        Assert.DoesNotContain(lines, line => line.StartsWith("akkacrypto_feed_lag_seconds", StringComparison.Ordinal)
            && line.Contains("book", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_line_is_one_that_a_scraper_can_read_and_no_sample_comes_twice()
    {
        await using var api = await ApiHost.StartAsync();
        api.Feeds.Add(Trades);
        using var response = await api.GetAsync("/metrics", TestSettings.AdminKey);
        var lines = (await response.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        var samples = lines.Where(line => !line.StartsWith('#')).ToList();
        Assert.All(samples, line => Assert.Matches(Sample(), line));
        Assert.All(samples, line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], NumberStyles.Float, CultureInfo.InvariantCulture));
        Assert.Distinct(samples.Select(line => line[..line.LastIndexOf(' ')]));
        var families = lines.Where(line => line.StartsWith("# TYPE ", StringComparison.Ordinal))
            .Select(line => line.Split(' ')[2]).ToList();
        Assert.Distinct(families);
        Assert.All(samples, line => Assert.Contains(families, family => line.StartsWith(family, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_scrapers_own_accept_header_is_taken_and_json_is_not_offered()
    {
        await using var api = await ApiHost.StartAsync();
        const string Prometheus = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1";

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(api, TestSettings.AdminKey, Prometheus));
        Assert.Equal(HttpStatusCode.NotAcceptable, await StatusAsync(api, TestSettings.AdminKey, "application/json"));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(api, TestSettings.UserKey, Prometheus));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(api, key: null, Prometheus));
    }

    private static async Task<HttpStatusCode> StatusAsync(ApiHost api, string? key, string accept)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.Add("Accept", accept);
        if (key is not null)
        {
            request.Headers.Add("X-API-Key", key);
        }

        using var response = await api.Client.SendAsync(request);
        return response.StatusCode;
    }

    [GeneratedRegex("""^[a-z_]+(\{([a-z_]+="(\\.|[^"\\])*",?)+\})? -?[0-9.E+-]+$""")]
    private static partial Regex Sample();
}
