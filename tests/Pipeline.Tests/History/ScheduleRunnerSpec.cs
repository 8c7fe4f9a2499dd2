using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.History;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Pipeline.Tests.Ingest;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Feeds;

namespace AkkaCrypto.Pipeline.Tests.History;

/// <summary>A daily schedule over three pairs of Coinone's trades; the clock starts at midnight, 1 January.</summary>
public sealed class ScheduleRunnerSpec(StoreFixture stores) : IngestSpec(stores)
{
    private const string Name = "bulk";

    private readonly RecordingLog<ScheduleRunner> _log = new();

    private const string Schedule =
        """
        akkacrypto.schedules = null
        akkacrypto.schedules.bulk = ${akkacrypto.schedule-defaults} { cron = "0 0 6 * * ?", provider = coinone, dataset = trades }
        akkacrypto.feeds.coinone { attempts = 1, datasets.trades.pairs = [btc-krw, eth-krw, xrp-krw] }
        """;

    [Fact]
    public async Task It_runs_once_when_its_time_has_come_and_not_before()
    {
        await using var run = Answering();
        var runner = RunnerOf(run);

        await TurnAsync(runner, run);
        run.Time.Advance(TimeSpan.FromHours(6) - TimeSpan.FromSeconds(1));
        await TurnAsync(runner, run);
        Assert.Empty(run.Provider.Asked);

        run.Time.Advance(TimeSpan.FromSeconds(1));
        await TurnAsync(runner, run);
        await TurnAsync(runner, run);

        Assert.Equal(3, run.Provider.Asked.Count);
        var last = Assert.Single(runner.Statuses()).LastRun!;
        Assert.Equal(
            (ScheduleRunState.Done, At(1, 6), 3, 3, 0, 15L, 15L, 0),
            (last.State, last.ScheduledFor, last.SeriesDone, last.SeriesTotal, last.SeriesFailed, last.Attempted, last.Inserted,
            last.Missed));
        Assert.Equal(At(2, 6), runner.Statuses()[0].NextAt);
        Assert.Equal(15, run.Status.Counts.Inserted);
    }

    [Fact]
    public async Task Times_that_were_missed_are_made_up_for_by_one_run_since_the_last_that_went_well()
    {
        await using var run = Answering();
        await AtSixAsync(RunnerOf(run), run);
        run.Time.Advance(TimeSpan.FromDays(3) + TimeSpan.FromHours(1));

        // A start after downtime.
        var runner = RunnerOf(run, "another node");
        await TurnAsync(runner, run);

        var last = runner.Statuses()[0].LastRun!;
        Assert.Equal((At(4, 6), At(1, 6), 2), (last.ScheduledFor, last.Since, last.Missed));
        Assert.Equal(6, run.Provider.Asked.Count);
        Assert.Equal(2, await RunsAsync());
    }

    [Fact]
    public async Task What_was_missed_too_long_ago_is_left_to_the_next_time()
    {
        await using var run = Answering("akkacrypto.schedules.bulk.catch-up = 1h");
        var runner = RunnerOf(run);
        await TurnAsync(runner, run);
        run.Time.Advance(TimeSpan.FromHours(8));
        await TurnAsync(runner, run);
        Assert.Empty(run.Provider.Asked);

        run.Time.Advance(TimeSpan.FromHours(22));
        await TurnAsync(runner, run);
        Assert.Equal(3, run.Provider.Asked.Count);
    }

    [Fact]
    public async Task Of_four_nodes_at_once_one_runs_it()
    {
        await using var run = Answering();
        var runners = Enumerable.Range(0, 4).Select(node => RunnerOf(run, $"node {node}")).ToList();
        await TurnAsync(runners[0], run);
        run.Time.Advance(TimeSpan.FromHours(6));

        await Task.WhenAll(runners.Select(runner => Task.Run(() => TurnAsync(runner, run))));

        Assert.Equal(3, run.Provider.Asked.Count);
        Assert.Equal(1, await RunsAsync());
    }

    [Fact]
    public async Task The_run_of_a_node_that_died_is_gone_on_with_after_its_lease_and_asks_for_the_rest()
    {
        await using var run = Answering();
        var dead = RunnerOf(run, "dead");
        await TurnAsync(dead, run);
        run.Time.Advance(TimeSpan.FromHours(6));
        run.Provider.On("/KRW/ETH", ScriptedReply.Hang);
        using var kill = new CancellationTokenSource();
        var running = dead.TurnAsync(Name, run.Settings.Schedules[Name], kill.Token);
        await Eventually.HoldsAsync(() => run.Provider.AskedFor("/KRW/ETH") > 0);
        Assert.Equal((1, 3), (dead.Statuses()[0].LastRun!.SeriesDone, dead.Statuses()[0].LastRun!.SeriesTotal));

        var other = RunnerOf(run, "other");
        await TurnAsync(other, run);
        Assert.Equal(2, run.Provider.Asked.Count);

        run.Provider.On("/KRW/ETH", CoinoneReplies.Trades("eth-krw", 1, 5));
        await ColumnAsync<string>("UPDATE ops.schedules SET leased_until = leased_until - interval '1 day' RETURNING schedule");
        await TurnAsync(other, run);

        var last = other.Statuses()[0].LastRun!;
        Assert.Equal((ScheduleRunState.Done, 3, 15L), (last.State, last.SeriesDone, last.Inserted));
        Assert.Equal(1, run.Provider.AskedFor("/KRW/BTC"));
        Assert.Equal(1, await RunsAsync());
        await kill.CancelAsync();
        await running.ContinueWith(static _ => { }, TaskScheduler.Default).Within("the late node ends");
    }

    [Fact]
    public async Task A_stopped_run_is_gone_on_with_at_once_by_the_next_start()
    {
        await using var run = Answering();
        var first = RunnerOf(run, "first");
        await TurnAsync(first, run);
        run.Time.Advance(TimeSpan.FromHours(6));
        run.Provider.On("/KRW/ETH", ScriptedReply.Hang);
        using var stop = new CancellationTokenSource();
        var running = first.TurnAsync(Name, run.Settings.Schedules[Name], stop.Token);
        await Eventually.HoldsAsync(() => run.Provider.AskedFor("/KRW/ETH") > 0);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.Within("the run stops"));
        run.Provider.On("/KRW/ETH", CoinoneReplies.Trades("eth-krw", 1, 5));

        var second = RunnerOf(run, "second");
        await TurnAsync(second, run);

        Assert.Equal(ScheduleRunState.Done, second.Statuses()[0].LastRun!.State);
        Assert.Equal((1, 1), (run.Provider.AskedFor("/KRW/BTC"), run.Provider.AskedFor("/KRW/XRP")));
    }

    [Fact]
    public async Task A_series_that_can_not_be_had_fails_the_run_and_not_the_others_and_the_next_run_reaches_back_over_it()
    {
        await using var run = Answering();
        var runner = RunnerOf(run);
        await AtSixAsync(runner, run);
        run.Provider.On("/KRW/ETH", CoinoneReplies.Error("405", "Server error"));
        run.Time.Advance(TimeSpan.FromDays(1));
        await TurnAsync(runner, run);

        var failed = runner.Statuses()[0].LastRun!;
        Assert.Equal((ScheduleRunState.Failed, 3, 1), (failed.State, failed.SeriesDone, failed.SeriesFailed));
        Assert.StartsWith("eth-krw: provider_unavailable", failed.Error, StringComparison.Ordinal);

        run.Time.Advance(TimeSpan.FromDays(1));
        await TurnAsync(runner, run);
        Assert.Equal(At(1, 6), runner.Statuses()[0].LastRun!.Since);
    }

    [Fact]
    public async Task An_edit_of_its_times_counts_from_the_edit_on_and_loses_no_time_that_was_missed_before()
    {
        await using var run = Answering();
        await AtSixAsync(RunnerOf(run), run);
        run.Time.Advance(TimeSpan.FromHours(6));

        // At noon; at eight it would have been due already.
        run.Change("akkacrypto.schedules.bulk.cron = \"0 0 8 * * ?\"");
        var runner = RunnerOf(run);
        await TurnAsync(runner, run);
        Assert.Equal(3, run.Provider.Asked.Count);
        Assert.Equal(At(2, 8), runner.Statuses()[0].NextAt);

        run.Time.Advance(TimeSpan.FromHours(20));
        await TurnAsync(runner, run);
        Assert.Equal(6, run.Provider.Asked.Count);

        run.Time.Advance(TimeSpan.FromDays(1));
        run.Change("akkacrypto.schedules.bulk.cron = \"0 0 9 * * ?\"");
        await TurnAsync(runner, run);
        Assert.Equal(9, run.Provider.Asked.Count);
    }

    [Fact]
    public async Task Switched_off_it_misses_nothing_and_while_its_stream_is_paused_it_waits()
    {
        await using var run = Answering("akkacrypto.schedules.bulk.enabled = false");
        var runner = RunnerOf(run);
        await TurnAsync(runner, run);
        run.Time.Advance(TimeSpan.FromHours(7));
        await TurnAsync(runner, run);
        run.Change("akkacrypto.streams.trades.paused = true", "akkacrypto.schedules.bulk.enabled = true");
        await TurnAsync(runner, run);
        run.Time.Advance(TimeSpan.FromDays(1));
        await TurnAsync(runner, run);
        Assert.Empty(run.Provider.Asked);

        run.Change("akkacrypto.schedules.bulk.enabled = true");
        await TurnAsync(runner, run);

        Assert.Equal((At(2, 6), 0), (runner.Statuses()[0].LastRun!.ScheduledFor, runner.Statuses()[0].LastRun!.Missed));
    }

    [Fact]
    public async Task Where_the_past_can_be_asked_for_it_walks_from_the_day_of_the_last_run_that_went_well()
    {
        await using var run = Answering("akkacrypto.feeds.coinone.datasets.trades { pairs = [btc-krw], history-days = 1 }");
        run.WithHistory(new NumberedHistory(50_000));
        run.Provider.On("/past/", request => NumberedHistory.Reply(request, 1, 10));
        var runner = RunnerOf(run);
        await AtSixAsync(runner, run);
        run.Time.Advance(TimeSpan.FromDays(1));
        await TurnAsync(runner, run);

        Assert.Equal(Enumerable.Range(1, 10), await StoredAsync());
        Assert.Equal(
            ["/past/btc-krw/1-50000", "/past/btc-krw/1-50000", "/past/btc-krw/50001-100000", "/past/btc-krw/100001-150000"],
            run.Provider.Asked.Select(request => request.Path));
    }

    [Fact]
    public async Task It_runs_by_itself_beside_others_until_it_is_stopped()
    {
        await using var run = Answering();
        var runner = RunnerOf(run);
        using var stop = new CancellationTokenSource();
        var running = runner.RunAsync(stop.Token);

        await Eventually.HoldsAsync(() =>
        {
            run.Time.Advance(TimeSpan.FromMinutes(5));
            return runner.Statuses()[0].LastRun?.State == ScheduleRunState.Done;
        });

        await stop.CancelAsync();
        await running.Within("the schedules stop");
    }

    private FeedRun Answering(params string[] settings)
    {
        var run = Trades([Schedule, .. settings]);
        foreach (var pair in run.Settings.Feeds["coinone"].Datasets["trades"].Pairs)
        {
            run.Provider.On(CoinoneReplies.PathOf(pair), CoinoneReplies.Trades(pair, 1, 5));
        }

        return run;
    }

    [Fact]
    public async Task A_run_is_logged_with_its_time_in_ISO_8601()
    {
        await using var run = Answering();

        await AtSixAsync(RunnerOf(run), run);

        Assert.Contains(_log.Lines, line => line.Contains("runs for 2026-01-01T06:00:00", StringComparison.Ordinal));
    }

    private ScheduleRunner RunnerOf(FeedRun run, string node = "node") => new(
        (provider, dataset) => (provider, dataset) == ("coinone", "trades") ? run.Feed : null, new ScheduleStore(Database, node),
        new PageIntake(run.Stores, static (_, _) => { }), () => run.Settings.Schedules, run.Time, _log);

    private static Task TurnAsync(ScheduleRunner runner, FeedRun run) => runner.TurnAsync(Name, run.Settings.Schedules[Name], default);

    private static async Task AtSixAsync(ScheduleRunner runner, FeedRun run)
    {
        await TurnAsync(runner, run);
        run.Time.Advance(TimeSpan.FromHours(6));
        await TurnAsync(runner, run);
    }

    private async Task<int> RunsAsync() => Assert.Single(await ColumnAsync<int>("SELECT count(*)::integer FROM ops.schedule_runs"));

    private static DateTimeOffset At(int day, int hour) => new(2026, 1, day, hour, 0, 0, TimeSpan.Zero);
}
