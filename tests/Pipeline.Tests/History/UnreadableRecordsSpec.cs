using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.History;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Pipeline.Tests.Ingest;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Feeds;

namespace AkkaCrypto.Pipeline.Tests.History;

/// <summary>Pages of Coinone's trades of which one can't be read: what lies between its neighbours is not taken for shown.</summary>
public sealed class UnreadableRecordsSpec(StoreFixture stores) : IngestSpec(stores)
{
    private const int Newest = 500;

    [Theory]
    [InlineData(false, 215, "214-216")]
    [InlineData(true, 215, "214-216")]
    [InlineData(false, 229, "228-230")] // the last of a page
    [InlineData(false, 230, "229-231")] // the first of one
    [InlineData(true, 242, "241-243")]
    [InlineData(true, 241, "240-242")]
    public async Task A_repair_does_not_close_the_gap_over_it_and_a_later_clean_answer_does(bool backwards, int garbled, string left)
    {
        await using var run = Trades().WithHistory(new NumberedHistory(30, backwards));
        run.Provider.On("/trades/", CoinoneReplies.Newest(Pair, 200), CoinoneReplies.Newest(Pair, Newest));
        run.Start();
        await run.UntilAsync(() => run.Committed.Count >= 2);
        await run.StopAsync();
        run.Provider.On("/past/", request => Page(request, garbled));
        var repair = RepairOf(run);

        await repair.LookAsync([run.Feed], default);

        Assert.Equal([left], await GapsAsync());
        Assert.Equal(Enumerable.Range(1, Newest).Where(number => number != garbled), await StoredAsync());

        run.Provider.On("/past/", request => Page(request));
        run.Time.Advance(run.Settings.Repair.MaxPause);
        await repair.LookAsync([run.Feed], default);

        Assert.Empty(await GapsAsync());
        Assert.Equal(Enumerable.Range(1, Newest), await StoredAsync());
    }

    [Theory]
    [InlineData(false, "10-12", 11)]
    [InlineData(true, "10-12", 11)]
    [InlineData(false, "13-15", 14)] // the last of a page
    [InlineData(false, "14-16", 15)] // the first of one
    [InlineData(false, "12-17", 13, 14, 15, 16)] // over two pages
    [InlineData(true, "13-15 17-19", 14, 18)]
    public async Task A_backfill_registers_it_between_its_neighbours_wherever_it_was_cut_off(
        bool backwards, string left, params int[] garbled)
    {
        await using var run = Trades().WithHistory(new NumberedHistory(7, backwards));
        run.Provider.On("/past/", request => Page(request, garbled));

        for (var finished = false; !finished;)
        {
            finished = await BackfillOnePageAsync(run);
        }

        Assert.Equal(left.Split(' ').Order(), (await GapsAsync()).Order());
        Assert.Equal(Enumerable.Range(1, 28).Except(garbled), await StoredAsync());
    }

    [Fact]
    public async Task A_gap_that_a_backfill_registered_is_repaired()
    {
        await using var run = Trades().WithHistory(new NumberedHistory(7));
        run.Provider.On("/past/", request => Page(request, 11));
        await BackfillAsync(run);
        run.Provider.On("/past/", request => Page(request));

        await RepairOf(run).LookAsync([run.Feed], default);

        Assert.Empty(await GapsAsync());
        Assert.Equal(Enumerable.Range(1, 28), await StoredAsync());
    }

    [Fact]
    public async Task The_replay_of_the_corrected_letter_fills_its_gap()
    {
        await using var run = Trades().WithHistory(new NumberedHistory(7));
        run.Provider.On("/past/", request => Page(request, 10, 12, 20));
        await BackfillAsync(run);
        Assert.Equal(["9-11", "11-13", "19-21"], await GapsAsync());
        var letters = await ColumnAsync<long>("""
            UPDATE ops.dead_letters SET payload = convert_to(replace(convert_from(payload, 'UTF8'), '"none"', '"100.5"'), 'UTF8')
            RETURNING dead_letter_id
            """);

        var replayed = await new DeadLetterReplay(run.Stores, run.Time).ReplayAsync(letters.Min(), default);

        Assert.Null(replayed!.Replay.Code);
        Assert.Equal(["19-21"], await GapsAsync());
        Assert.Equal(Enumerable.Range(1, 28).Where(number => number != 20), await StoredAsync());
    }

    [Fact]
    public async Task A_letter_that_still_can_not_be_read_fills_nothing()
    {
        await using var run = Trades().WithHistory(new NumberedHistory(7));
        run.Provider.On("/past/", request => Page(request, 11));
        await BackfillAsync(run);

        var letter = Assert.Single(await ColumnAsync<long>("SELECT dead_letter_id FROM ops.dead_letters"));
        await new DeadLetterReplay(run.Stores, run.Time).ReplayAsync(letter, default);

        Assert.Equal(["10-12"], await GapsAsync());
    }

    [Fact]
    public async Task A_corrected_body_that_a_caller_handed_in_proves_nothing()
    {
        await using var run = Trades().WithHistory(new NumberedHistory(7));
        run.Provider.On("/past/", request => Page(request, 11));
        await BackfillAsync(run);
        var letter = Assert.Single(await ColumnAsync<long>("""
            UPDATE ops.dead_letters SET payload = convert_to(replace(convert_from(payload, 'UTF8'), '"none"', '"100.5"'), 'UTF8'),
                origin = 'POST /internal-api/coinone-worker/public/trades'
            RETURNING dead_letter_id
            """));

        await new DeadLetterReplay(run.Stores, run.Time).ReplayAsync(letter, default);

        Assert.Equal(Enumerable.Range(1, 28), await StoredAsync());
        Assert.Equal(["10-12"], await GapsAsync());
    }

    [Fact]
    public async Task Where_its_neighbour_lies_outside_of_a_backfills_range_that_is_stored_as_the_gaps_bound()
    {
        await using var run = Trades().WithHistory(new NumberedHistory(7));
        run.Provider.On("/past/", request => NumberedHistory.Numbers(request.Path) is var (from, to)
            ? CoinoneReplies.Garbled(Pair, Math.Max(1, from - 3), to + 3, 9, 17) : throw new InvalidOperationException());

        await BackfillAsync(run, from: 9, to: 17);

        Assert.Equal(["8-10", "16-18"], await GapsAsync());
        Assert.Equal([8, .. Enumerable.Range(10, 7), 18], await StoredAsync());
    }

    [Fact]
    public async Task A_schedule_whose_provider_shows_no_past_registers_it()
    {
        await using var run = Trades(
            """
            akkacrypto.schedules = null
            akkacrypto.schedules.bulk = ${akkacrypto.schedule-defaults} { cron = "0 0 6 * * ?", provider = coinone, dataset = trades }
            """);
        run.Provider.On("/trades/", CoinoneReplies.Garbled(Pair, 1, 9, 4));
        await run.Stores.Gaps.RegisterAsync([GapOf(run, 2, 8)], default);
        var runner = new ScheduleRunner(
            (_, _) => run.Feed, new ScheduleStore(Database, "node"), IntakeOf(run), () => run.Settings.Schedules, run.Time,
            new RecordingLog<ScheduleRunner>());

        await runner.TurnAsync("bulk", run.Settings.Schedules["bulk"], default);
        run.Time.Advance(TimeSpan.FromHours(6));
        await runner.TurnAsync("bulk", run.Settings.Schedules["bulk"], default);

        Assert.Equal(["3-5"], await GapsAsync());
    }

    [Fact]
    public async Task A_feed_registers_it_once_and_fills_it_when_its_next_window_can_be_read()
    {
        await using var run = Trades();
        run.Provider.On(
            "/trades/", CoinoneReplies.Trades(Pair, 1, 5), CoinoneReplies.Garbled(Pair, 1, 10, 3, 8),
            CoinoneReplies.Garbled(Pair, 1, 11, 8), CoinoneReplies.Trades(Pair, 1, 12));
        run.Start();

        // What was read before is no gap when it comes garbled.
        await run.UntilAsync(() => run.Committed.Count >= 2);
        Assert.Equal(["7-9"], run.Committed[1].Gaps.Select(gap => $"{gap.FromId}-{gap.ToId}"));
        await run.UntilAsync(() => run.Committed.Count >= 4);

        Assert.Empty(await GapsAsync());
        Assert.Equal(Enumerable.Range(1, 12), await StoredAsync());
    }

    private static ScriptedReply Page(ScriptedRequest request, params int[] garbled)
    {
        var (from, to) = NumberedHistory.Numbers(request.Path);
        return CoinoneReplies.Garbled(Pair, from, Math.Min(to, Newest), garbled);
    }

    private Task BackfillAsync(
        FeedRun run, Action<BackfillReport>? report = null, CancellationToken stop = default, int from = 1, int to = 29) =>
        new Backfill(new BackfillStore(Database), IntakeOf(run), () => run.Settings.Backfill, run.Time).RunAsync(
            run.Feed, new HistoryRange(run.Feed.Series[0], CoinoneReplies.TimeOf(from), CoinoneReplies.TimeOf(to)),
            report ?? (static _ => { }), stop);

    /// <returns>Whether that was the last one.</returns>
    private async Task<bool> BackfillOnePageAsync(FeedRun run)
    {
        using var kill = new CancellationTokenSource();
        var begun = -1;
        try
        {
            await BackfillAsync(
                run,
                report =>
                {
                    begun = begun < 0 ? report.Pages : begun;
                    if (report.Pages > begun)
                    {
                        kill.Cancel();
                    }
                },
                kill.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static Gap GapOf(FeedRun run, int from, int to) => new(
        run.Feed.KeyOf(run.Feed.Series[0]), Place(from), $"{from}", Place(to), $"{to}", "made up for the test", run.Time.GetUtcNow());

    private static ProviderTime Place(int trade) => ProviderTime.From(CoinoneReplies.TimeOf(trade), 3);
}
