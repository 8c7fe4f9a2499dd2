using System.Net;
using System.Text.Json;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Market;

namespace AkkaCrypto.Api.Tests;

public sealed class CandleTests
{
    private const string Candles = "/candles?exchange=coinone&pair=btc-krw&interval=1m";
    private const string Chart = "/market_chart?asset=bitcoin&currency=usd&days=2&interval=daily";

    [Fact]
    public async Task Candles_are_records_oldest_first_with_decimals_as_strings_and_the_time_of_their_data()
    {
        await using var api = await ApiHost.StartAsync();
        api.Reads.CandlesTime = ProviderTime.From(Clock.Start.AddSeconds(-7), 3);
        using var response = await api.GetAsync(Candles + "&limit=2");

        Assert.StartsWith(
            """{"data":[{"kind":"candle","exchange":"coinone","pair":"btc-krw","interval":"1m","open_time":"2026-01-31T11:59:00Z","open":"100.5","high":"110","low":"90","close":"102","volume":"0.5","final":true},{"kind":"candle","exchange":"coinone","pair":"btc-krw","interval":"1m","open_time":"2026-01-31T12:00:00Z","open":"100.5","high":"110","low":"90","close":"103","volume":"0.5","final":false}],"next_cursor":""",
            await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(["2026-01-31T11:59:53.000Z"], response.Headers.GetValues("X-Data-Time"));
        Assert.Equal(["7"], response.Headers.GetValues("Age"));
    }

    [Fact]
    public async Task The_newest_candles_are_refused_past_their_age_limit_and_history_never()
    {
        await using var api = await ApiHost.StartAsync();
        api.Clock.Advance(TimeSpan.FromHours(1) + TimeSpan.FromSeconds(1));

        using var newest = await api.GetAsync(Candles);
        await ApiHost.ProblemAsync(newest, HttpStatusCode.ServiceUnavailable, "stale_data");
        foreach (var history in (string[])["&from=0", "&to=2026-02-01", "&as_of=2026-01-31T12:30:00Z"])
        {
            using var served = await api.GetAsync(Candles + history);
            Assert.Equal(HttpStatusCode.OK, served.StatusCode);
        }
    }

    [Theory]
    [InlineData("exchange=nowhere&pair=btc-krw", 404, "unknown_exchange")]
    [InlineData("exchange=coinone&pair=doge-krw", 404, "unknown_pair")]
    [InlineData("exchange=coinone&pair=doge-krw&as_of=1", 404, "unknown_pair")]
    [InlineData("exchange=coinone&pair=eth-krw", 503, "no_data_yet")]
    public async Task What_is_unknown_is_a_404_and_what_has_not_come_yet_a_503(string series, int status, string code)
    {
        await using var api = await ApiHost.StartAsync();
        using var response = await api.GetAsync($"/candles?interval=1d&{series}");
        await ApiHost.ProblemAsync(response, (HttpStatusCode)status, code);
    }

    [Theory]
    [InlineData("", CandleFill.None)]
    [InlineData("&fill=none", CandleFill.None)]
    [InlineData("&fill=null", CandleFill.Null)]
    [InlineData("&fill=previous", CandleFill.Previous)]
    public async Task Fill_and_as_of_are_taken_as_they_are_asked_for(string fill, CandleFill expected)
    {
        await using var api = await ApiHost.StartAsync();
        using var response = await api.GetAsync(Candles + fill + "&as_of=1769860799.5");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        using var served = await api.GetAsync(Candles + fill + "&as_of=2026-01-31T11:59:59.999Z");

        Assert.Equal(HttpStatusCode.OK, served.StatusCode);
        Assert.Equal((expected, Clock.Start.AddMilliseconds(-1)), (api.Reads.Asked!.Fill, api.Reads.Asked.AsOf));
    }

    [Fact]
    public async Task A_chart_as_of_a_moment_is_that_moments_and_neither_kept_nor_taken_from_what_is_kept()
    {
        await using var api = await ApiHost.StartAsync();
        Assert.Equal(3, await PointsAsync(api, Chart));
        var reads = api.Reads.Reads;

        // Two days back from the moment that is asked for; the twin's buckets all became known a minute before the start.
        const string AsOf = Chart + "&as_of=2026-01-31T11:59:30Z";
        Assert.Equal(3, await PointsAsync(api, AsOf));
        Assert.Equal(3, await PointsAsync(api, AsOf));
        Assert.Equal(reads + 2, api.Reads.Reads);
        Assert.Equal(0, await PointsAsync(api, Chart + "&as_of=2026-01-31T11:58:59Z"));
        Assert.Equal(3, await PointsAsync(api, Chart));
        Assert.Equal(reads + 3, api.Reads.Reads);
        Assert.Single(api.Shared.Values);
    }

    [Fact]
    public async Task A_chart_of_what_never_was_is_unknown_as_of_any_moment()
    {
        await using var api = await ApiHost.StartAsync();
        using var response = await api.GetAsync("/market_chart?asset=dogecoin&currency=usd&days=1&as_of=2026-01-01");
        await ApiHost.ProblemAsync(response, HttpStatusCode.NotFound, "unknown_asset");
    }

    private static async Task<int> PointsAsync(ApiHost api, string path)
    {
        using var response = await api.GetAsync(path);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.OK, text);
        return JsonDocument.Parse(text).RootElement.GetProperty("points").GetArrayLength();
    }
}
