using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Feeds;

namespace AkkaCrypto.Pipeline.Tests.Ingest;

/// <summary>One reply at once, outside the streams.</summary>
public sealed class ReplyIngestSpec(StoreFixture stores) : IngestSpec(stores)
{
    [Fact]
    public async Task A_reply_fetched_now_is_stored_and_counted_and_moves_no_position()
    {
        await using var run = Trades();
        run.Provider.On("/KRW/BTC", CoinoneReplies.Trades(Pair, 1, 5), CoinoneReplies.Trades(Pair, 4, 8));
        using var feeds = Catalogue(run);
        var ingest = Ingest(run, feeds);

        var first = await ingest.FetchAsync("coinone", "trades", Pair, default);
        var second = await ingest.FetchAsync("coinone", "trades", Pair, default);

        Assert.Equal(new IngestCounts(5, 5, 0, 0, 0, 0), first.Counts);
        Assert.Equal(new IngestCounts(5, 3, 2, 0, 0, 0), second.Counts);
        Assert.NotNull(first.Numbers);
        Assert.Equal((first.Numbers, null), (second.Numbers, second.Error));
        Assert.Equal(Enumerable.Range(1, 8), await StoredAsync());
        Assert.Empty(await run.Stores.Positions.ListAsync(default));
    }

    [Fact]
    public async Task A_pair_that_no_feed_polls_can_be_fetched_too()
    {
        await using var run = Trades();
        run.Provider.On("/KRW/ADA", CoinoneReplies.Trades("ada-krw", 1, 2));
        using var feeds = Catalogue(run);

        Assert.Equal(2, (await Ingest(run, feeds).FetchAsync("coinone", "trades", "ada-krw", default)).Counts.Inserted);
    }

    [Fact]
    public async Task Garbage_that_the_provider_sent_is_kept_and_garbage_that_a_caller_made_up_is_not()
    {
        await using var run = Trades();
        run.Provider.On("/KRW/BTC", ScriptedReply.Ok("<html>"));
        using var feeds = Catalogue(run);
        var ingest = Ingest(run, feeds);

        var handed = await ingest.IngestAsync(
            "coinone", "trades", new ReplyContext(Pair: Pair), "made up"u8.ToArray(), "POST body", default);
        Assert.Empty(await LettersAsync());
        var fetched = await ingest.FetchAsync("coinone", "trades", Pair, default);

        Assert.Equal([RefusalCode.MalformedJson, RefusalCode.MalformedJson], [handed.Error!.Code, fetched.Error!.Code]);
        Assert.Equal((default, null), (handed.Counts, handed.Numbers));
        Assert.Equal(["malformed_json 1 <html>"], await LettersAsync());
    }

    [Fact]
    public async Task A_reply_of_another_pair_is_refused()
    {
        await using var run = Trades();
        using var feeds = Catalogue(run);

        var result = await Ingest(run, feeds).IngestAsync(
            "coinone", "trades", new ReplyContext(Pair: Pair), CoinoneReplies.Trades("eth-krw", 1, 2).Body, "POST body", default);

        Assert.Equal(RefusalCode.WrongPair, result.Error!.Code);
        Assert.Empty(await StoredAsync());
    }

    [Fact]
    public async Task A_providers_error_a_timeout_and_a_broken_connection_are_told_apart_and_write_nothing()
    {
        await using var run = Trades("akkacrypto.feeds.coinone { attempts = 1, timeout = 1s }");
        run.Provider.On(
            "/KRW/BTC", CoinoneReplies.Error("108", "Unknown CryptoCurrency"), ScriptedReply.Broken("reset"), ScriptedReply.Hang);
        using var feeds = Catalogue(run, "akkacrypto.feeds.coinone { attempts = 1, timeout = 1s }");
        var ingest = Ingest(run, feeds);

        var error = await ingest.FetchAsync("coinone", "trades", Pair, default);
        var broken = await ingest.FetchAsync("coinone", "trades", Pair, default);
        var late = ingest.FetchAsync("coinone", "trades", Pair, default);
        await run.UntilAsync(() => late.IsCompleted);

        Assert.Equal((RefusalCode.NotFound, "108", false), (error.Error!.Code, error.Error.ProviderCode, error.Timeout));
        Assert.Equal((RefusalCode.ProviderUnavailable, false), (broken.Error!.Code, broken.Timeout));
        Assert.Equal((RefusalCode.ProviderUnavailable, true), ((await late).Error!.Code, (await late).Timeout));
        Assert.Empty(await LettersAsync());
    }

    [Fact]
    public async Task A_dataset_that_the_settings_do_not_have_is_the_callers_mistake()
    {
        await using var run = Trades();
        using var feeds = Catalogue(run);

        var mistake = await Assert.ThrowsAsync<ArgumentException>(() => Ingest(run, feeds).FetchAsync("coinone", "markets", Pair, default));

        Assert.Contains("The settings have no dataset markets of coinone", mistake.Message, StringComparison.Ordinal);
    }

    private static FeedCatalogue Catalogue(FeedRun run, params string[] overrides)
    {
        var settings = TestSettings.Read(overrides);
        return new FeedCatalogue(() => settings, () => run.Provider, run.Time, new Random(1));
    }

    private ReplyIngest Ingest(FeedRun run, FeedCatalogue feeds) => new(feeds, run.Stores, new PairCatalogue(Database), run.Time);
}
