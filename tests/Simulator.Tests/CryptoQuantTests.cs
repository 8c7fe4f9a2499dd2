using System.Globalization;
using System.Text.Json;
using AkkaCrypto.TestKit;

namespace AkkaCrypto.Simulator.Tests;

public sealed class CryptoQuantTests
{
    private const string Api = "/cryptoquant/v1";
    private const string Flows = Api + "/btc/exchange-flows";

    [SharedFact]
    public async Task An_inflow_is_built_like_the_recorded_one_and_ends_with_yesterday()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        var recorded = Shared.Fixture("cryptoquant/btc-exchange-flows-inflow__binance.json").GetProperty("response");
        var actual = await simulator.JsonAsync(Flows + "/inflow?exchange=all_exchange");

        JsonShape.AssertLike(recorded, actual);
        Assert.Equal(100, Rows(actual).Count);
        Assert.Equal("2026-03-13", Rows(actual)[0].GetProperty("date").GetString());
        Assert.Equal("2026-03-12", Rows(actual)[1].GetProperty("date").GetString());
    }

    [SharedFact]
    public async Task Days_before_the_data_are_null_and_a_from_alone_counts_forward_as_documented()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        var actual = await simulator.JsonAsync(Flows + "/transactions-count?exchange=binance&window=day&from=20160201&limit=2");

        JsonShape.AssertLike(
            Shared.Fixture("cryptoquant/stablecoin-exchange-flows-transactions-count__nulls.json").GetProperty("response"), actual);
        Assert.Equal(["2016-02-02", "2016-02-01"], Rows(actual).Select(r => r.GetProperty("date").GetString()));
        Assert.All(Rows(actual), r => Assert.Equal(JsonValueKind.Null, r.GetProperty("transactions_count_inflow").ValueKind));
    }

    [Theory]
    [InlineData("btc", "exchange-flows", "exchange=binance", "day")]
    [InlineData("eth", "exchange-flows", "exchange=all_exchange", "hour")]
    [InlineData("btc", "miner-flows", "miner=all_miner", "day")]
    public async Task Net_flow_is_in_minus_out_and_the_rise_of_the_reserve(string asset, string group, string source, string window)
    {
        await using var simulator = await RunningSimulator.StartAsync();
        async Task<List<decimal?>> Series(string name, string field) =>
            [.. Rows(await simulator.JsonAsync($"{Api}/{asset}/{group}/{name}?{source}&window={window}&limit=60")).Select(r =>
                Value(r, field))];

        var inflow = await Series("inflow", "inflow_total");
        var outflow = await Series("outflow", "outflow_total");
        var netflow = await Series("netflow", "netflow_total");
        var reserve = await Series("reserve", "reserve");

        Assert.Equal(inflow.Zip(outflow, (i, o) => i - o), netflow);
        Assert.All(Enumerable.Range(0, 59).Where(i => (reserve[i] - reserve[i + 1]) is not null), i =>
            Assert.Equal(reserve[i] - reserve[i + 1], netflow[i]));
        Assert.Contains(netflow, n => n < 0);
    }

    [Fact]
    public async Task Hours_carry_date_and_time_and_a_range_is_inclusive_at_both_ends()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        var reply = await simulator.JsonAsync(Flows + "/reserve?exchange=okx&window=hour&from=20260301T050000&to=20260301T080000");
        Assert.Equal(
            ["2026-03-01 08:00:00", "2026-03-01 07:00:00", "2026-03-01 06:00:00", "2026-03-01 05:00:00"],
            Rows(reply).Select(r => r.GetProperty("datetime").GetString()));
    }

    [Fact]
    public async Task Csv_holds_the_same_rows_as_json()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        var json = Rows(await simulator.JsonAsync(Flows + "/netflow?exchange=kraken&limit=50"));
        var lines = (await simulator.GetAsync(Flows + "/netflow?exchange=kraken&limit=50&format=csv")).Body.TrimEnd('\n').Split('\n');

        Assert.Equal("date,netflow_total", lines[0]);
        Assert.Equal(
            json.Select(r => $"{r.GetProperty("date").GetString()},{Value(r, "netflow_total")?.ToString(CultureInfo.InvariantCulture)}"),
                lines[1..]);
    }

    [Theory]
    [InlineData("/btc/market-data/price-ohlcv", "open,high,low,close,volume")]
    [InlineData("/eth/market-data/open-interest?exchange=binance", "open_interest")]
    [InlineData("/btc/network-data/supply", "supply_total,supply_new")]
    [InlineData("/btc/network-data/transactions-count", "transactions_count_total,transactions_count_mean")]
    [InlineData("/btc/miner-flows/reserve?miner=f2pool", "reserve,reserve_usd")]
    public async Task Every_group_answers_in_the_one_envelope(string path, string fields)
    {
        await using var simulator = await RunningSimulator.StartAsync();
        var reply = await simulator.JsonAsync(Api + path);
        Assert.Equal(200, reply.GetProperty("status").GetProperty("code").GetInt32());
        Assert.Equal(["date", .. fields.Split(',')], Rows(reply)[0].EnumerateObject().Select(p => p.Name));
    }

    [Theory]
    [InlineData("/btc/exchange-flows/inflow", 400, "bad_request")]
    [InlineData("/btc/exchange-flows/inflow?exchange=f2pool", 400, "bad_request")]
    [InlineData("/btc/exchange-flows/inflow?exchange=binance&limit=0", 400, "bad_request")]
    [InlineData("/btc/exchange-flows/inflow?exchange=binance&limit=100001", 400, "bad_request")]
    [InlineData("/btc/exchange-flows/inflow?exchange=binance&window=block", 400, "bad_request")]
    [InlineData("/btc/exchange-flows/inflow?exchange=binance&from=2026-01-01", 400, "bad_request")]
    [InlineData("/btc/exchange-flows/inflow?exchange=binance&from=20260102&to=20260101", 400, "bad_request")]
    [InlineData("/btc/exchange-flows/nothing?exchange=binance", 404, "not_found")]
    [InlineData("/xrp/exchange-flows/inflow?exchange=binance", 404, "not_found")]
    public async Task A_wrong_question_gets_the_documented_status(string path, int status, string message)
    {
        await using var simulator = await RunningSimulator.StartAsync();
        var reply = (await simulator.JsonAsync(Api + path, status)).GetProperty("status");
        Assert.Equal((status, message), (reply.GetProperty("code").GetInt32(), reply.GetProperty("message").GetString()));
    }

    [Fact]
    public async Task Without_a_token_nothing_is_told_and_past_the_limit_429()
    {
        await using var simulator = await RunningSimulator.StartAsync(
            o => o with { RequestsPerMinute = new Dictionary<string, int> { ["cryptoquant"] = 1 } });
        await simulator.JsonAsync(Flows + "/netflow?exchange=okx&limit=1");
        Assert.Equal("too_many_requests", Message(await simulator.JsonAsync(Flows + "/netflow?exchange=okx&limit=1", 429)));
        simulator.Http.DefaultRequestHeaders.Authorization = null;
        Assert.Equal("unauthorized", Message(await simulator.JsonAsync(Flows + "/netflow?exchange=okx&limit=1", 401)));
    }

    private static string? Message(JsonElement reply) => reply.GetProperty("status").GetProperty("message").GetString();

    private static List<JsonElement> Rows(JsonElement reply) => [.. reply.GetProperty("result").GetProperty("data").EnumerateArray()];

    private static decimal? Value(JsonElement row, string field) =>
        row.GetProperty(field) is { ValueKind: JsonValueKind.Number } number ? number.GetDecimal() : null;
}
