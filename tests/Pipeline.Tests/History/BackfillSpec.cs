using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.History;
using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Pipeline.Stages;
using AkkaCrypto.Pipeline.Tests.Ingest;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Feeds;
using AkkaCrypto.TestKit.Servers;
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
    public async Task A_second_run_of_the_same_backfill_is_refused_with_who_runs_it_and_the_first_one_ends()
    {
        await using var run = WithPast();
        var second = new List<BackfillHeldException>();

        await BackfillAsync(run, report =>
        {
            if (report.Pages == 2)
            {
                second.Add(Assert.Throws<BackfillHeldException>(
                    () => BackfillAsync(run).Within("it is refused").GetAwaiter().GetResult()));
            }
        });

        Assert.Contains($"is being run by process {Environment.ProcessId} on ", Assert.Single(second).Message, StringComparison.Ordinal);
        Assert.Equal(Pages, run.Provider.Asked.Count);
        Assert.Equal([$"{Pages} 200"], await ColumnAsync<string>("SELECT pages || ' ' || records FROM ops.backfills"));
    }

    [Fact]
    public async Task Another_series_or_range_is_run_beside_it()
    {
        await using var run = WithPast();
        var ended = false;

        await BackfillAsync(run, report =>
        {
            if (report.Pages == 2)
            {
                BackfillAsync(run, to: 20).Within("the shorter range is walked").GetAwaiter().GetResult();
                ended = true;
            }
        });

        Assert.True(ended);
        Assert.Equal(Enumerable.Range(1, 200), await StoredAsync());
    }

    [Fact]
    public async Task A_run_that_was_cut_off_loses_the_backfill_by_itself_and_the_next_goes_on_where_it_ended()
    {
        await using var run = WithPast(settings: ["akkacrypto.backfill.attempts = 1"]);
        var server = new NpgsqlConnectionStringBuilder(ConnectionString);
        await using var relay = new TcpRelay(server.Port);
        await using var killed = TestDatabase.Open(
            new NpgsqlConnectionStringBuilder(ConnectionString) { Port = relay.Port, Host = "127.0.0.1" }.ConnectionString);
        var (reached, end) = (new TaskCompletionSource(), new TaskCompletionSource());
        var first = Task.Run(() => BackfillAsync(run, report =>
        {
            if (report.Pages == 3 && reached.TrySetResult())
            {
                end.Task.GetAwaiter().GetResult();
            }
        }, over: killed));
        await reached.Task.Within("three pages are stored");
        var asked = run.Provider.Asked.Count;

        relay.Cut();
        await BackfillAsync(run).Within("the next run walks the rest");

        Assert.Equal("/past/btc-krw/22-28", run.Provider.Asked[asked].Path);
        Assert.Equal(Enumerable.Range(1, 200), await StoredAsync());
        end.SetResult();
        await Assert.ThrowsAsync<PageFailedException>(() => first).Within("the first run finds that it is cut off");
        Assert.Equal([$"{Pages} 200"], await ColumnAsync<string>("SELECT pages || ' ' || records FROM ops.backfills"));
    }

    [Fact]
    public async Task A_run_whose_session_the_database_lost_is_fenced_off_by_the_next()
    {
        await using var run = WithPast();

        await Assert.ThrowsAsync<BackfillMovedException>(() => BackfillAsync(run, report =>
        {
            if (report.Pages == 2)
            {
                Terminate().GetAwaiter().GetResult();
                using var stop = new CancellationTokenSource();
                // The next run begins, and commits nothing yet: by the pages alone the first one's would still be the next.
                Assert.ThrowsAny<OperationCanceledException>(
                    () => BackfillAsync(run, _ => stop.Cancel(), stop.Token).Within("the next has begun").GetAwaiter().GetResult());
            }
        }));

        Assert.Equal(Enumerable.Range(1, 2 * PageSize), await StoredAsync());
        await BackfillAsync(run);
        Assert.Equal([$"{Pages} 200"], await ColumnAsync<string>("SELECT pages || ' ' || records FROM ops.backfills"));

        Task Terminate() => ColumnAsync<bool>(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory' AND classid = 16966");
    }

    [Fact]
    public async Task A_final_answer_of_the_provider_ends_the_run_at_once_with_the_reason()
    {
        await using var run = WithPast();
        run.Provider.On("/past/btc-krw/15-", CoinoneReplies.Error("108", "Unknown cryptocurrency"));
        var reports = new List<BackfillReport>();

        var failure = await Assert.ThrowsAsync<PageFailedException>(
            () => BackfillAsync(run, reports.Add).Within("it ends without a pause"));

        Assert.Equal("not_found: Coinone answered with an error: Unknown cryptocurrency", failure.Message);
        Assert.Equal(1, run.Provider.AskedFor("/15-"));
        Assert.All(reports, report => Assert.Null(report.Trouble));
        Assert.Equal(Enumerable.Range(1, 14), await StoredAsync());
    }

    [Fact]
    public async Task A_page_that_came_garbled_is_no_final_answer_and_is_asked_for_again()
    {
        await using var run = WithPast();
        run.Provider.On("/past/btc-krw/15-", request => request.Number == 1
            ? CoinoneReplies.Trades(Pair, 15, 20, price: "none")
            : NumberedHistory.Reply(request, 1, 200));

        var backfilling = BackfillAsync(run);
        await run.UntilAsync(() => backfilling.IsCompleted);
        await backfilling;

        Assert.Equal(2, run.Provider.AskedFor("/15-"));
        Assert.Equal(Enumerable.Range(1, 200), await StoredAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_pages_show_outside_of_the_range_is_counted_and_not_stored(bool backwards)
    {
        await using var run = WithPast(backwards);
        run.Provider.On("/past/", request => NumberedHistory.Reply(request, 1, 200, around: 3));
        var reports = new List<BackfillReport>();

        await BackfillAsync(run, reports.Add, from: 50, to: 60);

        Assert.Equal(Enumerable.Range(50, 10), await StoredAsync());
        Assert.Equal(10, reports[^1].Counts.Inserted);
        Assert.True(reports[^1].Outside >= 6, $"{reports[^1].Outside} were counted");
        Assert.Equal(["50 59"], await ColumnAsync<string>("SELECT shown_from_id || ' ' || shown_to_id FROM ops.backfills"));
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
    public async Task A_gap_that_the_repair_has_given_up_is_filled_too_once_the_provider_shows_it()
    {
        await using var run = WithPast();
        await run.Stores.Gaps.RegisterAsync([Gap(run, 10, 20)], default);
        await ColumnAsync<string>("UPDATE ops.gaps SET state = 'unfillable', last_error = 'not_found' RETURNING state");

        await BackfillAsync(run);

        Assert.Empty(await GapsAsync());
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

    /// <param name="over">The way to the database; null: the test's own.</param>
    private Task BackfillAsync(
        FeedRun run, Action<BackfillReport>? report = null, CancellationToken stop = default, int from = 1, int to = 201,
        NpgsqlDataSource? over = null)
    {
        var database = over ?? Database;
        var stores = FeedStores.Over(database, new PairCatalogue(database), run.Time);
        return new Backfill(
            new BackfillStore(database), new PageIntake(stores, static (_, _) => { }), () => run.Settings.Backfill, run.Time)
            .RunAsync(
                run.Feed, new HistoryRange(run.Feed.Series[0], CoinoneReplies.TimeOf(from), CoinoneReplies.TimeOf(to)),
                report ?? (static _ => { }), stop);
    }

    private static Gap Gap(FeedRun run, int from, int to) => new(
        run.Feed.KeyOf(run.Feed.Series[0]), Place(from), $"{from}", Place(to), $"{to}", "made up for the test", run.Time.GetUtcNow());

    private static Contracts.Text.ProviderTime Place(int trade) => Contracts.Text.ProviderTime.From(CoinoneReplies.TimeOf(trade), 3);

    private sealed class StandingHistory : IHistory
    {
        public SeriesRequest First(HistoryRange range) => range.Request with { Path = "/past/btc-krw/1-5" };

        public SeriesRequest? Next(
            HistoryRange range, SeriesRequest last, IReadOnlyList<Contracts.Market.NormalisedRecord> page, int unread = 0) => last;
    }
}
