using System.Text.Json;
using AkkaCrypto.TestKit;

namespace AkkaCrypto.Simulator.Tests;

public sealed class CoinGeckoTests
{
    private const string Api = "/coingecko/api/v3";
    private const string Chart = Api + "/coins/bitcoin/market_chart?vs_currency=usd&days=";
    private const long Day = 86_400_000;

    [SharedTheory]
    [InlineData("ping__ok", "/ping", 200)]
    [InlineData("simple-price__btc-usd", "/simple/price?ids=bitcoin&vs_currencies=usd", 200)]
    [InlineData("simple-price__btc-myr", "/simple/price?ids=bitcoin&vs_currencies=myr", 200)]
    [InlineData("simple-price__ids-with-space-second-coin-dropped", "/simple/price?ids=bitcoin,%20ethereum&vs_currencies=usd", 200)]
    [InlineData("simple-price__unknown-vs-currency-empty-object", "/simple/price?ids=bitcoin&vs_currencies=ethereum", 200)]
    [InlineData(
        "simple-price__with-market-cap-volume-change",
        "/simple/price?ids=bitcoin&vs_currencies=usd&include_market_cap=true&include_24hr_vol=true&include_24hr_change=true"
            + "&include_last_updated_at=true",
        200)]
    [InlineData("supported-vs-currencies__doc-example", "/simple/supported_vs_currencies", 200)]
    [InlineData("coins-list__first-300", "/coins/list", 200)]
    [InlineData("markets__btc-usd", "/coins/markets?ids=bitcoin&vs_currency=usd", 200)]
    [InlineData("markets__btc-eth-quoted-in-eth", "/coins/markets?ids=bitcoin,%20ethereum&vs_currency=eth", 200)]
    [InlineData(
        "markets__doc-example",
        "/coins/markets?vs_currency=usd&sparkline=true&include_rehypothecated=true&price_change_percentage=1h,24h,7d,14d,30d,200d,1y", 200)]
    [InlineData("market_chart__btc-usd-days1-5min", "/coins/bitcoin/market_chart?days=1&vs_currency=usd", 200)]
    [InlineData("market_chart__btc-usd-days30-hourly", "/coins/bitcoin/market_chart?days=30&vs_currency=usd", 200)]
    [InlineData("market_chart-range__doc-example", "/coins/bitcoin/market_chart/range?vs_currency=usd&from=1773000000&to=1773400000", 200)]
    [InlineData("ohlc__btc-usd-7d", "/coins/bitcoin/ohlc?days=7&vs_currency=usd", 200)]
    [InlineData("error__422-missing-ids", "/simple/price", 422)]
    [InlineData("error__422-missing-vs-currency-markets", "/coins/markets", 422)]
    [InlineData("error__422-missing-days", "/coins/bitcoin/market_chart?vs_currency=usd", 422)]
    [InlineData("error__404-coin-not-found", "/coins/no-such-coin/market_chart?vs_currency=usd&days=1", 404)]
    [InlineData("error__401-10012-time-range-nested", "/coins/bitcoin/market_chart?vs_currency=usd&days=366", 401)]
    [InlineData("error__500-ohlc-missing-params", "/coins/bitcoin/ohlc", 500)]
    public async Task A_reply_is_built_like_the_recorded_one(string fixture, string path, int status)
    {
        await using var simulator = await RunningSimulator.StartAsync();
        var recorded = Shared.Fixture($"coingecko/{fixture}.json").GetProperty("response");
        var actual = await simulator.JsonAsync(Api + path, status);

        JsonShape.AssertLike(recorded, actual);
        if (status is 404 or 422 or 500)
        {
            Assert.Equal(recorded.GetProperty("error").GetString(), actual.GetProperty("error").GetString());
        }
    }

    [Fact]
    public async Task Listings_with_platforms_name_a_contract_per_platform()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        var list = await simulator.JsonAsync(Api + "/coins/list?include_platform=true");
        var tether = list.EnumerateArray().Single(c => c.GetProperty("id").GetString() == "tether");

        Assert.StartsWith("0x", tether.GetProperty("platforms").GetProperty("ethereum").GetString(), StringComparison.Ordinal);
        Assert.Equal(0, (await simulator.JsonAsync(Api + "/coins/list?status=inactive")).GetArrayLength());
    }

    [Fact]
    public async Task The_same_seed_and_instant_give_the_same_bytes_in_any_order()
    {
        string[] paths = [Chart + "1", Chart + "90", Chart + "365", Api + "/coins/markets?vs_currency=krw",
            "/coinone/public/v2/ticker_new/KRW"];
        await using var first = await RunningSimulator.StartAsync();
        await using var second = await RunningSimulator.StartAsync();
        var forwards = new List<string>();
        var backwards = new List<string>();
        foreach (var i in Enumerable.Range(0, paths.Length))
        {
            forwards.Add((await first.GetAsync(paths[i])).Body);
            backwards.Insert(0, (await second.GetAsync(paths[^(i + 1)])).Body);
        }

        Assert.Equal(forwards, backwards);
    }

    [Fact]
    public async Task A_daily_chart_has_a_point_at_each_midnight_and_one_now()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        var times = Times(await simulator.JsonAsync(Chart + "30&interval=daily"));

        Assert.Equal(31, times.Count);
        Assert.All(times.Take(30), t => Assert.Equal(0, t % Day));
        Assert.Equal(RunningSimulator.Start.ToUnixTimeMilliseconds() / Day * Day, times[29]);
        Assert.InRange(times[30], RunningSimulator.Start.ToUnixTimeMilliseconds() - 12_000,
            RunningSimulator.Start.ToUnixTimeMilliseconds());
        Assert.Equal(times, Times(await simulator.JsonAsync(Chart + "30&interval=daily"), "total_volumes"));
    }

    [Theory]
    [InlineData("2", 47, 50)]
    [InlineData("90", 2158, 2162)]
    [InlineData("91", 92, 92)]
    [InlineData("365", 366, 366)]
    [InlineData("max", 366, 366)]
    [InlineData("1", 285, 291)]
    public async Task The_step_follows_from_the_number_of_days(string days, int least, int most)
    {
        await using var simulator = await RunningSimulator.StartAsync();
        Assert.InRange(Times(await simulator.JsonAsync(Chart + days)).Count, least, most);
    }

    [Fact]
    public async Task Hourly_points_lie_off_the_grid_one_in_each_hour()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        var times = Times(await simulator.JsonAsync(Chart + "90"))[..^1];

        Assert.All(times, t => Assert.NotEqual(0, t % 3_600_000));
        Assert.All(times.Zip(times.Skip(1)), pair => Assert.Equal((pair.First / 3_600_000) + 1, pair.Second / 3_600_000));
    }

    [Fact]
    public async Task The_last_point_of_a_day_repeats_the_one_before_it_and_is_a_little_earlier()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        var prices = (await simulator.JsonAsync(Chart + "1")).GetProperty("prices");
        var (last, before) = (prices[prices.GetArrayLength() - 1], prices[prices.GetArrayLength() - 2]);

        Assert.InRange(before[0].GetInt64() - last[0].GetInt64(), 1, 999);
        Assert.Equal(before[1].GetRawText(), last[1].GetRawText());
    }

    [Fact]
    public async Task A_point_once_shown_stays_as_it_was()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        var before = Points(await simulator.JsonAsync(Chart + "2"));
        simulator.Time.Advance(TimeSpan.FromHours(3));
        var after = Points(await simulator.JsonAsync(Chart + "2"));

        var still = before.Where(p => p.Key >= after.Keys.Min() && p.Key % 1000 != 0).ToList();
        Assert.NotEmpty(still);
        Assert.All(still, p => Assert.Equal(p.Value, after[p.Key]));
    }

    [Fact]
    public async Task The_market_cap_on_the_wire_is_price_times_supply()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        var row = (await simulator.JsonAsync(Api + "/coins/markets?ids=ripple&vs_currency=krw&precision=full"))[0];
        var product = row.GetProperty("current_price").GetDecimal() * row.GetProperty("circulating_supply").GetDecimal();

        Assert.InRange(row.GetProperty("market_cap").GetDecimal() / product, 0.99999999m, 1.00000001m);
        Assert.EndsWith(".0", row.GetProperty("circulating_supply").GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pages_do_not_overlap_and_follow_the_order()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        var whole = await simulator.JsonAsync(Api + "/coins/markets?vs_currency=usd&order=volume_desc");
        var pages = new List<string?>();
        for (var page = 1; page <= 5; page++)
        {
            var rows = await simulator.JsonAsync($"{Api}/coins/markets?vs_currency=usd&order=volume_desc&per_page=4&page={page}");
            pages.AddRange(rows.EnumerateArray().Select(r => r.GetProperty("id").GetString()));
        }

        Assert.Equal(whole.EnumerateArray().Select(r => r.GetProperty("id").GetString()), pages);
        Assert.All(
            whole.EnumerateArray().Zip(whole.EnumerateArray().Skip(1)),
            r => Assert.True(r.First.GetProperty("total_volume").GetDecimal() >= r.Second.GetProperty("total_volume").GetDecimal()));
    }

    [Theory]
    [InlineData("/coins/markets?vs_currency=nope")]
    [InlineData("/coins/markets?vs_currency=usd&per_page=251")]
    [InlineData("/coins/bitcoin/market_chart?vs_currency=usd&days=-1")]
    [InlineData("/coins/bitcoin/market_chart?vs_currency=usd&days=1&interval=weekly")]
    [InlineData("/coins/bitcoin/market_chart/range?vs_currency=usd&from=2&to=1")]
    [InlineData("/simple/price?ids=bitcoin&vs_currencies=usd&precision=19")]
    [InlineData("/coins/bitcoin/ohlc?vs_currency=usd&days=8")]
    public async Task An_unreadable_parameter_is_422_in_the_flat_shape(string path)
    {
        await using var simulator = await RunningSimulator.StartAsync();
        Assert.StartsWith("Invalid", (await simulator.JsonAsync(Api + path, 422)).GetProperty("error").GetString(),
            StringComparison.Ordinal);
    }

    [SharedFact]
    public async Task Past_the_limit_the_body_is_the_recorded_one_and_the_next_minute_is_free_again()
    {
        await using var simulator = await RunningSimulator.StartAsync(
            o => o with { RequestsPerMinute = new Dictionary<string, int> { ["coingecko"] = 2 } });
        await simulator.JsonAsync(Api + "/ping");
        await simulator.JsonAsync(Api + "/ping");
        using var refused = await simulator.Http.GetAsync(Api + "/ping");
        using var body = JsonDocument.Parse(await refused.Content.ReadAsStringAsync());

        Assert.Equal(429, (int)refused.StatusCode);
        Assert.Equal(34, refused.Headers.RetryAfter?.Delta?.TotalSeconds);
        Assert.Equal(
            Shared.Fixture("coingecko/error__429-rate-limit.json").GetProperty("response").GetProperty("status").GetRawText()
                .ReplaceLineEndings(""),
            body.RootElement.GetProperty("status").GetRawText(), ignoreAllWhiteSpace: true);
        simulator.Time.Advance(TimeSpan.FromSeconds(34));
        await simulator.JsonAsync(Api + "/ping");
        Assert.Equal(4, simulator.Server.Requests.Count("coingecko", "/api/v3/ping"));
    }

    private static List<long> Times(JsonElement chart, string series = "prices") =>
        [.. chart.GetProperty(series).EnumerateArray().Select(p => p[0].GetInt64())];

    private static Dictionary<long, string> Points(JsonElement chart) =>
        chart.GetProperty("prices").EnumerateArray().ToDictionary(p => p[0].GetInt64(), p => p[1].GetRawText());
}
