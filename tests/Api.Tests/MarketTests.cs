using System.Globalization;
using System.Net;
using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Text;
using Npgsql;

namespace AkkaCrypto.Api.Tests;

public sealed class MarketTests
{
    private const string Prices = "/simple_price?assets=bitcoin&currencies=usd";
    private const string Chart = "/market_chart?asset=bitcoin&currency=usd&days=30&interval=daily";

    [Fact]
    public async Task Simple_price_answers_exact_numbers_in_the_order_asked_with_included_fields()
    {
        await using var api = await ApiHost.StartAsync();
        var text = await api.Client.GetStringAsync(
            WithKey(api, "/simple_price?assets=bitcoin,ethereum,bitcoin&currencies=usd&include=change_24h,market_cap,volume_24h"));
        const string One = """{"usd":{"price":97000.5,"market_cap":1921000000000,"volume_24h":null,"change_24h":-1.25,"last_updated":"2026-01-31T11:59:50.000Z"}}""";
        Assert.Equal("{\"bitcoin\":" + One + ",\"ethereum\":" + One + "}", text);
    }

    [Theory]
    [InlineData("0.00000001", "0.00000001")]
    [InlineData("1234567890123456789012345678", "1234567890123456789012345678")]
    [InlineData("1.234567890123456789012345678", "1.234567890123456789012345678")]
    [InlineData("0.0000000000000000000000000001", "0.0000000000000000000000000001")]
    [InlineData("100.000", "100")]
    [InlineData("0.1", "0.1")]
    public async Task Every_digit_of_a_price_comes_out_through_memory_Redis_and_database(string stored, string shown)
    {
        await using var api = await ApiHost.StartAsync();
        api.Reads.Prices[0] = api.Reads.Prices[0] with { Price = decimal.Parse(stored, CultureInfo.InvariantCulture) };
        var expected = "{\"bitcoin\":{\"usd\":{\"price\":" + shown + ",\"last_updated\":\"2026-01-31T11:59:50.000Z\"}}}";
        Assert.Equal(expected, await api.Client.GetStringAsync(WithKey(api, Prices)));
        api.Reads.Trouble = new NpgsqlException("away");
        api.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(expected, await api.Client.GetStringAsync(WithKey(api, Prices)));
        Assert.Equal(1, api.Reads.Reads);
    }

    [Fact]
    public async Task The_times_digits_are_the_providers_and_age_is_in_seconds()
    {
        await using var api = await ApiHost.StartAsync();
        api.Reads.Prices[0] = api.Reads.Prices[0] with { Time = ProviderTime.From(Clock.Start.AddSeconds(-7), 0) };
        using var response = await api.GetAsync(Prices);
        Assert.Contains("\"last_updated\":\"2026-01-31T11:59:53Z\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("2026-01-31T11:59:53Z", response.Headers.GetValues("X-Data-Time").Single());
        Assert.Equal(TimeSpan.FromSeconds(7), response.Headers.Age);
    }

    [Fact]
    public async Task An_answer_is_as_old_as_its_oldest_price()
    {
        await using var api = await ApiHost.StartAsync();
        api.Reads.Prices[2] = api.Reads.Prices[2] with { Time = ApiHost.At(TimeSpan.FromSeconds(100)) };
        using var response = await api.GetAsync("/simple_price?assets=bitcoin,ethereum&currencies=usd");
        Assert.Equal(TimeSpan.FromSeconds(100), response.Headers.Age);
    }

    [Fact]
    public async Task A_cached_answer_is_refused_once_its_data_is_past_the_age_limit()
    {
        await using var api = await ApiHost.StartAsync(settings => settings with
        {
            Cache = settings.Cache with { Prices = settings.Cache.Prices with { MemoryTtl = TimeSpan.FromDays(1) } },
        });
        using var fresh = await api.GetAsync(Prices);
        Assert.Equal(HttpStatusCode.OK, fresh.StatusCode);
        api.Clock.Advance(TimeSpan.FromMinutes(5));
        using var stale = await api.GetAsync(Prices);
        var problem = await ApiHost.ProblemAsync(stale, HttpStatusCode.ServiceUnavailable, "stale_data");
        Assert.Contains("310 s old, past the limit of 300 s", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.NotNull(stale.Headers.RetryAfter);
    }

    [Fact]
    public async Task A_stale_value_in_Redis_is_replaced_by_a_fresh_one_of_the_database()
    {
        await using var api = await ApiHost.StartAsync();
        using var first = await api.GetAsync(Prices);
        api.Clock.Advance(TimeSpan.FromMinutes(6));
        api.Reads.Prices[0] = api.Reads.Prices[0] with { Price = 5m, Time = ApiHost.At(TimeSpan.FromMinutes(-6)) };
        using var second = await api.GetAsync(Prices);
        Assert.Equal("""{"bitcoin":{"usd":{"price":5,"last_updated":"2026-01-31T12:06:00.000Z"}}}""", await second.Content.ReadAsStringAsync());
        Assert.Equal(TimeSpan.FromSeconds(60), api.Shared.TimesToLive["price:bitcoin:usd:latest"]);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"asset":"bitcoin","currency":"usd","price":"1e5","market_cap":null,"volume_24h":null,"change_24h":null,"time":null}""")]
    [InlineData("""{"asset":"dogecoin","currency":"usd","price":"1","market_cap":null,"volume_24h":null,"change_24h":null,"time":null}""")]
    public async Task Garbage_in_Redis_is_a_miss(string garbage)
    {
        await using var api = await ApiHost.StartAsync();
        api.Shared.Values["price:bitcoin:usd:latest"] = System.Text.Encoding.UTF8.GetBytes(garbage);
        api.Shared.Values["chart:bitcoin:usd:daily:30"] = System.Text.Encoding.UTF8.GetBytes(garbage);
        Assert.Contains("97000.5", await api.Client.GetStringAsync(WithKey(api, Prices)), StringComparison.Ordinal);
        using var chart = await api.GetAsync(Chart);
        Assert.Equal(HttpStatusCode.OK, chart.StatusCode);
    }

    [Theory]
    [InlineData("/simple_price?assets=bitcoin,dogecoin&currencies=usd", "unknown_asset", "dogecoin")]
    [InlineData("/simple_price?assets=bitcoin&currencies=usd,xyz", "unknown_currency", "xyz")]
    [InlineData("/market_chart?asset=dogecoin&currency=usd&days=1", "unknown_asset", "dogecoin")]
    [InlineData("/market_chart?asset=bitcoin&currency=xyz&days=1", "unknown_currency", "xyz")]
    [InlineData("/trades?exchange=nowhere&pair=btc-krw", "unknown_exchange", "nowhere")]
    [InlineData("/trades?exchange=coinone&pair=doge-krw&from=1", "unknown_pair", "doge-krw")]
    [InlineData("/orderbook?exchange=coinone&pair=doge-krw", "unknown_pair", "doge-krw")]
    [InlineData("/onchain?asset=dogecoin&metric=exchange_netflow", "unknown_asset", "dogecoin")]
    [InlineData("/onchain?asset=bitcoin&metric=nothing", "unknown_metric", "nothing")]
    [InlineData("/onchain?asset=bitcoin&metric=exchange_netflow&source=nobody", "unknown_source", "nobody")]
    public async Task What_is_neither_configured_nor_stored_is_a_404_for_the_whole_request(string path, string code, string name)
    {
        await using var api = await ApiHost.StartAsync();
        using var response = await api.GetAsync(path);
        var problem = await ApiHost.ProblemAsync(response, HttpStatusCode.NotFound, code);
        Assert.Contains($"'{name}'", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/simple_price?assets=bitcoin&currencies=usd")]
    [InlineData("/market_chart?asset=bitcoin&currency=usd&days=30")]
    [InlineData("/trades?exchange=coinone&pair=eth-krw")]
    [InlineData("/orderbook?exchange=coinone&pair=eth-krw")]
    [InlineData("/onchain?asset=bitcoin&metric=exchange_netflow&interval=hour")]
    public async Task What_is_configured_but_empty_is_a_503_that_says_when_to_ask_again(string path)
    {
        await using var api = await ApiHost.StartAsync();
        api.Reads.Prices.Clear();
        using var response = await api.GetAsync(path);
        await ApiHost.ProblemAsync(response, HttpStatusCode.ServiceUnavailable, "no_data_yet");
        Assert.True(response.Headers.RetryAfter!.Delta > TimeSpan.Zero);
    }

    [Fact]
    public async Task A_chart_of_30_days_has_the_30_closed_buckets_and_the_current_one_oldest_first()
    {
        await using var api = await ApiHost.StartAsync();
        var chart = JsonDocument.Parse(await api.Client.GetStringAsync(WithKey(api, Chart))).RootElement;
        var points = chart.GetProperty("points").EnumerateArray().ToList();
        Assert.Equal(31, points.Count);
        Assert.Equal("2026-01-01T00:00:00Z", points[0].GetProperty("time").GetString());
        Assert.Equal("2026-01-31T00:00:00Z", points[^1].GetProperty("time").GetString());
        Assert.Equal("""{"time":"2026-01-31T00:00:00Z","price":1059,"market_cap":null,"volume":5.1}""", points[^1].GetRawText());
        Assert.Equal("daily", chart.GetProperty("interval").GetString());
    }

    [Fact]
    public async Task Max_days_is_all_there_is()
    {
        await using var api = await ApiHost.StartAsync();
        var chart = JsonDocument.Parse(
            await api.Client.GetStringAsync(WithKey(api, "/market_chart?asset=bitcoin&currency=usd&days=max"))).RootElement;
        Assert.Equal(60, chart.GetProperty("points").GetArrayLength());
    }

    [Fact]
    public async Task A_chart_comes_from_Redis_while_its_window_stands_and_anew_when_the_day_turns()
    {
        await using var api = await ApiHost.StartAsync(
            settings => settings with { MaxAge = settings.MaxAge with { Charts = TimeSpan.FromDays(2) } });
        var first = await api.Client.GetStringAsync(WithKey(api, Chart));
        api.Clock.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(first, await api.Client.GetStringAsync(WithKey(api, Chart)));
        Assert.Equal(1, api.Reads.Reads);
        Assert.Equal(TimeSpan.FromSeconds(55), api.Shared.TimesToLive["chart:bitcoin:usd:daily:30"]);
        api.Clock.Advance(TimeSpan.FromHours(12));
        Assert.NotEqual(first, await api.Client.GetStringAsync(WithKey(api, Chart)));
        Assert.Equal(2, api.Reads.Reads);
    }

    [Fact]
    public async Task Fifty_callers_of_one_key_cost_one_read()
    {
        await using var api = await ApiHost.StartAsync();
        var gate = new TaskCompletionSource();
        api.Reads.Held = gate.Task;
        var callers = Enumerable.Range(0, 50).Select(_ => api.Client.GetStringAsync(WithKey(api, Prices))).ToList();
        gate.SetResult();
        var answers = await Task.WhenAll(callers);
        Assert.Single(answers.Distinct());
        Assert.Equal(1, api.Reads.Reads);
    }

    [Fact]
    public async Task Trades_come_as_normalised_records_in_pages()
    {
        await using var api = await ApiHost.StartAsync();
        var seen = new List<string>();
        var path = "/trades?exchange=coinone&pair=btc-krw&from=2026-01-31T11:00:00Z&limit=2";
        for (string? cursor = ""; cursor is not null;)
        {
            var page = JsonDocument.Parse(await api.Client.GetStringAsync(WithKey(api, path + cursor))).RootElement;
            seen.AddRange(page.GetProperty("data").EnumerateArray().Select(trade => trade.GetProperty("trade_id").GetString()!));
            cursor = page.GetProperty("next_cursor").GetString() is { } next ? "&cursor=" + next : null;
        }

        Assert.Equal(["t0", "t1", "t2", "t3", "t4"], seen);
        Assert.StartsWith(
            """{"data":[{"kind":"trade","exchange":"coinone","pair":"btc-krw","trade_id":"t4","price":"140000004","quantity":"0.00000001","taker_side":"buy","time":"2026-01-31T11:59:50.000Z"}],""",
            await api.Client.GetStringAsync(WithKey(api, "/trades?exchange=coinone&pair=btc-krw&limit=1")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_newest_trades_must_be_fresh_and_history_may_be_old()
    {
        await using var api = await ApiHost.StartAsync();
        api.Clock.Advance(TimeSpan.FromHours(2));
        using var newest = await api.GetAsync("/trades?exchange=coinone&pair=btc-krw");
        await ApiHost.ProblemAsync(newest, HttpStatusCode.ServiceUnavailable, "stale_data");
        using var history = await api.GetAsync("/trades?exchange=coinone&pair=btc-krw&from=0");
        Assert.Equal(HttpStatusCode.OK, history.StatusCode);
        using var empty = await api.GetAsync("/trades?exchange=coinone&pair=btc-krw&to=2001-01-01");
        Assert.Equal("""{"data":[],"next_cursor":null}""", await empty.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task From_is_inclusive_to_is_exclusive_and_Unix_seconds_mean_the_same_as_ISO()
    {
        await using var api = await ApiHost.StartAsync();
        var seconds = Clock.Start.AddSeconds(-40).ToUnixTimeSeconds();
        var unix = await api.Client.GetStringAsync(WithKey(api, $"/trades?exchange=coinone&pair=btc-krw&from={seconds}&to={seconds + 20}"));
        var iso = await api.Client.GetStringAsync(
            WithKey(api, "/trades?exchange=coinone&pair=btc-krw&from=2026-01-31T11:59:20Z&to=2026-01-31T20:59:40%2B09:00"));
        Assert.Equal(unix, iso);
        Assert.Equal(["t1", "t2"], JsonDocument.Parse(unix).RootElement.GetProperty("data").EnumerateArray()
            .Select(t => t.GetProperty("trade_id").GetString()));
    }

    [Fact]
    public async Task An_order_book_is_its_record_and_its_state_and_a_crossed_one_is_resyncing()
    {
        await using var api = await ApiHost.StartAsync();
        const string Path = "/orderbook?exchange=coinone&pair=btc-krw";
        Assert.Equal(
            """{"kind":"order_book","exchange":"coinone","pair":"btc-krw","sequence":7,"time":"2026-01-31T11:59:55.000Z","bids":[["99","1"]],"asks":[["100","2"]],"state":"valid"}""",
            await api.Client.GetStringAsync(WithKey(api, Path)));
        api.Reads.Books.Add(new OrderBook("coinone", "btc-krw", 8, ApiHost.At(TimeSpan.Zero), [new(101m, 1m)], [new(100m, 2m)]));
        Assert.EndsWith("\"state\":\"resyncing\"}", await api.Client.GetStringAsync(WithKey(api, Path)), StringComparison.Ordinal);
        Assert.Contains(
            "\"sequence\":7", await api.Client.GetStringAsync(WithKey(api, Path + "&at=2026-01-31T11:59:57Z")), StringComparison.Ordinal);
        using var before = await api.GetAsync(Path + "&at=2026-01-01");
        await ApiHost.ProblemAsync(before, HttpStatusCode.NotFound, "no_such_order_book");
    }

    [Fact]
    public async Task A_followed_book_is_as_fresh_as_its_connection_and_a_resyncing_one_only_as_its_own_time()
    {
        await using var api = await ApiHost.StartAsync();
        const string Path = "/orderbook?exchange=coinone&pair=btc-krw";
        api.Clock.Advance(TimeSpan.FromHours(1));
        using var old = await api.GetAsync(Path);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, old.StatusCode);

        api.Reads.BooksConfirmedAt = api.Clock.GetUtcNow() - TimeSpan.FromSeconds(3);
        using var confirmed = await api.GetAsync(Path);
        Assert.EndsWith("\"state\":\"valid\"}", await confirmed.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromSeconds(3), confirmed.Headers.Age);
        Assert.Equal("2026-01-31T11:59:55.000Z", confirmed.Headers.GetValues("X-Data-Time").Single());

        (api.Reads.BooksState, api.Reads.BooksConfirmedAt) = (BookState.Resyncing, null);
        using var stale = await api.GetAsync(Path);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, stale.StatusCode);
        api.Reads.Books.Add(
            new OrderBook("coinone", "btc-krw", 9, ApiHost.At(-TimeSpan.FromHours(1)), [new(99m, 1m)], [new(100m, 2m)]));
        Assert.EndsWith("\"state\":\"resyncing\"}", await api.Client.GetStringAsync(WithKey(api, Path)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_on_chain_values_stay_null()
    {
        await using var api = await ApiHost.StartAsync();
        var data = JsonDocument.Parse(await api.Client.GetStringAsync(
            WithKey(api, "/onchain?asset=bitcoin&metric=exchange_netflow"))).RootElement.GetProperty("data");
        Assert.Equal(["-1250.5", "-1250.5", null, "-1250.5", "-1250.5"], data.EnumerateArray()
            .Select(point => point.GetProperty("value").GetString()));
        Assert.Equal("2026-01-27T00:00:00Z", data[0].GetProperty("time").GetString());
    }

    [Fact]
    public async Task With_the_database_away_cached_reads_go_on_and_others_are_503()
    {
        await using var api = await ApiHost.StartAsync();
        using var warm = await api.GetAsync(Prices);
        api.Reads.Trouble = new NpgsqlException("connection refused to host=secret", new System.Net.Sockets.SocketException(111));
        api.Clock.Advance(TimeSpan.FromSeconds(30));
        using var cached = await api.GetAsync(Prices);
        Assert.Equal(TimeSpan.FromSeconds(40), cached.Headers.Age);
        using var trades = await api.GetAsync("/trades?exchange=coinone&pair=btc-krw");
        var problem = await ApiHost.ProblemAsync(trades, HttpStatusCode.ServiceUnavailable, "unavailable");
        Assert.DoesNotContain("secret", problem.GetRawText(), StringComparison.Ordinal);
        Assert.NotNull(trades.Headers.RetryAfter);
    }

    [Fact]
    public async Task With_Redis_away_reads_fall_through_to_the_database()
    {
        await using var api = await ApiHost.StartAsync();
        api.Shared.IsAnswering = false;
        using var prices = await api.GetAsync(Prices);
        using var chart = await api.GetAsync(Chart);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (prices.StatusCode, chart.StatusCode));
        Assert.Equal(2, api.Reads.Reads);
    }

    [Fact]
    public async Task A_bug_is_a_500_without_details()
    {
        await using var api = await ApiHost.StartAsync();
        api.Reads.Trouble = new InvalidOperationException("internal detail");
        using var response = await api.GetAsync("/trades?exchange=coinone&pair=btc-krw");
        var problem = await ApiHost.ProblemAsync(response, HttpStatusCode.InternalServerError, "internal_error");
        Assert.DoesNotContain("internal detail", problem.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task HEAD_answers_the_headers_of_GET_without_its_body()
    {
        await using var api = await ApiHost.StartAsync();
        using var get = await api.GetAsync(Prices);
        using var head = await api.SendAsync(HttpMethod.Head, Prices, TestSettings.UserKey);
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.Equal((await get.Content.ReadAsByteArrayAsync()).Length, head.Content.Headers.ContentLength);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());
    }

    private static string WithKey(ApiHost api, string path)
    {
        api.Client.DefaultRequestHeaders.Remove("X-API-Key");
        api.Client.DefaultRequestHeaders.Add("X-API-Key", TestSettings.UserKey);
        return path;
    }
}
