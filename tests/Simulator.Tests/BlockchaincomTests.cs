using System.Text.Json;
using AkkaCrypto.Simulator.Blockchaincom;
using AkkaCrypto.Simulator.Faults;
using AkkaCrypto.TestKit;

namespace AkkaCrypto.Simulator.Tests;

public sealed class BlockchaincomTests
{
    private const string Api = "/blockchaincom/charts/";

    [SharedFact]
    public async Task A_chart_is_built_like_the_recorded_one()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        JsonShape.AssertLike(
            Shared.Fixture("blockchaincom/charts-market-price__30days.json").GetProperty("response"),
            await simulator.JsonAsync(Api + "market-price?timespan=30days&format=json"));
    }

    [Fact]
    public async Task Only_closed_days_are_told_and_a_value_is_the_models()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        var today = RunningSimulator.Start.ToUnixTimeSeconds() / 86_400;
        foreach (var chart in Chart.All)
        {
            var points = Points(await simulator.JsonAsync($"{Api}{chart.Id}?timespan=3days&sampled=false"));
            Assert.Equal(
                new[] { today - 3, today - 2, today - 1 }.Select(day => (day * 86_400, chart.ValueOn(simulator.Server.Market, day))),
                points);
        }
    }

    [Fact]
    public async Task A_start_counts_forwards_and_a_long_chart_is_sampled_unless_told_otherwise()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        var week = Points(await simulator.JsonAsync(Api + "hash-rate?timespan=1week&start=2020-02-27"));
        Assert.Equal((7, 1_582_761_600L), (week.Count, week[0].Time));
        var all = Points(await simulator.JsonAsync(Api + "hash-rate?timespan=all&sampled=false"));
        var sampled = Points(await simulator.JsonAsync(Api + "hash-rate?timespan=all"));
        Assert.Equal(Enumerable.Range(0, all.Count).Select(day => all[0].Time + (day * 86_400L)), all.Select(point => point.Time));
        Assert.InRange(sampled.Count, all.Count / 3, 1500);
    }

    [Fact]
    public async Task A_correction_changes_values_and_no_time()
    {
        await using var simulator = await RunningSimulator.StartAsync();
        var before = Points(await simulator.JsonAsync(Api + "n-transactions?timespan=3days"));
        simulator.Server.Faults.Add(new Fault("blockchaincom", FaultKind.Revised, Factor: 2));
        var after = Points(await simulator.JsonAsync(Api + "n-transactions?timespan=3days"));
        Assert.Equal(before.Select(point => (point.Time, point.Value * 2)), after);
    }

    [Theory]
    [InlineData("mood", 404, "not-found-or-invalid-arg")]
    [InlineData("hash-rate?timespan=soon", 400, "invalid-arg")]
    [InlineData("hash-rate?timespan=9999999999days", 400, "invalid-arg")]
    [InlineData("hash-rate?start=soon", 400, "invalid-arg")]
    [InlineData("hash-rate?format=csv", 400, "invalid-arg")]
    public async Task What_cannot_be_answered_is_a_typed_error(string query, int status, string error)
    {
        await using var simulator = await RunningSimulator.StartAsync();
        Assert.Equal(error, (await simulator.JsonAsync(Api + query, status)).GetProperty("error").GetString());
    }

    private static List<(long Time, decimal Value)> Points(JsonElement chart) =>
        [
            .. chart.GetProperty("values").EnumerateArray()
                .Select(point => (point.GetProperty("x").GetInt64(), point.GetProperty("y").GetDecimal())),
        ];
}
