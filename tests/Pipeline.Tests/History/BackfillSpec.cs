using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.History;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Pipeline.Stages;
using AkkaCrypto.Pipeline.Tests.Ingest;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Feeds;
using Npgsql;
using Xunit.Abstractions;

namespace AkkaCrypto.Pipeline.Tests.History;

/// <summary>Backfills of the trades 1..200 of a provider that shows its past in pages of seven.</summary>
public sealed class BackfillSpec(StoreFixture stores, ITestOutputHelper output) : IngestSpec(stores)
{
    private const int PageSize = 7;
    private const int Pages = 29;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_range_is_walked_whole_and_told_page_by_page(bool backwards)
    {
        await using var run = WithPast(backwards);
        var reports = new List<BackfillReport>();

        await BackfillAsync(run, reports.Add);

        Assert.Equal(Enumerable.Range(1, 200), await StoredAsync());
        Assert.Equal((0, Pages, 200, true), (reports[0].Pages, reports[^1].Pages, reports[^1].Counts.Inserted, reports[^1].Finished));
        Assert.Equal(reports.Select(report => report.Done).Order(), reports.Select(report => report.Done));
        Assert.Equal(1, reports[^1].Done);
        Assert.Empty(await run.Stores.Positions.ListAsync(default));
    }

    [Fact]
    public async Task A_range_that_was_walked_is_not_asked_for_again()
    {
        await using var run = WithPast();
        await BackfillAsync(run);
        var asked = run.Provider.Asked.Count;

        var reports = new List<BackfillReport>();
        await BackfillAsync(run, reports.Add);

        Assert.Equal(asked, run.Provider.Asked.Count);
        Assert.True(Assert.Single(reports).Finished);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Killed_at_any_page_again_and_again_it_ends_as_if_it_never_had_been(bool backwards)
    {
        var random = new Random(Seed.Next(output) + (backwards ? 1 : 0));
        await using var run = WithPast(backwards);
        var kills = 0;
        for (var finished = false; !finished;)
        {
            using var kill = new CancellationTokenSource();
            var left = random.Next(1, 6);
            // Cut off as a page arrives: before it is written, while it is written, or after.
            run.Provider.On("/past/", request =>
            {
                if (--left <= 0)
                {
                    kill.CancelAfter(TimeSpan.FromMilliseconds(random.Next(3)));
                }

                return NumberedHistory.Reply(request, 1, 200);
            });
            try
            {
                await BackfillAsync(run, stop: kill.Token);
                finished = true;
            }
            catch (Exception cut) when (cut is OperationCanceledException or NpgsqlException)
            {
                Assert.True(++kills < 500);
            }
        }

        Assert.True(kills > 0);
        Assert.Equal(Enumerable.Range(1, 200), await StoredAsync());
        Assert.Equal([$"{Pages} 200"], await ColumnAsync<string>("SELECT pages || ' ' || records FROM ops.backfills"));
        Assert.Equal(["1 200"], await ColumnAsync<string>("SELECT shown_from_id || ' ' || shown_to_id FROM ops.backfills"));
    }

    [Fact]
    public async Task It_goes_on_with_the_page_after_the_last_committed_one()
    {
        await using var run = WithPast();
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => BackfillAsync(run, report => { if (report.Pages == 3) { stop.Cancel(); } }, stop.Token));
        var asked = run.Provider.Asked.Count;

        await BackfillAsync(run);

        Assert.Equal("/past/btc-krw/22-28", run.Provider.Asked[asked].Path);
        Assert.Equal(Pages - 3, run.Provider.Asked.Count - asked);
    }

    [Fact]
    public async Task A_second_process_on_the_same_backfill_is_refused_and_writes_nothing_twice()
    {
        await using var run = WithPast();
        var ran = false;

        await Assert.ThrowsAsync<BackfillMovedException>(() => BackfillAsync(run, report =>
        {
            if (report.Pages == 2 && !ran)
            {
                ran = true;
                BackfillAsync(run).Within("the other process is done").GetAwaiter().GetResult();
            }
        }));

        Assert.Equal(Enumerable.Range(1, 200), await StoredAsync());
        Assert.Equal([$"{Pages} 200"], await ColumnAsync<string>("SELECT pages || ' ' || records FROM ops.backfills"));
    }

    [Fact]
    public async Task A_page_that_can_not_be_had_is_asked_for_again_a_few_times_and_then_the_run_fails_and_can_go_on()
    {
        await using var run = WithPast(
            settings: ["akkacrypto.backfill.attempts = 3", "akkacrypto.feeds.coinone { attempts = 1, timeout = 10m }"]);
        run.Provider.On("/past/btc-krw/15-", CoinoneReplies.Error("405", "Server error"));
        var troubles = 0;
        var backfilling = BackfillAsync(run, report => troubles += report.Trouble is null ? 0 : 1);

        await run.UntilAsync(() => backfilling.IsCompleted);

        var failure = await Assert.ThrowsAsync<PageFailedException>(() => backfilling);
        Assert.Contains("provider_unavailable", failure.Message, StringComparison.Ordinal);
        Assert.Equal((2, 3), (troubles, run.Provider.AskedFor("/15-")));
        Assert.Equal(Enumerable.Range(1, 14), await StoredAsync());

        run.Provider.On("/past/", request => NumberedHistory.Reply(request, 1, 200));
        await BackfillAsync(run);
        Assert.Equal(Enumerable.Range(1, 200), await StoredAsync());
    }

    [Fact]
    public async Task Gaps_that_it_covers_are_filled_and_those_past_it_stay()
    {
        await using var run = WithPast();
        await run.Stores.Gaps.RegisterAsync([Gap(run, 10, 20), Gap(run, 190, 300)], default);

        await BackfillAsync(run);

        Assert.Equal(["200-300"], await GapsAsync());
    }

    [Fact]
    public async Task A_walk_that_stands_still_is_stopped()
    {
        await using var run = Trades("akkacrypto.backfill.attempts = 1").WithHistory(new StandingHistory());
        run.Provider.On("/past/", CoinoneReplies.Trades(Pair, 1, 5));

        var failure = await Assert.ThrowsAsync<PageFailedException>(() => BackfillAsync(run));

        Assert.Contains("that page again", failure.Message, StringComparison.Ordinal);
    }

    private FeedRun WithPast(bool backwards = false, params string[] settings)
    {
        var run = Trades(settings).WithHistory(new NumberedHistory(PageSize, backwards));
        run.Provider.On("/past/", request => NumberedHistory.Reply(request, 1, 200));
        return run;
    }

    private Task BackfillAsync(FeedRun run, Action<BackfillReport>? report = null, CancellationToken stop = default) =>
        new Backfill(
            new BackfillStore(Database), new PageIntake(run.Stores, static (_, _) => { }), () => run.Settings.Backfill, run.Time)
        .RunAsync(
            run.Feed, new HistoryRange(run.Feed.Series[0], CoinoneReplies.TimeOf(1), CoinoneReplies.TimeOf(201)),
            report ?? (static _ => { }), stop);

    private static Gap Gap(FeedRun run, int from, int to) => new(
        run.Feed.KeyOf(run.Feed.Series[0]), Place(from), $"{from}", Place(to), $"{to}", "made up for the test", run.Time.GetUtcNow());

    private static Contracts.Text.ProviderTime Place(int trade) => Contracts.Text.ProviderTime.From(CoinoneReplies.TimeOf(trade), 3);

    private sealed class StandingHistory : IHistory
    {
        public SeriesRequest First(HistoryRange range) => range.Request with { Path = "/past/btc-krw/1-5" };

        public SeriesRequest? Next(
            HistoryRange range, SeriesRequest last, IReadOnlyList<Contracts.Market.NormalisedRecord> page) => last;
    }
}
