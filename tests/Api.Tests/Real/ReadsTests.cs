using System.Net;
using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.TestKit.Servers;

namespace AkkaCrypto.Api.Tests.Real;

/// <summary>The JSON of the public routes, byte for byte, from rows in PostgreSQL.</summary>
[Collection(ServerFixture.Collection)]
public sealed class ReadsTests(ServerFixture servers)
{
    private const string Trades = "/trades?exchange=coinone&pair=btc-krw";
    private static readonly DateTimeOffset Today = new(2026, 1, 31, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Prices_keep_every_digit_through_postgres_redis_and_memory()
    {
        await using var api = await RealHost.StartAsync(servers);
        await api.AddPriceAsync("bitcoin", "usd", 1234567890123456789012345678m, 0.0000000000000000000000000001m, null);
        await api.AddPriceAsync("bitcoin", "krw", 97000.50m);
        await api.AddPriceAsync("ethereum", "usd", null);
        await api.AddPriceAsync("ethereum", "krw", 0.00000001m, 1m, 2m);
        const string Path = "/simple_price?assets=bitcoin,ethereum&currencies=usd,krw&include=market_cap,volume_24h,change_24h";
        var expected =
            """
            {"bitcoin":{"usd":{"price":1234567890123456789012345678,"market_cap":0.0000000000000000000000000001,"volume_24h":null,
            "change_24h":-1.25,"last_updated":"2026-01-31T12:00:00.000Z"},
            "krw":{"price":97000.5,"market_cap":null,"volume_24h":null,"change_24h":-1.25,"last_updated":"2026-01-31T12:00:00.000Z"}},
            "ethereum":{"usd":{"price":null,"market_cap":null,"volume_24h":null,"change_24h":-1.25,"last_updated":"2026-01-31T12:00:00.000Z"},
            "krw":{"price":0.00000001,"market_cap":1,"volume_24h":2,"change_24h":-1.25,"last_updated":"2026-01-31T12:00:00.000Z"}}}
            """.ReplaceLineEndings("");
        Assert.Equal(expected, await api.ReadAsync(Path));
        Assert.Equal(expected, await api.ReadAsync(Path));
        api.Clock.Advance(TimeSpan.FromSeconds(2));
        await using var emptied = api.Database.CreateCommand("DELETE FROM market.simple_prices");
        await emptied.ExecuteNonQueryAsync();
        Assert.Equal(expected, await api.ReadAsync(Path));
    }

    [Fact]
    public async Task A_daily_chart_of_30_days_is_31_buckets_and_of_each_the_latest_revision()
    {
        await using var api = await RealHost.StartAsync(servers);
        await api.AddChartAsync("daily", [.. Enumerable.Range(0, 60).Select(i => (Today.AddDays(i - 59), (decimal?)(1000 + i)))]);
        api.Clock.Advance(TimeSpan.FromMinutes(1));
        await api.AddChartAsync("daily", (Today.AddHours(12), 1e-28m), (Today.AddDays(-1), null));
        const string Path = "/market_chart?asset=bitcoin&currency=usd&days=30&interval=daily";
        using var response = await api.GetAsync(Path);
        Assert.Equal(["2026-01-31T12:01:00.000Z"], response.Headers.GetValues("X-Data-Time"));
        var text = await response.Content.ReadAsStringAsync();
        Assert.StartsWith(
            """{"asset":"bitcoin","currency":"usd","interval":"daily","points":[{"time":"2026-01-01T00:00:00Z","price":1029,"market_cap":null,"volume":5.1},""",
            text, StringComparison.Ordinal);
        Assert.EndsWith(
            """{"time":"2026-01-30T00:00:00Z","price":null,"market_cap":null,"volume":5.1},{"time":"2026-01-31T00:00:00Z","price":0.0000000000000000000000000001,"market_cap":null,"volume":5.1}]}""",
            text, StringComparison.Ordinal);
        Assert.Equal(31, JsonDocument.Parse(text).RootElement.GetProperty("points").GetArrayLength());
        Assert.Equal(62, await api.ScalarAsync<long>("SELECT count(*) FROM market.chart_points"));
        var all = JsonDocument.Parse(await api.ReadAsync(Path.Replace("30", "max", StringComparison.Ordinal))).RootElement;
        Assert.Equal(60, all.GetProperty("points").GetArrayLength());
    }

    [Fact]
    public async Task An_hourly_chart_counts_days_back_from_the_current_hour()
    {
        await using var api = await RealHost.StartAsync(servers);
        await api.AddChartAsync("hourly", [.. Enumerable.Range(0, 60).Select(i => (Clock.Start.AddHours(i - 59), (decimal?)i))]);
        var points = JsonDocument.Parse(await api.ReadAsync("/market_chart?asset=bitcoin&currency=usd&days=1&interval=hourly"))
            .RootElement.GetProperty("points");
        Assert.Equal(25, points.GetArrayLength());
        Assert.Equal("2026-01-30T12:00:00Z", points[0].GetProperty("time").GetString());
        Assert.Equal("2026-01-31T12:00:00Z", points[24].GetProperty("time").GetString());
    }

    [Fact]
    public async Task On_chain_points_are_served_with_their_nulls_and_latest_revisions()
    {
        await using var api = await RealHost.StartAsync(servers);
        await api.AddPointsAsync((Today.AddDays(-2), -1250.50m), (Today.AddDays(-1), null), (Today, 0m));
        await api.AddPointsAsync((Today, 1e-28m));
        Assert.Equal(
            """{"data":[{"kind":"onchain","asset":"bitcoin","metric":"exchange_netflow","source":"all_exchange","interval":"day","time":"2026-01-29T00:00:00Z","value":"-1250.5"},"""
            + """{"kind":"onchain","asset":"bitcoin","metric":"exchange_netflow","source":"all_exchange","interval":"day","time":"2026-01-30T00:00:00Z","value":null},"""
            + """{"kind":"onchain","asset":"bitcoin","metric":"exchange_netflow","source":"all_exchange","interval":"day","time":"2026-01-31T00:00:00Z","value":"0.0000000000000000000000000001"}],"next_cursor":null}""",
            await api.ReadAsync("/onchain?asset=bitcoin&metric=exchange_netflow&interval=day"));
        Assert.Equal(
            ["2026-01-29T00:00:00Z", "2026-01-30T00:00:00Z", "2026-01-31T00:00:00Z"],
            await WalkAsync(api, "/onchain?asset=bitcoin&metric=exchange_netflow&from=2026-01-01&limit=1", "time"));
    }

    [Fact]
    public async Task Pages_forwards_show_each_trade_once_while_others_are_inserted()
    {
        await using var api = await RealHost.StartAsync(servers);
        await api.AddTradesAsync([.. Enumerable.Range(0, 10).Select(i => ($"t{i}", TimeSpan.FromSeconds(100 - (10 * i))))]);
        var seen = await WalkAsync(api, Trades + "&from=2026-01-31T11:58:20Z&limit=3", "trade_id", page => api.AddTradesAsync(
            ($"before{page}", TimeSpan.FromSeconds(100)), ($"after{page}", TimeSpan.FromSeconds(10 - page))));
        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"t{i}"), seen.Where(id => id[0] == 't'));
        Assert.Equal(seen.Distinct(), seen);
        Assert.Contains("after1", seen);
        Assert.DoesNotContain(seen, id => id.StartsWith("before", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Pages_backwards_from_the_newest_show_each_trade_once_while_others_are_inserted()
    {
        await using var api = await RealHost.StartAsync(servers);
        await api.AddTradesAsync([.. Enumerable.Range(0, 10).Select(i => ($"t{i}", TimeSpan.FromSeconds(100 - (10 * i))))]);
        var seen = await WalkAsync(
            api, Trades + "&limit=4", "trade_id", page => api.AddTradesAsync(($"new{page}", TimeSpan.FromSeconds(1))));
        Assert.Equal(["t6", "t7", "t8", "t9", "t2", "t3", "t4", "t5", "t0", "t1"], seen);
    }

    [Fact]
    public async Task From_is_inclusive_and_to_exclusive_to_the_nanosecond()
    {
        await using var api = await RealHost.StartAsync(servers);
        var noon = ProviderTime.From(Clock.Start, 0).UnixNanoseconds;
        await api.Trades.AppendAsync(
            [.. ((long[])[-1, 0, 1]).Select(ns => new Trade("coinone", "btc-krw", $"{ns}", 1m, 1m, null, new ProviderTime(noon + ns, 9)))],
            Clock.Start, [], CancellationToken.None);
        Assert.Equal(["0", "1"], await WalkAsync(api, Trades + "&from=2026-01-31T12:00:00Z", "trade_id"));
        Assert.Equal(["-1"], await WalkAsync(api, Trades + "&to=2026-01-31T12:00:00Z", "trade_id"));
        Assert.Equal(["0", "1"], await WalkAsync(api, Trades + "&from=1769860800&to=1769860801", "trade_id"));
        Assert.Contains(
            "\"taker_side\":null,\"time\":\"2026-01-31T12:00:00.000000001Z\"", await api.ReadAsync(Trades), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_order_book_of_a_time_is_the_newest_at_or_before_it_and_a_crossed_one_is_resyncing()
    {
        await using var api = await RealHost.StartAsync(servers);
        await api.Books.AppendAsync(
            [Book(1, 60, 99, 100), Book(2, 30, 101, 100), Book(null, 10, 98, 99)], Clock.Start, [], CancellationToken.None);
        const string Path = "/orderbook?exchange=coinone&pair=btc-krw";
        Assert.Equal(
            """{"kind":"order_book","exchange":"coinone","pair":"btc-krw","sequence":null,"time":"2026-01-31T11:59:50.000Z","bids":[["98","1"]],"asks":[["99","0.0000000000000000000000000001"]],"state":"valid"}""",
            await api.ReadAsync(Path));
        Assert.EndsWith("\"state\":\"resyncing\"}", await api.ReadAsync(Path + "&at=2026-01-31T11:59:49.999Z"), StringComparison.Ordinal);
        Assert.Contains("\"sequence\":1,", await api.ReadAsync(Path + "&at=2026-01-31T11:59:29Z"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_unknown_is_a_404_and_what_is_still_to_come_a_503()
    {
        (string Path, int Status, string Code)[] cases =
        [
            ("/simple_price?assets=doge&currencies=usd", 404, "unknown_asset"),
            ("/simple_price?assets=bitcoin&currencies=gbp", 404, "unknown_currency"),
            ("/simple_price?assets=bitcoin&currencies=usd", 503, "no_data_yet"),
            ("/market_chart?asset=doge&currency=usd&days=30", 404, "unknown_asset"),
            ("/market_chart?asset=bitcoin&currency=usd&days=30", 503, "no_data_yet"),
            ("/trades?exchange=nowhere&pair=btc-krw", 404, "unknown_exchange"),
            ("/trades?exchange=coinone&pair=xrp-krw", 404, "unknown_pair"),
            ("/trades?exchange=coinone&pair=btc-krw", 503, "no_data_yet"),
            ("/orderbook?exchange=coinone&pair=xrp-krw", 404, "unknown_pair"),
            ("/onchain?asset=doge&metric=exchange_netflow", 404, "unknown_asset"),
            ("/onchain?asset=bitcoin&metric=mpi", 404, "unknown_metric"),
        ];
        await using var api = await RealHost.StartAsync(servers);
        foreach (var (path, status, code) in cases)
        {
            using var response = await api.GetAsync(path);
            await ApiHost.ProblemAsync(response, (HttpStatusCode)status, code);
            Assert.Equal(status == 503, response.Headers.RetryAfter is not null);
        }
    }

    private static OrderBook Book(long? sequence, int secondsBefore, decimal bid, decimal ask) => new(
        "coinone", "btc-krw", sequence, ProviderTime.From(Clock.Start.AddSeconds(-secondsBefore), 3), [new(bid, 1m)], [new(ask, 1e-28m)]);

    /// <summary>One field of every record of every page, following <c>next_cursor</c>.</summary>
    private static async Task<List<string>> WalkAsync(RealHost api, string path, string field, Func<int, Task>? betweenPages = null)
    {
        var seen = new List<string>();
        string? cursor = null;
        for (var page = 1; page == 1 || cursor is not null; page++)
        {
            Assert.InRange(page, 1, 50);
            var json = JsonDocument.Parse(await api.ReadAsync(path + (cursor is null ? "" : "&cursor=" + cursor))).RootElement;
            seen.AddRange(json.GetProperty("data").EnumerateArray().Select(record => record.GetProperty(field).GetString()!));
            cursor = json.GetProperty("next_cursor").GetString();
            await (betweenPages?.Invoke(page) ?? Task.CompletedTask);
        }

        return seen;
    }
}
