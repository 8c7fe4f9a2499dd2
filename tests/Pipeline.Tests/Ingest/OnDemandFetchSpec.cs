using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.Storage.Redis;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Feeds;
using Microsoft.Extensions.Logging.Abstractions;

namespace AkkaCrypto.Pipeline.Tests.Ingest;

/// <summary>One provider, two nodes over one real Redis and database, and many who wait.</summary>
public sealed class OnDemandFetchSpec(StoreFixture stores) : IngestSpec(stores)
{
    private const string Coinone = "akkacrypto.feeds.coinone { attempts = 2, timeout = 1s, circuit.failures = 100 }";
    private static readonly OnDemandSettings Settings = TestSettings.Read().OnDemand;
    private readonly StoreFixture _stores = stores;

    [Fact]
    public async Task A_hundred_who_wait_on_two_nodes_are_one_request_and_all_find_it_stored()
    {
        await using var redis = await RedisAsync();
        await using var run = Trades(Coinone);
        var answer = new TaskCompletionSource();
        run.Provider.On("/KRW/BTC", CoinoneReplies.Trades(Pair, 1, 5) with { Gate = answer.Task });
        using var feeds = Catalogue(run);
        var nodes = new[] { Node(run, feeds, redis, TimeProvider.System), Node(run, feeds, redis, TimeProvider.System) };

        var waiting = Enumerable.Range(0, 100).Select(i => FetchAsync(nodes[i % 2], feeds)).ToList();
        await Eventually.HoldsAsync(() => run.Provider.Asked.Count > 0);
        answer.SetResult();

        Assert.All(await Task.WhenAll(waiting).Within("all are answered"), Assert.Null);
        Assert.Single(run.Provider.Asked);
        Assert.Equal(Enumerable.Range(1, 5), await StoredAsync());
        Assert.Empty(await run.Stores.Positions.ListAsync(default));
    }

    [Fact]
    public async Task A_failure_answers_for_its_series_on_every_node_until_it_is_forgotten()
    {
        await using var redis = await RedisAsync();
        await using var run = Trades(Coinone);
        run.Provider.On("/KRW/BTC", CoinoneReplies.Error("108", "Unknown CryptoCurrency"), CoinoneReplies.Trades(Pair, 1, 2));
        using var feeds = Catalogue(run);
        var (here, there) = (Node(run, feeds, redis, run.Time), Node(run, feeds, redis, run.Time));

        var first = await FetchAsync(here, feeds);
        var again = await FetchAsync(here, feeds);
        var elsewhere = await FetchAsync(there, feeds);

        Assert.Equal((FetchFailureKind.NotFound, "108"), (first!.Kind, first.ProviderCode));
        Assert.Equal((first, first), (again, elsewhere));
        Assert.Single(run.Provider.Asked);
        run.Time.Advance(Settings.RememberFailures);
        await redis.CallAsync(database => database.ExecuteAsync("FLUSHDB"));
        Assert.Null(await FetchAsync(here, feeds));
        Assert.Equal(2, run.Provider.Asked.Count);
    }

    [Fact]
    public async Task A_provider_that_never_answers_is_a_timeout_after_the_last_attempt()
    {
        await using var run = Trades(Coinone);
        run.Provider.On("/KRW/BTC", ScriptedReply.Hang);
        using var feeds = Catalogue(run);

        var failure = await DrivenAsync(run, FetchAsync(Node(run, feeds, null, run.Time), feeds));

        Assert.Equal(FetchFailureKind.Timeout, failure!.Kind);
        Assert.Equal(2, run.Provider.Asked.Count);
    }

    [Fact]
    public async Task A_budget_that_is_used_up_keeps_nobody_waiting_past_the_bound()
    {
        await using var run = Trades(Coinone);
        run.Provider.On("/KRW/BTC", CoinoneReplies.Trades(Pair, 1, 2));
        using var feeds = Catalogue(run);
        feeds.Find("coinone", "trades")!.Client.Governor.HoldFor(TimeSpan.FromMinutes(4));

        var failure = await DrivenAsync(run, FetchAsync(Node(run, feeds, null, run.Time), feeds));

        Assert.Equal((FetchFailureKind.Timeout, "coinone could not be asked for btc-krw within 15 s."), (failure!.Kind, failure.Message));
        Assert.Empty(run.Provider.Asked);
    }

    [Fact]
    public async Task Who_goes_away_ends_nobody_elses_fetch()
    {
        await using var run = Trades(Coinone);
        var answer = new TaskCompletionSource();
        run.Provider.On("/KRW/BTC", CoinoneReplies.Trades(Pair, 1, 2) with { Gate = answer.Task });
        using var feeds = Catalogue(run);
        var node = Node(run, feeds, null, run.Time);
        using var gone = new CancellationTokenSource();
        var first = node.FetchAsync(feeds.Find("coinone", "trades")!, feeds.Find("coinone", "trades")!.RequestForPair(Pair), gone.Token);
        var second = FetchAsync(node, feeds);
        await Eventually.HoldsAsync(() => run.Provider.Asked.Count == 1);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.Within("the one who went is let go"));
        answer.SetResult();

        Assert.Null(await second.Within("the other is answered"));
        Assert.Single(run.Provider.Asked);
    }

    [Fact]
    public async Task Past_the_bound_of_fetches_another_series_is_refused_at_once()
    {
        await using var run = Trades(Coinone);
        var answer = new TaskCompletionSource();
        run.Provider.On("/KRW/", CoinoneReplies.Trades(Pair, 1, 2) with { Gate = answer.Task });
        using var feeds = Catalogue(run);
        var node = Node(run, feeds, null, run.Time, Settings with { MaxFetches = 1 });
        var first = FetchAsync(node, feeds);

        Assert.Equal(FetchFailureKind.Busy, (await FetchAsync(node, feeds, "eth-krw"))!.Kind);
        answer.SetResult();
        Assert.Null(await first.Within("the first is answered"));
    }

    [Fact]
    public async Task A_feed_that_is_switched_off_is_not_asked_and_says_why()
    {
        await using var run = Trades(Coinone);
        using var feeds = Catalogue(run, "akkacrypto.feeds.coinone.datasets.trades.enabled = false");

        var failure = await FetchAsync(Node(run, feeds, null, run.Time), feeds);

        Assert.Equal(FetchFailureKind.Disabled, failure!.Kind);
        Assert.Contains("akkacrypto.feeds.coinone.datasets.trades.enabled", failure.Message, StringComparison.Ordinal);
        Assert.Empty(run.Provider.Asked);
    }

    private static Task<FetchFailure?> FetchAsync(OnDemandFetch node, FeedCatalogue feeds, string pair = Pair)
    {
        var feed = feeds.Find("coinone", "trades")!;
        return node.FetchAsync(feed, feed.RequestForPair(pair), default);
    }

    private static FeedCatalogue Catalogue(FeedRun run, params string[] overrides)
    {
        var settings = TestSettings.Read([Coinone, .. overrides]);
        return new FeedCatalogue(() => settings, () => run.Provider, run.Time, new Random(1));
    }

    private static async Task<T> DrivenAsync<T>(FeedRun run, Task<T> task)
    {
        await Eventually.HoldsAsync(() =>
        {
            if (!task.IsCompleted && run.Time.ArmedTimers > 0)
            {
                run.Time.Advance(TimeSpan.FromMilliseconds(200));
            }

            return task.IsCompleted;
        });
        return await task;
    }

    private OnDemandFetch Node(
        FeedRun run, FeedCatalogue feeds, RedisConnection? redis, TimeProvider time, OnDemandSettings? settings = null) =>
        new(new ReplyIngest(feeds, run.Stores, new PairCatalogue(Database), run.Time), redis, () => settings ?? Settings, time);

    private async Task<RedisConnection> RedisAsync() => await RedisConnection.ConnectAsync(
        new RedisOptions(await _stores.NewRedisStateAsync(), TimeSpan.FromSeconds(10), "state"), TimeProvider.System,
        NullLogger<RedisConnection>.Instance);
}
