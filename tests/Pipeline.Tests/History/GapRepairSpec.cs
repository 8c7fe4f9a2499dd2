using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.History;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Pipeline.Tests.Ingest;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Feeds;

namespace AkkaCrypto.Pipeline.Tests.History;

/// <summary>Gaps of Coinone's trades, whose provider here shows its past.</summary>
public sealed class GapRepairSpec(StoreFixture stores) : IngestSpec(stores)
{
    private const int Newest = 500;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_gap_is_filled_from_the_providers_past_and_leaves_the_counts(bool backwards)
    {
        await using var run = await WithGapAsync(new NumberedHistory(30, backwards));
        run.Provider.On("/past/", request => NumberedHistory.Reply(request, 1, Newest));

        await RepairOf(run).LookAsync([run.Feed], default);

        Assert.Equal(Enumerable.Range(1, Newest), await StoredAsync());
        Assert.Equal("filled", Assert.Single(await StatesAsync()));
        Assert.Equal(0, run.Status.OpenGaps);
        Assert.Equal(Newest, run.Status.Counts.Inserted);
    }

    [Theory]
    [InlineData(false, "200-250")]
    [InlineData(true, "200-250")]
    public async Task What_the_provider_no_longer_shows_stays_a_gap_with_its_exact_bounds_and_ends_as_unfillable(
        bool backwards, string left)
    {
        await using var run = await WithGapAsync(new NumberedHistory(30, backwards), "akkacrypto.repair.attempts = 3");
        run.Provider.On("/past/", request => NumberedHistory.Reply(request, 250, Newest));
        var repair = RepairOf(run);

        for (var look = 0; look < 6; look++)
        {
            await repair.LookAsync([run.Feed], default);
            run.Time.Advance(run.Settings.Repair.MaxPause);
        }

        Assert.Equal([left], await GapsAsync());
        Assert.Equal(
            ["unfillable"], await ColumnAsync<string>("SELECT state FROM ops.gaps WHERE last_error LIKE '%does not show all of it%'"));
        Assert.Equal([.. Enumerable.Range(1, 200), .. Enumerable.Range(250, Newest - 249)], await StoredAsync());
        Assert.Equal(1, run.Status.OpenGaps);
        var asked = run.Provider.AskedFor("/past/");
        await repair.LookAsync([run.Feed], default);
        Assert.Equal(asked, run.Provider.AskedFor("/past/"));
    }

    [Fact]
    public async Task A_failure_under_way_keeps_what_came_and_the_next_attempt_asks_for_the_rest_after_a_growing_pause()
    {
        await using var run = await WithGapAsync(new NumberedHistory(30), "akkacrypto.feeds.coinone.attempts = 1");
        var broken = true;
        run.Provider.On(
            "/past/", request => broken && NumberedHistory.Numbers(request.Path).To >= 240
                ? CoinoneReplies.Error("405", "Server error") : NumberedHistory.Reply(request, 1, Newest));
        var repair = RepairOf(run);
        await repair.LookAsync([run.Feed], default);

        // It shrank first, and then one attempt brought nothing.
        Assert.Equal(["229-301"], await GapsAsync());
        Assert.StartsWith(
            "provider_unavailable", Assert.Single(await ColumnAsync<string>("SELECT last_error FROM ops.gaps")), StringComparison.Ordinal);
        var asked = run.Provider.Asked.Count;
        run.Time.Advance(run.Settings.Repair.MinPause - TimeSpan.FromSeconds(1));
        await repair.LookAsync([run.Feed], default);
        Assert.Equal(asked, run.Provider.Asked.Count);

        broken = false;
        run.Time.Advance(TimeSpan.FromSeconds(1));
        await repair.LookAsync([run.Feed], default);

        Assert.Equal(Enumerable.Range(1, Newest), await StoredAsync());
        Assert.StartsWith("/past/btc-krw/229-", run.Provider.Asked[asked].Path, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("108", "not_found")]
    [InlineData("101", "bad_request")]
    public async Task After_a_final_answer_the_rest_of_the_gap_is_unfillable_with_the_reason_and_is_not_asked_for_again(
        string code, string kind)
    {
        await using var run = await WithGapAsync(new NumberedHistory(30));
        run.Provider.On("/past/", request => NumberedHistory.Numbers(request.Path).To >= 240
            ? CoinoneReplies.Error(code, "no such thing") : NumberedHistory.Reply(request, 1, Newest));
        var repair = RepairOf(run);

        for (var look = 0; look < 3; look++)
        {
            await repair.LookAsync([run.Feed], default);
            run.Time.Advance(run.Settings.Repair.MaxPause);
        }

        Assert.Equal(["/past/btc-krw/200-229", "/past/btc-krw/230-259"], PagesOf(run));
        Assert.Equal(["229-301"], await GapsAsync());
        Assert.Equal(
            [$"unfillable {kind}: Coinone answered with an error: no such thing"],
            await ColumnAsync<string>("SELECT state || ' ' || last_error FROM ops.gaps"));
        Assert.Equal(1, run.Status.OpenGaps);
    }

    [Fact]
    public async Task A_key_that_is_refused_can_be_mended_and_its_gap_waits()
    {
        await using var run = await WithGapAsync(new NumberedHistory(30));
        run.Provider.On("/past/", CoinoneReplies.Error("12", "Invalid access token"));

        await RepairOf(run).LookAsync([run.Feed], default);

        Assert.Equal(["open 1"], await ColumnAsync<string>("SELECT state || ' ' || attempts FROM ops.gaps"));
    }

    [Fact]
    public async Task A_long_gap_gives_way_after_its_pages_and_goes_on_at_its_next_turn()
    {
        await using var run = await WithGapAsync(new NumberedHistory(10), "akkacrypto.repair.pages-per-turn = 2");
        run.Provider.On("/past/", request => NumberedHistory.Reply(request, 1, Newest));
        await RegisterAsync(run, 10, 15);

        await RepairOf(run).LookAsync([run.Feed], default);

        Assert.Equal(["filled", "filled"], await StatesAsync());
        Assert.Equal(Enumerable.Range(1, Newest), await StoredAsync());
        Assert.Equal("/past/btc-krw/10-19", PagesOf(run)[0]);
    }

    [Fact]
    public async Task Two_nodes_ask_for_no_page_twice()
    {
        await using var run = await WithGapAsync(new NumberedHistory(10));
        for (var n = 1; n < 10; n++)
        {
            await RegisterAsync(run, n * 20, (n * 20) + 9);
        }

        run.Provider.On("/past/", request => NumberedHistory.Reply(request, 1, Newest));

        await Task.WhenAll(
            Enumerable.Range(0, 2).Select(node => Task.Run(() => RepairOf(run, $"node {node}").LookAsync([run.Feed], default))));

        Assert.All(await StatesAsync(), state => Assert.Equal("filled", state));
        Assert.Equal(PagesOf(run).Distinct(), PagesOf(run));
    }

    [Fact]
    public async Task What_a_walk_jumped_over_on_its_way_to_the_gap_is_not_taken_for_shown()
    {
        await using var run = await WithGapAsync(new NewestFirst(new NumberedHistory(30, backwards: true)));
        await RegisterAsync(run, 400, 420);
        run.Provider.On("/past/", request => NumberedHistory.Numbers(request.Path) is var (from, to) && from < 420 && to > 400
            ? CoinoneReplies.Error("405", "Server error") : NumberedHistory.Reply(request, 1, Newest));

        await RepairOf(run).LookAsync([run.Feed], default);

        Assert.Equal(Enumerable.Range(1, Newest), await StoredAsync());
        Assert.Equal(["400-420"], await GapsAsync());
    }

    [Fact]
    public async Task A_gap_that_does_not_come_in_sight_within_so_many_pages_waits()
    {
        await using var run = await WithGapAsync(
            new NewestFirst(new NumberedHistory(10, backwards: true), jumps: false), "akkacrypto.repair.pages-to-reach = 5");
        run.Provider.On("/past/", request => NumberedHistory.Reply(request, 1, Newest));

        await RepairOf(run).LookAsync([run.Feed], default);

        Assert.Equal(5, PagesOf(run).Count);
        Assert.Contains(
            "did not come in sight within 5 pages", Assert.Single(await ColumnAsync<string>("SELECT last_error FROM ops.gaps")),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stopped_repair_hands_its_gap_back_and_the_attempt_does_not_count()
    {
        await using var run = await WithGapAsync(new NumberedHistory(30));
        run.Provider.On("/past/", ScriptedReply.Hang);
        using var stop = new CancellationTokenSource();
        var repairing = RepairOf(run).LookAsync([run.Feed], stop.Token);
        await Eventually.HoldsAsync(() => run.Provider.AskedFor("/past/") > 0);

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => repairing.Within("the repair stops"));

        Assert.Equal("open", Assert.Single(await StatesAsync()));
        Assert.Equal(0, Assert.Single(await ColumnAsync<int>("SELECT attempts FROM ops.gaps")));
    }

    [Fact]
    public async Task Without_a_past_to_ask_for_a_gap_is_unfillable_with_that_reason_and_shrinks_when_a_window_shows_part_of_it()
    {
        await using var run = Trades();
        run.Provider.On(
            "/trades/", CoinoneReplies.Newest(Pair, 200), CoinoneReplies.Newest(Pair, 500), CoinoneReplies.Newest(Pair, 500),
            CoinoneReplies.Trades(Pair, 280, 479), CoinoneReplies.Newest(Pair, 520));
        run.Start();
        await run.UntilAsync(() => run.Committed.Count >= 2);

        await RepairOf(run).LookAsync([run.Feed], default);
        Assert.Equal("unfillable", Assert.Single(await StatesAsync()));
        Assert.Equal(
            "coinone shows only its newest 200 records, and none before them",
            Assert.Single(await ColumnAsync<string>("SELECT last_error FROM ops.gaps")));

        await run.UntilAsync(() => run.Committed.Count >= 5);
        Assert.Equal(["200-280"], await GapsAsync());
    }

    [Fact]
    public async Task A_paused_stream_and_a_switch_hold_the_repair()
    {
        await using var run = await WithGapAsync(new NumberedHistory(30));
        run.Provider.On("/past/", request => NumberedHistory.Reply(request, 1, Newest));
        var repair = RepairOf(run);

        run.Change("akkacrypto.streams.trades.paused = true");
        await repair.LookAsync([run.Feed], default);
        run.Change("akkacrypto.repair.enabled = false");
        await repair.LookAsync([run.Feed], default);
        Assert.Equal("open", Assert.Single(await StatesAsync()));

        run.Change();
        await repair.LookAsync([run.Feed], default);
        Assert.Equal("filled", Assert.Single(await StatesAsync()));
    }

    /// <summary>A feed that has stored 1 to 200 and 301 to 500, and knows what it missed; stopped.</summary>
    private async Task<FeedRun> WithGapAsync(IHistory history, params string[] settings)
    {
        var run = Trades(settings).WithHistory(history);
        run.Provider.On("/trades/", CoinoneReplies.Newest(Pair, 200), CoinoneReplies.Newest(Pair, Newest));
        run.Start();
        await run.UntilAsync(() => run.Committed.Count >= 2);
        await run.StopAsync();
        Assert.Equal(["200-301"], await GapsAsync());
        return run;
    }

    private static Task RegisterAsync(FeedRun run, int from, int to) => run.Stores.Gaps.RegisterAsync(
        [
            new Gap(
                new SeriesKey("coinone", "trades", Pair), Time(from), $"{from}", Time(to), $"{to}", "made up for the test",
                run.Time.GetUtcNow()),
        ],
        default);

    private static IReadOnlyList<string> PagesOf(FeedRun run) =>
        [.. run.Provider.Asked.Select(request => request.Path).Where(path => path.StartsWith("/past", StringComparison.Ordinal))];

    private Task<IReadOnlyList<string>> StatesAsync() => ColumnAsync<string>("SELECT state FROM ops.gaps ORDER BY gap_id");

    private static ProviderTime Time(int trade) => ProviderTime.From(CoinoneReplies.TimeOf(trade), 3);

    /// <summary>Shows the newest page first, and comes to the range from there: by a jump, or page by page.</summary>
    private sealed class NewestFirst(NumberedHistory pages, bool jumps = true) : IHistory
    {
        private const string First491 = "/past/btc-krw/491-500";

        SeriesRequest IHistory.First(HistoryRange range) => range.Request with { Path = First491 };

        SeriesRequest? IHistory.Next(
            HistoryRange range, SeriesRequest last, IReadOnlyList<Contracts.Market.NormalisedRecord> page, int unread) =>
            jumps && last.Path == First491 ? pages.First(range) : pages.Next(range, last, page, unread);
    }
}
