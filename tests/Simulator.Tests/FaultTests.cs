using System.Net.Http.Json;
using System.Text.Json;
using AkkaCrypto.Simulator.Faults;
using AkkaCrypto.TestKit;

namespace AkkaCrypto.Simulator.Tests;

public sealed class FaultTests
{
    private const string Trades = "/coinone/public/v2/trades/KRW/BTC?size=50";
    private const string Chart = "/coingecko/api/v3/coins/bitcoin/market_chart?vs_currency=usd&days=2";

    [Theory]
    [InlineData("coingecko", 429, "/coingecko/api/v3/ping")]
    [InlineData("coinone", 502, "/coinone/public/v2/markets/KRW")]
    [InlineData("cryptoquant", 503, "/cryptoquant/v1/btc/exchange-flows/netflow?exchange=okx")]
    public async Task A_status_comes_as_often_as_ordered_with_Retry_After_where_it_belongs(string provider, int status, string path)
    {
        await using var simulator = await RunningSimulator.StartAsync();
        simulator.Server.Faults.Add(new Fault(provider, FaultKind.Status, Status: status, Count: 2, RetryAfterSeconds: 9));
        for (var i = 0; i < 2; i++)
        {
            using var reply = await simulator.Http.GetAsync(path);
            Assert.Equal(status, (int)reply.StatusCode);
            Assert.Equal(status is 429 or 503 ? 9 : null, reply.Headers.RetryAfter?.Delta?.TotalSeconds);
        }

        Assert.Equal(200, (await simulator.GetAsync(path)).Status);
        Assert.Empty(simulator.Server.Faults.InForce());
    }

    [Fact]
    public async Task A_fault_keeps_to_its_provider_its_path_and_its_time()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        simulator.Server.Faults.Add(new Fault("coinone", FaultKind.Status, "/public/v2/trades/*", DurationSeconds: 5));

        Assert.Equal(503, (await simulator.GetAsync(Trades)).Status);
        Assert.Equal(200, (await simulator.GetAsync("/coinone/public/v2/orderbook/KRW/BTC")).Status);
        Assert.Equal(200, (await simulator.GetAsync(Chart)).Status);
        simulator.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(200, (await simulator.GetAsync(Trades)).Status);
    }

    [Fact]
    public async Task A_share_hits_the_same_replies_in_every_run()
    {
        async Task<List<int>> RunAsync()
        {
            await using var simulator = await RunningSimulator.StartAsync();
            simulator.Server.Faults.Add(new Fault("*", FaultKind.Status, Share: 0.3));
            var statuses = new List<int>();
            for (var i = 0; i < 100; i++)
            {
                statuses.Add((await simulator.GetAsync("/coinone/public/v2/markets/KRW")).Status);
            }

            return statuses;
        }

        var first = await RunAsync();
        Assert.Equal(first, await RunAsync());
        Assert.InRange(first.Count(s => s == 503), 15, 45);
    }

    [Fact]
    public async Task A_delay_ends_with_the_right_reply_and_a_timeout_never()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        simulator.Server.Faults.Add(new Fault("coinone", FaultKind.Delay, DelayMs: 5000, Count: 1));
        var delayed = simulator.Time.WhenArmedAsync(simulator.Time.ArmedTimers + 1);
        var late = simulator.GetAsync(Trades);
        await delayed;
        Assert.False(late.IsCompleted);
        simulator.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal((await simulator.GetAsync(Trades)).Body, (await late).Body);

        simulator.Server.Faults.Add(new Fault("coinone", FaultKind.Timeout, Count: 1));
        using var patience = new CancellationTokenSource();
        var never = simulator.Http.GetAsync(Trades, patience.Token);
        Assert.Equal(200, (await simulator.GetAsync(Chart)).Status);
        Assert.False(never.IsCompleted);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => never);
    }

    [Fact]
    public async Task A_timeout_does_not_keep_the_simulator_from_stopping()
    {
        var simulator = await RunningSimulator.StartAsync();
        simulator.Server.Faults.Add(new Fault("coinone", FaultKind.Timeout));
        var never = simulator.Http.GetAsync(Trades);
        await simulator.Server.DisposeAsync();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => never);
        simulator.Http.Dispose();
    }

    [Fact]
    public async Task A_cut_connection_is_an_error_to_the_client_and_a_truncated_body_is_not()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        simulator.Server.Faults.Add(new Fault("coinone", FaultKind.Disconnect, Count: 1));
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => simulator.GetAsync(Trades));

        simulator.Server.Faults.Add(new Fault("coinone", FaultKind.Truncated, Count: 1));
        var (status, body) = await simulator.GetAsync(Trades);
        Assert.Equal(200, status);
        Assert.ThrowsAny<JsonException>(() => JsonDocument.Parse(body));
    }

    [Theory]
    [InlineData("wrong_types", true)]
    [InlineData("nan", false)]
    [InlineData("control_characters", false)]
    [InlineData("long_number", true)]
    [InlineData("deep_nesting", false)]
    [InlineData("huge", true)]
    [InlineData("html", false)]
    [InlineData("empty", false)]
    public async Task Garbage_is_what_it_says(string variant, bool parses)
    {
        await using var simulator = await RunningSimulator.StartAsync();
        var right = (await simulator.GetAsync(Trades)).Body;
        simulator.Server.Faults.Add(new Fault("coinone", FaultKind.Garbage, Variant: variant));
        var (status, body) = await simulator.GetAsync(Trades);

        Assert.Equal(200, status);
        Assert.NotEqual(right, body);
        Assert.Equal(parses, Record.Exception(() => JsonDocument.Parse(body)) is null);
        Assert.Equal(variant == "huge", body.Length > 10 * 1024 * 1024);
    }

    [Fact]
    public async Task Mutated_bytes_change_the_body_but_not_its_length()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        var right = await simulator.Http.GetByteArrayAsync(Trades);
        simulator.Server.Faults.Add(new Fault("coinone", FaultKind.Mutated));
        var mutated = await simulator.Http.GetByteArrayAsync(Trades);

        Assert.Equal(right.Length, mutated.Length);
        Assert.NotEqual(right, mutated);
    }

    [Fact]
    public async Task Duplicates_repeat_rows_and_reordering_keeps_them_all()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        var right = Rows(await simulator.JsonAsync(Trades));
        simulator.Server.Faults.Add(new Fault("coinone", FaultKind.Duplicates, Count: 1));
        var doubled = Rows(await simulator.JsonAsync(Trades));
        simulator.Server.Faults.Add(new Fault("coinone", FaultKind.Reordered, Count: 1));
        var shuffled = Rows(await simulator.JsonAsync(Trades));

        Assert.True(doubled.Count > right.Count);
        Assert.Equal(right, doubled.Distinct());
        Assert.NotEqual(right, shuffled);
        Assert.Equal(right.Order(StringComparer.Ordinal), shuffled.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_stale_reply_is_the_providers_own_where_two_have_the_same_path()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        simulator.Server.Faults.Add(new Fault("*", FaultKind.Silence));
        const string Path = "/v1/trades/ticks?market=KRW-ETH&count=5";
        var upbit = (await simulator.GetAsync("/upbit" + Path)).Body;
        var bithumb = (await simulator.GetAsync("/bithumb" + Path)).Body;

        simulator.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.NotEqual(upbit, bithumb);
        Assert.Equal(upbit, (await simulator.GetAsync("/upbit" + Path)).Body);
        Assert.Equal(bithumb, (await simulator.GetAsync("/bithumb" + Path)).Body);
    }

    [Fact]
    public async Task Silence_is_empty_or_repeats_the_first_reply()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        simulator.Server.Faults.Add(new Fault("coinone", FaultKind.Silence, Variant: "empty", Count: 1));
        Assert.Empty(Rows(await simulator.JsonAsync(Trades)));

        simulator.Server.Faults.Add(new Fault("coinone", FaultKind.Silence));
        var first = (await simulator.GetAsync(Trades)).Body;
        simulator.Time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(first, (await simulator.GetAsync(Trades)).Body);
        simulator.Server.Faults.Clear();
        Assert.NotEqual(first, (await simulator.GetAsync(Trades)).Body);
    }

    [Fact]
    public async Task A_revision_changes_values_and_neither_times_nor_ids()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        var (chart, trades) = (await simulator.JsonAsync(Chart), await simulator.JsonAsync(Trades));
        simulator.Server.Faults.Add(new Fault("*", FaultKind.Revised, Factor: 2));
        var (revisedChart, revisedTrades) = (await simulator.JsonAsync(Chart), await simulator.JsonAsync(Trades));

        var (before, after) = (chart.GetProperty("prices")[0], revisedChart.GetProperty("prices")[0]);
        Assert.Equal((before[0].GetInt64(), before[1].GetDecimal() * 2), (after[0].GetInt64(), after[1].GetDecimal()));
        var (trade, revised) = (trades.GetProperty("transactions")[0], revisedTrades.GetProperty("transactions")[0]);
        Assert.Equal(trade.GetProperty("id").GetString(), revised.GetProperty("id").GetString());
        Assert.Equal(decimal.Parse(trade.GetProperty("price").GetString()!) * 2, decimal.Parse(revised.GetProperty("price").GetString()!));
        Assert.Equal("0", revisedTrades.GetProperty("error_code").GetString());
    }

    [Theory]
    [InlineData("coinone", Trades, "result")]
    [InlineData("coingecko", Chart, "status")]
    [InlineData("cryptoquant", "/cryptoquant/v1/btc/exchange-flows/netflow?exchange=okx", "status")]
    public async Task An_error_body_comes_under_200(string provider, string path, string key)
    {
        await using var simulator = await RunningSimulator.StartAsync();
        simulator.Server.Faults.Add(new Fault(provider, FaultKind.ErrorBody, ErrorCode: "405"));
        var reply = await simulator.JsonAsync(path);
        Assert.True(reply.TryGetProperty(key, out _));
        Assert.False(reply.TryGetProperty("transactions", out _) || reply.TryGetProperty("prices", out _)
            || reply.TryGetProperty("result", out var r)
            && r.ValueKind == JsonValueKind.Object);
    }

    [Fact]
    public async Task Faults_are_ordered_listed_and_cleared_over_HTTP()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        var order = JsonDocument.Parse("""{"provider":"coinone","path":"/public/v2/trades/*","kind":"status","status":429,"share":1,"count":5}""").RootElement;
        Assert.Equal(201, (int)(await simulator.Http.PostAsJsonAsync("/faults", order)).StatusCode);
        Assert.Equal(429, (await simulator.GetAsync(Trades)).Status);
        var listed = (await simulator.JsonAsync("/faults"))[0];
        Assert.Equal((1, "status"), (listed.GetProperty("hits").GetInt32(), listed.GetProperty("fault").GetProperty("kind").GetString()));
        await simulator.Http.DeleteAsync("/faults");
        Assert.Equal(200, (await simulator.GetAsync(Trades)).Status);

        var counts = (await simulator.JsonAsync("/requests")).EnumerateArray().Select(c => c.GetRawText()).ToList();
        Assert.Contains("""{"provider":"coinone","path":"/public/v2/trades/KRW/BTC","status":429,"count":1}""", counts);
        Assert.Contains("""{"provider":"coinone","path":"/public/v2/trades/KRW/BTC","status":200,"count":1}""", counts);
    }

    [Theory]
    [InlineData("""{"provider":"nobody","kind":"delay"}""")]
    [InlineData("""{"provider":"coinone","kind":"explosion"}""")]
    [InlineData("""{"provider":"coinone","kind":"delay","share":2}""")]
    [InlineData("""{"provider":"coinone","kind":"delay","unknown":1}""")]
    [InlineData("""{"provider":"coinone","kind":"garbage","variant":"nothing"}""")]
    [InlineData("""{"kind":"delay"}""")]
    [InlineData("null")]
    [InlineData("{")]
    public async Task An_order_that_makes_no_sense_is_400(string order)
    {
        await using var simulator = await RunningSimulator.StartAsync();
        using var reply = await simulator.Http.PostAsync("/faults", new StringContent(order));
        Assert.Equal(400, (int)reply.StatusCode);
        Assert.Empty(simulator.Server.Faults.InForce());
    }

    [Fact]
    public void The_board_holds_64_orders_and_refuses_the_next()
    {
        var board = new FaultBoard(1, new FakeTimeProvider(RunningSimulator.Start));
        for (var i = 0; i < FaultBoard.Most; i++)
        {
            board.Add(new Fault("coinone", FaultKind.Delay));
        }

        Assert.Throws<InvalidOperationException>(() => board.Add(new Fault("coinone", FaultKind.Delay)));
    }

    private static List<string> Rows(JsonElement reply) =>
        [.. reply.GetProperty("transactions").EnumerateArray().Select(t => t.GetRawText())];
}
