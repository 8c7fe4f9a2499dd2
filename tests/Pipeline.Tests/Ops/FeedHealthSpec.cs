using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.TestKit;

namespace AkkaCrypto.Pipeline.Tests.Ops;

public sealed class FeedHealthSpec
{
    private readonly FakeTimeProvider _time = new();
    private readonly FeedHealth _health;

    public FeedHealthSpec() => _health = new FeedHealth("coinone", "trades", null, _time);

    private FeedStatus Status => _health.Status(["btc-krw", "eth-krw"]);

    [Fact]
    public void A_feed_that_has_done_nothing_yet_runs_without_data() => Assert.Equal(
        new FeedStatus("coinone", "trades", FeedState.Running, null, 2, 0, default, 0, 0, 0, null, null, null, null),
        Status with { Stages = [] });

    [Fact]
    public void A_disabled_feed_says_why_and_stays_disabled_when_paused()
    {
        var health = new FeedHealth("coinone", "trades", "switched off", _time);
        health.Paused("paused by the stream's setting");

        Assert.False(health.IsEnabled);
        Assert.Equal((FeedState.Disabled, "switched off"), (health.Status([]).State, health.Status([]).Reason));
    }

    [Fact]
    public void A_failure_is_told_with_its_time_until_something_readable_is_committed_and_stays_the_last_error()
    {
        _health.Failed("the provider is gone");
        var failedAt = _time.GetUtcNow();
        Assert.Equal((FeedState.BackingOff, "the provider is gone", failedAt), (Status.State, Status.Reason, Status.LastErrorAt));

        _time.Advance(TimeSpan.FromSeconds(9));
        _health.Committed([]);

        Assert.Equal((FeedState.Running, null, _time.GetUtcNow()), (Status.State, Status.Reason, Status.LastSuccessAt));
        Assert.Equal(("the provider is gone", failedAt), (Status.LastError, Status.LastErrorAt));
    }

    [Fact]
    public void Counting_alone_is_no_success()
    {
        _health.Failed("unreadable");
        _health.Counted(new IngestCounts(1, 0, 0, 0, 0, 1), rounded: 0);

        Assert.Equal((FeedState.BackingOff, null), (Status.State, Status.LastSuccessAt));
        Assert.Equal(new IngestCounts(1, 0, 0, 0, 0, 1), Status.Counts);
    }

    [Fact]
    public void Counts_add_up()
    {
        _health.Counted(new IngestCounts(10, 5, 3, 1, 0, 1), rounded: 2);
        _health.Counted(new IngestCounts(4, 2, 0, 0, 2, 0), rounded: 1);

        Assert.Equal((new IngestCounts(14, 7, 3, 1, 2, 1), 3), (Status.Counts, Status.Rounded));
    }

    [Fact]
    public void The_lag_is_from_the_newest_records_own_time_to_its_commit_and_stays_where_a_commit_brings_nothing_newer()
    {
        Commit("btc-krw", lag: 3);
        Assert.Equal(TimeSpan.FromSeconds(3), Status.Lag);

        _time.Advance(TimeSpan.FromMinutes(60));
        _health.Committed([]);
        Assert.Equal(TimeSpan.FromSeconds(3), Status.Lag);
    }

    [Fact]
    public void A_slow_series_is_not_hidden_by_a_quick_one_that_is_committed_after_it()
    {
        Commit("btc-krw", lag: 90);
        Commit("eth-krw", lag: 1);
        Assert.Equal(TimeSpan.FromSeconds(90), Status.Lag);

        Commit("btc-krw", lag: 2);
        Assert.Equal(TimeSpan.FromSeconds(2), Status.Lag);
    }

    [Fact]
    public void The_lag_of_a_series_that_gets_nothing_newer_while_others_do_counts_for_five_minutes()
    {
        Commit("btc-krw", lag: 90);
        _time.Advance(TimeSpan.FromMinutes(5));
        Commit("eth-krw", lag: 1);
        Assert.Equal(TimeSpan.FromSeconds(90), Status.Lag);

        _time.Advance(TimeSpan.FromMilliseconds(1));
        Commit("eth-krw", lag: 1);
        Assert.Equal(TimeSpan.FromSeconds(1), Status.Lag);
    }

    [Fact]
    public void A_pause_shows_whatever_becomes_of_what_is_under_way_and_what_was_before_it_comes_back()
    {
        _health.Paused("paused by the stream's setting");
        _health.Committed([]);
        Assert.Equal((FeedState.Paused, "paused by the stream's setting"), (Status.State, Status.Reason));

        _health.Failed("gone");
        Assert.Equal(FeedState.Paused, Status.State);

        _health.Resumed();
        Assert.Equal((FeedState.BackingOff, "gone"), (Status.State, Status.Reason));
    }

    [Fact]
    public void A_restart_counts_and_is_a_failure()
    {
        _health.Restarted("the graph broke");

        Assert.Equal((1L, FeedState.BackingOff, "the graph broke"), (Status.Restarts, Status.State, Status.LastError));
    }

    [Fact]
    public void Open_gaps_are_those_of_the_register_and_the_ones_found_since()
    {
        _health.HasGaps(4);
        _health.FoundGap();
        Assert.Equal(5, Status.OpenGaps);

        _health.HasGaps(2);
        Assert.Equal(2, Status.OpenGaps);
    }

    [Fact]
    public void Only_series_that_the_settings_ask_for_count_as_having_data()
    {
        _health.HasData("btc-krw");
        _health.HasData("xrp-krw");

        Assert.Equal((2, 1), (Status.Series, Status.SeriesWithData));
    }

    private void Commit(string series, int lag) =>
        _health.Committed([KeyValuePair.Create(series, _time.GetUtcNow() - TimeSpan.FromSeconds(lag))]);
}
