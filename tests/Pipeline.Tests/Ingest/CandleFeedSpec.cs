using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Feeds;
using AkkaCrypto.TestKit.Servers;
using static AkkaCrypto.TestKit.StreamAssert;

namespace AkkaCrypto.Pipeline.Tests.Ingest;

public sealed class CandleFeedSpec(StoreFixture stores) : IngestSpec(stores)
{
    private static readonly CandleSettings Settings = new(TimeSpan.FromSeconds(1), 0.25, TimeSpan.FromSeconds(10));

    [Fact]
    public async Task Coinones_chart_is_asked_for_its_past_once_and_then_for_its_newest_and_is_served()
    {
        await using var run = new FeedRun(
            Database, "coinone", "candles",
            "akkacrypto.feeds.coinone.datasets.candles { pairs = [btc-krw], intervals = [1d, 1h], history-days = 30, every = 5s }");
        run.Provider.On("interval=1d", Chart(10, 0), Chart(11, 0), Chart(12, 0));
        run.Provider.On("interval=1h", Chart(99, 0));

        run.Start();
        await run.UntilAsync(() => run.Provider.AskedFor("interval=1d") > 2 && run.Status.Counts.Revised > 0);

        Assert.Equal("/public/v2/chart/KRW/BTC?interval=1d&size=30", run.Provider.Asked.First(Asks("1d")).Path);
        Assert.Equal("/public/v2/chart/KRW/BTC?interval=1d&size=3", run.Provider.Asked.Where(Asks("1d")).ElementAt(1).Path);
        Assert.Equal("/public/v2/chart/KRW/BTC?interval=1h&size=500", run.Provider.Asked.First(Asks("1h")).Path);
        var store = new CandleStore(Database, new PairCatalogue(Database), () => Settings, run.Time);
        var query = new CandleQuery("coinone", "btc-krw", "1d", CandleFill.None, null);
        await run.StopAsync();
        var closes = (await store.ReadAsync(query, new PageRequest(null, null, 5, null), default)).Page.Records
            .Select(record => ((Candle)record).Close);
        Assert.Equal(1m, closes.First());
        Assert.InRange((decimal)closes.Last(), 11m, 12m);
    }

    [Fact]
    public Task Trades_become_candles_behind_the_writer_and_a_disposed_host_has_left_nothing_running() => AssertAllStagesStopped(async () =>
    {
        await using var run = Trades();
        var log = new RecordingLog<CandleHost>();
        run.Provider.On("/trades/", CoinoneReplies.Trades(Pair, 1, 3));
        var host = CandleHost.Start(new CandleBuilder(Database, run.Time), () => Settings, run.Time, new Random(1), log);
        run.Start();
        await run.UntilAsync(() => run.Status.Counts.Inserted == 3);
        await Eventually.HoldsAsync(async () =>
        {
            run.Time.Advance(TimeSpan.FromMilliseconds(500));
            return (await ColumnAsync<decimal>("SELECT volume FROM market.candles WHERE interval_minutes = 1")).Contains(0.3m);
        });
        await run.StopAsync();
        await host.DisposeAsync().Within("the host stops");

        Assert.Equal(0, run.Time.ArmedTimers);
        Assert.DoesNotContain(log.Lines, line => line.StartsWith("Warning", StringComparison.Ordinal));
    });

    [Fact]
    public async Task What_was_touched_before_a_stop_is_recomputed_after_the_next_start()
    {
        await using var run = Trades();
        run.Provider.On("/trades/", CoinoneReplies.Trades(Pair, 1, 200));
        run.Start();
        await run.UntilAsync(() => run.Status.Counts.Inserted == 200);
        await run.StopAsync();
        Assert.Empty(await ColumnAsync<decimal>("SELECT volume FROM market.candles"));

        await using var host = CandleHost.Start(
            new CandleBuilder(Database, run.Time), () => Settings, run.Time, new Random(1), new RecordingLog<CandleHost>());

        await Eventually.HoldsAsync(async () =>
            (await ColumnAsync<decimal>("SELECT volume FROM market.candles WHERE interval_minutes = 1 ORDER BY open_minute"))
                .SequenceEqual([5.9m, 6m, 6m, 2.1m]));
    }

    [Fact]
    public async Task Recomputing_goes_on_when_the_database_is_back()
    {
        await using var relay = new TcpRelay(new Npgsql.NpgsqlConnectionStringBuilder(ConnectionString).Port);
        await using var database = TestDatabase.Open(
            new Npgsql.NpgsqlConnectionStringBuilder(ConnectionString) { Host = "127.0.0.1", Port = relay.Port }.ConnectionString);
        await using var run = Trades();
        run.Provider.On("/trades/", CoinoneReplies.Trades(Pair, 1, 3));
        relay.Cut();
        var log = new RecordingLog<CandleHost>();
        await using var host = CandleHost.Start(new CandleBuilder(database, run.Time), () => Settings, run.Time, new Random(1), log);
        run.Start();
        await run.UntilAsync(
            () => run.Status.Counts.Inserted == 3 && log.Lines.Any(line => line.StartsWith("Warning", StringComparison.Ordinal)));

        relay.Open();
        await Eventually.HoldsAsync(async () =>
        {
            run.Time.Advance(TimeSpan.FromSeconds(1));
            return (await ColumnAsync<decimal>("SELECT volume FROM market.candles WHERE interval_minutes = 1")).Contains(0.3m);
        });
        Assert.Single(log.Lines, line => line.StartsWith("Warning", StringComparison.Ordinal));
    }

    private static Func<ScriptedRequest, bool> Asks(string interval) =>
        request => request.Path.Contains($"interval={interval}", StringComparison.Ordinal);

    /// <summary>The candle of the day the clock starts on, and the one before it.</summary>
    private static ScriptedReply Chart(int close, int before) => ScriptedReply.Ok(
        $$"""
        {"result":"success","error_code":"0","is_last":true,"chart":[
        {"timestamp":1767225600000,"open":"1.0","high":"99.0","low":"1.0","close":"{{close}}.0","target_volume":"1.5","quote_volume":"1.0"},
        {"timestamp":1767139200000,"open":"1.0","high":"1.0","low":"1.0","close":"{{before + 1}}.0","target_volume":"0","quote_volume":"0"}]}
        """);
}
