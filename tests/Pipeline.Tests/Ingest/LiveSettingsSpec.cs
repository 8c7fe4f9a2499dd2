using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Feeds;

namespace AkkaCrypto.Pipeline.Tests.Ingest;

/// <summary>Settings of throughput take effect while the graph runs: without a restart, and without loss.</summary>
public sealed class LiveSettingsSpec(StoreFixture stores) : IngestSpec(stores)
{
    private int _newest = 200;

    [Fact]
    public async Task A_paused_feed_asks_nobody_keeps_what_it_has_and_goes_on_at_once_not_an_hour_later()
    {
        await using var run = Moving("akkacrypto.feeds.coinone.datasets.trades.every = 1h");
        await run.UntilAsync(() => run.Committed.Count >= 1);

        run.Change("akkacrypto.streams.trades.paused = true");
        await run.UntilAsync(() => run.Status.State == FeedState.Paused);
        run.Time.Advance(TimeSpan.FromHours(5));
        await run.UntilAsync(() => run.Time.ArmedTimers > 0);
        Assert.Single(run.Provider.Asked);
        Assert.Equal("paused by the stream's setting", run.Status.Reason);

        run.Change();
        var resumed = run.Time.GetUtcNow();
        await run.UntilAsync(() => run.Committed.Count >= 2);
        Assert.InRange(run.Provider.Asked[1].At - resumed, TimeSpan.Zero, TimeSpan.FromMinutes(1));
        Assert.Equal(FeedState.Running, run.Status.State);
        await AssertNothingWasLostAsync(run);
    }

    [Fact]
    public async Task A_feed_that_is_held_asks_nobody_says_why_and_goes_on_without_loss()
    {
        await using var run = Moving("akkacrypto.feeds.coinone.datasets.trades.every = 2s");
        await run.UntilAsync(() => run.Committed.Count >= 1);

        run.HeldBecause = "the disk is nearly full";
        await run.UntilAsync(() => run.Status.State == FeedState.Paused);
        var asked = run.Provider.Asked.Count;
        run.Time.Advance(TimeSpan.FromHours(1));
        await run.UntilAsync(() => run.Time.ArmedTimers > 0);
        Assert.Equal(asked, run.Provider.Asked.Count);
        Assert.Equal("the disk is nearly full", run.Status.Reason);

        run.HeldBecause = null;
        await run.UntilAsync(() => run.Provider.Asked.Count > asked && run.Status.State == FeedState.Running);
        await AssertNothingWasLostAsync(run);
    }

    [Fact]
    public async Task A_pause_also_ends_the_round_under_way()
    {
        await using var run = Trades(
            "akkacrypto.feeds.coinone.datasets.trades { pairs = [btc-krw, eth-krw, xrp-krw, ada-krw], every = 1h }",
            "akkacrypto.streams.trades.requests-per-second = 1");
        run.Start();
        await run.UntilAsync(() => run.Provider.Asked.Count == 2);

        run.Change("akkacrypto.streams.trades.paused = true");
        run.Time.Advance(TimeSpan.FromSeconds(30));
        await run.UntilAsync(() => run.Status.State == FeedState.Paused);

        Assert.Equal(2, run.Provider.Asked.Count);
    }

    [Fact]
    public async Task A_shorter_pace_is_obeyed_at_once_not_an_hour_later()
    {
        await using var run = Moving("akkacrypto.feeds.coinone.datasets.trades.every = 1h");
        await run.UntilAsync(() => run.Committed.Count >= 1);

        run.Change("akkacrypto.feeds.coinone.datasets.trades.every = 2s");
        var changed = run.Time.GetUtcNow();
        await run.UntilAsync(() => run.Committed.Count >= 3);

        Assert.InRange(run.Provider.Asked[2].At - changed, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
        await AssertNothingWasLostAsync(run);
    }

    [Fact]
    public async Task A_batch_size_is_obeyed_at_the_next_record()
    {
        await using var run = Moving("akkacrypto.streams.trades { batch-size = 100000, flush-interval = 60s }");
        await run.UntilAsync(() => run.Provider.Asked.Count >= 2);
        Assert.Empty(run.Committed);

        run.Change("akkacrypto.streams.trades.batch-size = 1");
        var changed = run.Time.GetUtcNow();
        await run.UntilAsync(() => run.Committed.Count >= 3);

        Assert.True(run.Time.GetUtcNow() - changed < TimeSpan.FromSeconds(30), "the write waited for the flush");
        await AssertNothingWasLostAsync(run);
    }

    [Fact]
    public async Task The_parallelism_is_obeyed_at_the_next_request()
    {
        await using var run = Trades(
            "akkacrypto.feeds.coinone.datasets.trades { pairs = [btc-krw, eth-krw, xrp-krw, ada-krw], every = 3s }",
            "akkacrypto.feeds.coinone.timeout = 60s", "akkacrypto.streams.trades { parallelism = 1, requests-per-second = 1000 }");
        run.Provider.On("/trades/", ScriptedReply.Of(400) with { After = TimeSpan.FromSeconds(1) });
        run.Start();
        await run.UntilAsync(() => run.Provider.Asked.Count >= 4);
        Assert.Equal(1, run.Provider.MostAtOnce);

        run.Change("akkacrypto.streams.trades.parallelism = 4");
        await run.UntilAsync(() => run.Provider.MostAtOnce == 4);

        Assert.Equal(0, run.Status.Restarts);
    }

    [Fact]
    public async Task The_rate_of_requests_is_obeyed_at_once_not_a_quarter_of_an_hour_later()
    {
        await using var run = Moving(
            "akkacrypto.streams.trades.requests-per-second = 0.001", "akkacrypto.feeds.coinone.datasets.trades.every = 1s");
        await run.UntilAsync(() => run.Committed.Count >= 1);
        run.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Single(run.Provider.Asked);

        run.Change("akkacrypto.streams.trades.requests-per-second = 100");
        var changed = run.Time.GetUtcNow();
        await run.UntilAsync(() => run.Provider.Asked.Count >= 2);

        Assert.InRange(run.Provider.Asked[1].At - changed, TimeSpan.Zero, TimeSpan.FromMinutes(1));
        await AssertNothingWasLostAsync(run);
    }

    [Fact]
    public async Task The_buffer_takes_more_replies_as_soon_as_it_may()
    {
        // The sink stands still after the first batch: what is asked for then has no place but the buffer, the write and the fetch.
        await using var run = Trades(
            "akkacrypto.feeds.coinone.datasets.trades.every = 1s",
            "akkacrypto.streams.trades { buffer = 1, parallelism = 1, batch-size = 1 }",
            "akkacrypto.streams.trades.flush-interval = 10ms");
        using var first = new SemaphoreSlim(0);
        run.OnCommit = _ => first.Wait(Bounds.Real);
        run.Provider.On("/trades/", _ => CoinoneReplies.Newest(Pair, Interlocked.Add(ref _newest, 50)));
        run.Start();
        await run.UntilAsync(() => run.Provider.Asked.Count >= 3);
        run.Time.Advance(TimeSpan.FromMinutes(1));
        await run.UntilAsync(() => run.Time.ArmedTimers >= 0);
        Assert.InRange(run.Provider.Asked.Count, 3, 4);

        run.Change("akkacrypto.streams.trades { buffer = 50, batch-size = 1 }");
        first.Release(2);
        await run.UntilAsync(() => run.Provider.Asked.Count >= 20);
        Assert.InRange(run.Committed.Count, 1, 2);
        first.Release(100);

        await run.UntilAsync(() => run.Committed.Count >= 20);
        await AssertNothingWasLostAsync(run);
    }

    [Fact]
    public async Task A_pair_that_is_added_is_asked_for_in_the_next_round_and_one_that_is_removed_no_more()
    {
        await using var run = Moving();
        run.Provider.On("/KRW/ETH", CoinoneReplies.Trades("eth-krw", 1, 3));
        await run.UntilAsync(() => run.Committed.Count >= 1);

        run.Change("akkacrypto.feeds.coinone.datasets.trades.pairs = [eth-krw]");
        await run.UntilAsync(() => run.Committed.Any(reply => reply.Request.Series == "eth-krw"));
        var before = run.Provider.AskedFor("/KRW/BTC");
        await run.UntilAsync(() => run.Provider.AskedFor("/KRW/ETH") >= 3);

        Assert.Equal(before, run.Provider.AskedFor("/KRW/BTC"));
        Assert.Equal((1, 1), (run.Status.Series, run.Status.SeriesWithData));
    }

    /// <summary>A pair that has 50 new trades at each request.</summary>
    private FeedRun Moving(params string[] settings)
    {
        var run = Trades(settings);
        run.Provider.On("/trades/", _ => CoinoneReplies.Newest(Pair, Interlocked.Add(ref _newest, 50)));
        return run.Start();
    }

    private async Task AssertNothingWasLostAsync(FeedRun run)
    {
        await run.StopAsync();
        var stored = await StoredAsync();
        Assert.Equal(Enumerable.Range(51, stored.Count), stored);
        Assert.Empty(await GapsAsync());
        Assert.Equal(0, run.Status.Restarts);
    }
}
