using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Feeds;
using AkkaCrypto.TestKit.Servers;
using Microsoft.Extensions.Logging.Abstractions;
using static AkkaCrypto.TestKit.StreamAssert;

namespace AkkaCrypto.Pipeline.Tests.Ingest;

public sealed class FeedHostSpec(StoreFixture stores) : IngestSpec(stores)
{
    [Fact]
    public Task Every_enabled_feed_runs_and_a_disposed_host_has_left_nothing_running() => AssertAllStagesStopped(async () =>
    {
        // The run lends its stores and its script; the host runs the whole catalogue.
        await using var lent = Trades();
        var settings = TestSettings.Read("akkacrypto.feeds.coingecko.datasets.market-chart.enabled = false")
            .WithFeedsOf("coingecko", "coinone", "cryptoquant");
        using var feeds = new FeedCatalogue(() => settings, () => lent.Provider, lent.Time, new Random(1));
        lent.Provider.On("/trades/", CoinoneReplies.Trades(Pair, 1, 3));
        lent.Provider.On("/orderbook/", ScriptedReply.Hang);
        lent.Provider.On("/chart/", ScriptedReply.Hang);
        lent.Provider.On("/simple/price", ScriptedReply.Hang);
        var pipeline = new IngestPipeline(lent.Stores, (_, _) => { }, lent.Time, new Random(1), lent.Log);
        var host = FeedHost.Start(feeds, pipeline, NullLogger<FeedHost>.Instance);
        await lent.UntilAsync(() => feeds.Find("coinone", "trades")!.Status().Counts.Inserted == 3
            && lent.Provider.AskedFor("/orderbook/") > 0 && lent.Provider.AskedFor("/simple/price") > 0);

        await host.DisposeAsync().Within("the host stops");

        Assert.Equal(settings.Feeds.Values.Sum(provider => provider.Datasets.Count), host.Statuses().Count);
        Assert.Equal(0, lent.Provider.AskedFor("/market_chart"));
        Assert.Equal(
            [FeedState.Disabled, FeedState.Disabled],
            host.Statuses().Where(status => (status.Provider, status.Dataset) is ("cryptoquant", _) or (_, "market_chart"))
                .Select(status => status.State));
        Assert.All(host.Statuses(), status => Assert.Equal(0, status.Restarts));
        var asked = lent.Provider.Asked.Count;
        lent.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(asked, lent.Provider.Asked.Count);
        Assert.Equal(0, lent.Time.ArmedTimers);
    });

    [Fact]
    public async Task A_host_stops_at_once_while_the_database_is_away()
    {
        await using var relay = new TcpRelay(new Npgsql.NpgsqlConnectionStringBuilder(ConnectionString).Port);
        await using var database = TestDatabase.Open(
            new Npgsql.NpgsqlConnectionStringBuilder(ConnectionString) { Host = "127.0.0.1", Port = relay.Port }.ConnectionString);
        await using var lent = TradesOver(database);
        var settings = TestSettings.Read(
            "akkacrypto.feeds.coinone.datasets { orderbook.enabled = false, trades.every = 1s }").WithFeedsOf("coinone");
        using var feeds = new FeedCatalogue(() => settings, () => lent.Provider, lent.Time, new Random(1));
        lent.Provider.On("/trades/", CoinoneReplies.Trades(Pair, 1, 3));
        var log = new RecordingLog<FeedHost>();
        var host = FeedHost.Start(feeds, new IngestPipeline(lent.Stores, (_, _) => { }, lent.Time, new Random(1), lent.Log), log);
        var feed = feeds.Find("coinone", "trades")!;
        await lent.UntilAsync(() => feed.Status().Counts.Inserted > 0);
        relay.Cut();
        await lent.UntilAsync(
            () => feed.Status().LastError?.Contains("the database does not take writes", StringComparison.Ordinal) == true);

        await host.DisposeAsync().Within("the host stops");

        Assert.DoesNotContain(log.Lines, line => line.StartsWith("Critical", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_failure_around_a_graph_ends_that_feed_alone_and_says_so()
    {
        await using var lent = Trades();
        var settings = TestSettings.Read(
            "akkacrypto.feeds.coinone.datasets.trades.pairs = [btc-krw]").WithFeedsOf("coinone");
        using var feeds = new FeedCatalogue(() => settings, () => lent.Provider, lent.Time, new Random(1));
        lent.Provider.On("/trades/", CoinoneReplies.Trades(Pair, 1, 3));
        lent.Provider.On("/orderbook/", ScriptedReply.Hang);
        var log = new RecordingLog<FeedHost>();
        var pipeline = new IngestPipeline(
            lent.Stores, (_, _) => throw new InvalidOperationException("a publisher that throws"), lent.Time, new Random(1), lent.Log);
        await using var host = FeedHost.Start(feeds, pipeline, log);

        await lent.UntilAsync(() => log.Lines.Any(line => line.StartsWith("Critical", StringComparison.Ordinal)));

        var ended = host.Statuses().Single(status => status is { Provider: "coinone", Dataset: "trades" });
        Assert.Equal("it has ended and needs a restart of the service: a publisher that throws", ended.Reason);
        await lent.UntilAsync(() => lent.Provider.AskedFor("/orderbook/") > 0);
    }
}
