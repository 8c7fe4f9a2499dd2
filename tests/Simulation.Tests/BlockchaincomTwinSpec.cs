using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.OnChain;
using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.Simulator.Blockchaincom;
using AkkaCrypto.TestKit.Servers;

namespace AkkaCrypto.Simulation.Tests;

/// <summary>Blockchain.com from end to end: what its twin said over HTTP stands in the table, and its past is walked whole.</summary>
public sealed class BlockchaincomTwinSpec(ServerFixture servers) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task The_stored_points_are_the_charts()
    {
        await using var twin = await TwinFeed.StartAsync("/blockchaincom", await servers.NewDatabaseAsync());
        var status = await twin.RunAsync(
            "blockchaincom", "onchain", of => of.SeriesWithData == 2 && of.Series == 2,
            "akkacrypto.feeds.blockchaincom.datasets.onchain { metrics = [price_usd, hash_rate], history-days = 30 }");
        Assert.Equal((60, 0), (status.Counts.Inserted, status.Counts.Rejected));
        foreach (var (metric, chart) in new[] { ("price_usd", "market-price"), ("hash_rate", "hash-rate") })
        {
            var stored = await twin.Stores.OnChain.ReadAsync(
                "bitcoin", metric, "blockchaincom", "day", new PageRequest(null, null, 1000, null), null, default);
            Assert.Equal(30, stored.Records.Count);
            Assert.All(stored.Records, point => Assert.Equal(Said(twin, chart, point), point.Value));
        }
    }

    [Fact]
    public async Task The_past_is_walked_whole()
    {
        await using var twin = await TwinFeed.StartAsync("/blockchaincom", await servers.NewDatabaseAsync());
        var (from, to) = (TwinFeed.Start.AddDays(-2400), TwinFeed.Start.AddDays(-3));
        var points = (await twin.WalkAsync("blockchaincom", "onchain", "bitcoin/tx_cnt/blockchaincom/day", from, to))
            .Cast<OnChainPoint>().Where(point => point.Time.ToDateTimeOffset() >= from && point.Time.ToDateTimeOffset() < to).ToList();
        Assert.Equal(
            Enumerable.Range(1, 2397).Select(day => from.Date.AddDays(day)), points.Select(point => point.Time.ToDateTimeOffset().Date));
        Assert.All(points, point => Assert.Equal(Said(twin, "n-transactions", point), point.Value));
    }

    private static decimal? Said(TwinFeed twin, string chart, OnChainPoint point) =>
        Chart.Find(chart)!.ValueOn(twin.Server.Market, point.Time.ToDateTimeOffset().ToUnixTimeSeconds() / 86_400);
}
