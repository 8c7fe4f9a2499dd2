using AkkaCrypto.Pipeline.Stages;
using AkkaCrypto.TestKit.Feeds;
using AkkaCrypto.TestKit.Servers;
using Npgsql;

namespace AkkaCrypto.Pipeline.Tests.Stages;

/// <summary>A feed of three pairs, a round an hour. Nothing is connected to: only what is due is asked.</summary>
public sealed class RoundsSpec : IAsyncDisposable
{
    private static readonly string[] Pairs = ["btc-krw", "eth-krw", "xrp-krw"];

    private readonly NpgsqlDataSource _nowhere = TestDatabase.Open("Host=127.0.0.1;Port=1");
    private readonly FeedRun _run;
    private readonly Rounds _rounds;

    public RoundsSpec()
    {
        _run = new FeedRun(
            _nowhere, "coinone", "trades",
            $"akkacrypto.feeds.coinone.datasets.trades {{ every = 1h, pairs = [{string.Join(',', Pairs)}] }}");
        _rounds = new Rounds(_run.Feed, _run.Time);
    }

    public async ValueTask DisposeAsync()
    {
        await _run.DisposeAsync();
        await _nowhere.DisposeAsync();
    }

    [Fact]
    public void A_round_asks_for_all_and_the_next_one_comes_when_it_is_due()
    {
        Assert.Equal(Pairs, Next());
        Assert.Equal(TimeSpan.FromHours(1), _rounds.Every);
        Assert.Equal(Pairs, After(TimeSpan.FromHours(1)));
    }

    [Fact]
    public void What_had_no_reply_is_asked_for_again_alone_after_a_pause_that_doubles_and_the_rounds_keep_their_times()
    {
        var first = _rounds.Next();
        _rounds.Failed(first[1]);
        for (var pause = TimeSpan.FromSeconds(10); pause <= TimeSpan.FromSeconds(1280); pause *= 2)
        {
            Assert.Equal(pause, _rounds.Every);
            _run.Time.Advance(pause);
            var again = Assert.Single(_rounds.Next());
            Assert.Equal("eth-krw", again.Request.Series);
            _rounds.Failed(again);
        }

        // 2,550 s have passed: the round comes before the next pause, of 2,560 s, is over.
        Assert.Equal(TimeSpan.FromSeconds(3600 - 2550), _rounds.Every);
        Assert.Equal(Pairs, After(_rounds.Every));
        Assert.Equal(TimeSpan.FromHours(1), _rounds.Every);
    }

    [Fact]
    public void Once_it_is_there_nothing_is_asked_for_before_the_round_and_a_new_failure_begins_with_the_shortest_pause()
    {
        _rounds.Failed(_rounds.Next()[2]);
        Assert.Equal(["xrp-krw"], After(TimeSpan.FromSeconds(10)));
        Assert.Equal(TimeSpan.FromSeconds(3590), _rounds.Every);
        _run.Time.Advance(_rounds.Every);
        _rounds.Failed(_rounds.Next()[0]);
        Assert.Equal(TimeSpan.FromSeconds(10), _rounds.Every);
    }

    [Fact]
    public void Whoever_goes_on_after_a_pause_begins_with_a_round()
    {
        _rounds.Failed(_rounds.Next()[0]);
        _run.HeldBecause = "a full disk";
        Assert.Empty(After(TimeSpan.FromSeconds(10)));
        _run.HeldBecause = null;
        Assert.Equal(Pairs, After(TimeSpan.FromSeconds(1)));
    }

    private IEnumerable<string> Next() => _rounds.Next().Select(ask => ask.Request.Series);

    private IEnumerable<string> After(TimeSpan time)
    {
        _run.Time.Advance(time);
        return Next();
    }
}
