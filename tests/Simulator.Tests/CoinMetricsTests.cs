using System.Text.Json;
using AkkaCrypto.Simulator.CoinMetrics;
using AkkaCrypto.Simulator.Market;
using AkkaCrypto.TestKit;

namespace AkkaCrypto.Simulator.Tests;

public sealed class CoinMetricsTests
{
    private const string Api = "/coinmetrics/v4/timeseries/asset-metrics";

    [SharedFact]
    public async Task Rows_are_built_like_the_recorded_ones()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        JsonShape.AssertLike(
            Shared.Fixture("coinmetrics/asset-metrics__btc-community-2026.json").GetProperty("response"),
            await simulator.JsonAsync(
                $"{Api}?assets=btc&metrics=AdrActCnt,TxCnt,BlkCnt&start_time=2026-02-17&end_time=2026-02-17"));
    }

    [Fact]
    public async Task Pages_from_either_end_join_to_the_whole_span()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        var asked = $"{Api}?assets=btc,eth&metrics=PriceUSD&start_time=2026-03-01&end_time=2026-03-10&end_inclusive=false";
        var whole = Rows(await simulator.JsonAsync(asked));
        Assert.Equal(18, whole.Count);
        Assert.Equal(("btc 2026-03-01T00:00:00.000000000Z", "eth 2026-03-09T00:00:00.000000000Z"), (whole[0], whole[^1]));
        foreach (var end in new[] { "start", "end" })
        {
            List<string> walked = [];
            var token = "";
            for (var page = 0; page < 3; page++)
            {
                var reply = await simulator.JsonAsync($"{asked}&page_size=7&paging_from={end}{token}");
                walked = end == "start" ? [.. walked, .. Rows(reply)] : [.. Rows(reply), .. walked];
                token = reply.TryGetProperty("next_page_token", out var next)
                    ? "&next_page_token=" + Uri.EscapeDataString(next.GetString()!)
                    : "";
            }

            Assert.Equal("", token);
            Assert.Equal(whole, walked);
        }
    }

    [Fact]
    public async Task Only_closed_days_are_told_and_a_value_is_the_models()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        var row = (await simulator.JsonAsync($"{Api}?assets=eth&metrics=SplyExNtv&page_size=1&paging_from=end")).GetProperty("data")[0];
        Assert.Equal("2026-03-13T00:00:00.000000000Z", row.GetProperty("time").GetString());
        var day = RunningSimulator.Start.ToUnixTimeSeconds() / 86_400;
        Assert.Equal(
            AssetMetrics.ValueOf(simulator.Server.Market, Catalogue.Find("ethereum")!, "SplyExNtv", day - 1),
            decimal.Parse(row.GetProperty("SplyExNtv").GetString()!, System.Globalization.CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("?assets=btc&metrics=PriceUSD&page_size=10001", 400, "bad_parameter")]
    [InlineData("?assets=nope&metrics=PriceUSD", 400, "bad_parameter")]
    [InlineData("?assets=btc", 400, "bad_parameter")]
    [InlineData("?assets=btc&metrics=PriceUSD&start_time=soon", 400, "bad_parameter")]
    [InlineData("?assets=btc&metrics=SplyBMXNtv", 403, "forbidden")]
    [InlineData("?assets=btc&metrics=PriceUSD&frequency=1s", 403, "forbidden")]
    public async Task What_cannot_be_answered_is_a_typed_error(string query, int status, string type)
    {
        await using var simulator = await RunningSimulator.StartAsync();
        Assert.Equal(type, (await simulator.JsonAsync(Api + query, status)).GetProperty("error").GetProperty("type").GetString());
    }

    [Fact]
    public async Task Ten_requests_in_six_seconds_are_answered()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        for (var i = 0; i < 10; i++)
        {
            await simulator.JsonAsync($"{Api}?assets=btc&metrics=PriceUSD&page_size=1");
        }

        simulator.Time.Advance(TimeSpan.FromSeconds(5.9));
        Assert.Equal(429, (await simulator.GetAsync($"{Api}?assets=btc&metrics=PriceUSD")).Status);
        simulator.Time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(200, (await simulator.GetAsync($"{Api}?assets=btc&metrics=PriceUSD")).Status);
    }

    private static List<string> Rows(JsonElement reply) =>
        [.. reply.GetProperty("data").EnumerateArray().Select(row => $"{row.GetProperty("asset")} {row.GetProperty("time")}")];
}
