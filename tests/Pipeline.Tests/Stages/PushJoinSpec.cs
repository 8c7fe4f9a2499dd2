using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Pipeline.Stages;

namespace AkkaCrypto.Pipeline.Tests.Stages;

/// <summary>How pushed records wait for the REST reply that reaches them, and what the tracker makes of both.</summary>
public sealed class PushJoinSpec
{
    private const int Window = 4;

    private static readonly SeriesRequest Request = new("btc-krw", "/first", "/later", new ReplyContext(Pair: "btc-krw"));
    private static readonly ProviderReply Reply = new(ReadOnlyMemory<byte>.Empty, 200, false, "test", DateTimeOffset.UnixEpoch);

    private readonly PushJoin _join = new(Window);
    private readonly SeriesTracker _tracker = new("coinone", "trades", Window, TimeProvider.System);
    private Ask? _asked;

    [Fact]
    public void A_connection_asks_for_each_of_its_series_once()
    {
        Assert.Equal(Request, Assert.Single(Connected().Ask).Request);
        Assert.Empty(Push(Pushed(7)).Ask); // under way already
    }

    [Fact]
    public void Pushed_records_wait_for_the_reply_that_reaches_the_first_of_them_and_pass_behind_it()
    {
        Connected();
        var (seventh, eighth) = (Pushed(7), Pushed(8));
        Assert.Empty(Push(seventh).Pass);
        Assert.Empty(Push(eighth).Pass);
        Assert.Equal(2, _join.Waiting);

        var polled = Polled(4, 5, 6, 7);
        Assert.Equal([polled, seventh, eighth], Answer(polled).Pass);
        var ninth = Pushed(9);
        Assert.Equal([ninth], Push(ninth).Pass);
        Assert.Equal(0, _join.Waiting);
    }

    [Fact]
    public void A_reply_from_before_the_first_pushed_record_joins_nothing_and_is_asked_for_again()
    {
        Connected();
        Assert.Single(Answer(Polled(3, 4, 5, 6)).Pass);
        var step = Push(Pushed(8));

        Assert.Empty(step.Pass);
        Assert.Equal(Request, Assert.Single(step.Ask).Request);
        Assert.Equal(2, Answer(Polled(5, 6, 7, 8)).Pass.Count);
    }

    [Fact]
    public void After_asks_in_vain_the_records_pass_and_the_first_says_that_it_is_not_joined()
    {
        Connected();
        Push(Pushed(8));
        Assert.Empty(Answer(null).Pass);
        Assert.Equal(Request, Assert.Single(Push(Pushed(9)).Ask).Request);
        Assert.Single(Answer(Polled(1, 2, 3, 4)).Pass);
        var passed = Answer(null).Pass;

        Assert.Equal([true, false], passed.Select(reply => reply.Unjoined is not null));
        Commit(Polled(1, 2, 3, 4));
        var gap = _tracker.Follow(passed)[0].Missed!;
        Assert.Equal(("4", "8"), (gap.FromId, gap.ToId));
    }

    [Fact]
    public void What_waits_when_the_connection_is_lost_passes_unjoined_before_the_next_begins()
    {
        Connected();
        Push(Pushed(8));
        var step = Connected();

        Assert.Contains("connection was lost", Assert.Single(step.Pass).Unjoined, StringComparison.Ordinal);
        Assert.Equal(Request, Assert.Single(step.Ask).Request);
    }

    [Fact]
    public void After_half_a_window_of_pushes_the_list_is_asked_for_again()
    {
        Connected();
        Answer(Polled(1, 2, 3, 4));
        Push(Pushed(4));
        Assert.Equal(Request, Assert.Single(Push(Pushed(5)).Ask).Request);
        Assert.Empty(Push(Pushed(6)).Ask);
        Answer(Polled(3, 4, 5, 6));
        Assert.Empty(Push(Pushed(7)).Ask);
        Assert.Equal(Request, Assert.Single(Push(Pushed(8)).Ask).Request);
    }

    [Fact]
    public void Pushed_records_show_no_gap_and_what_passed_out_of_the_list_uncompared_is_one_also_after_a_restart()
    {
        Commit(Polled(1, 2, 3, 4));
        var position = Commit(Pushed(5), Pushed(7)).Single(step => step.Position is not null).Position!;
        Assert.Equal(("7", "4"), (position.RecordId, position.Compared!.Value.RecordId));

        var restarted = new SeriesTracker("coinone", "trades", Window, TimeProvider.System);
        restarted.Reset([position with { Version = 1 }]);
        var followed = restarted.Follow([Polled(7, 8, 9, 10)])[0];

        Assert.Null(followed.Missed);
        Assert.Equal(("4", "7"), (followed.Uncompared!.FromId, followed.Uncompared.ToId));
        Assert.Null(restarted.ProgressOf([followed]).Single(step => step.Position is not null).Position!.Compared);
    }

    [Fact]
    public void A_list_that_meets_the_last_one_compared_all_that_was_pushed_between()
    {
        Commit(Polled(1, 2, 3, 4));
        Commit(Pushed(5), Pushed(7));

        var followed = _tracker.Follow([Polled(4, 5, 6, 7)])[0];

        Assert.Empty(followed.Gaps);
        Assert.Null(_tracker.ProgressOf([followed]).Single().Position!.Compared);
    }

    [Fact]
    public void What_is_asked_for_while_a_rounds_request_is_under_way_is_asked_for_anew_when_that_is_answered()
    {
        Connected();
        Assert.Equal(Request, Assert.Single(AnswerToRound(Polled(1, 2, 3, 4)).Ask).Request);
        Assert.Empty(Answer(Polled(1, 2, 3, 4)).Ask);
        Assert.Empty(AnswerToRound(Polled(1, 2, 3, 4)).Ask); // nothing was asked for meanwhile

        Assert.Equal(Request, Assert.Single(Push(Pushed(8)).Ask).Request);
        var step = AnswerToRound(Polled(2, 3, 4, 5));
        Assert.Single(step.Pass);
        Assert.Equal(Request, Assert.Single(step.Ask).Request);
        Assert.Equal(2, Answer(Polled(5, 6, 7, 8)).Pass.Count);
    }

    private JoinStep Connected() => Noted(_join.Connected([Request]));

    private JoinStep Push(NormalisedReply reply) => Noted(_join.Pushed(reply));

    /// <summary>To what the join asked for last.</summary>
    private JoinStep Answer(NormalisedReply? reply) => Noted(_join.Polled(_asked!, reply));

    private JoinStep AnswerToRound(NormalisedReply reply) => Noted(_join.Polled(new Ask(Request, WholeHistory: false), reply));

    private JoinStep Noted(JoinStep step)
    {
        _asked = step.Ask.SingleOrDefault() ?? _asked;
        return step;
    }

    private IReadOnlyList<SeriesProgress> Commit(params NormalisedReply[] replies)
    {
        var progress = _tracker.ProgressOf(_tracker.Follow(replies));
        _tracker.Committed(progress);
        return progress;
    }

    private static NormalisedReply Pushed(int number) => Polled(number) with { IsPushed = true };

    private static NormalisedReply Polled(params int[] numbers)
    {
        var content = new Normalised();
        content.Records.AddRange(numbers.Select(number =>
            new Trade("coinone", "btc-krw", $"{number}", 1, 1, null, ProviderTime.FromUnixSeconds(number))));
        return new NormalisedReply(new Ask(Request, WholeHistory: false), Reply, content);
    }
}
