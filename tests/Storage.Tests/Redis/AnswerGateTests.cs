using AkkaCrypto.Storage.Redis;
using AkkaCrypto.TestKit;

namespace AkkaCrypto.Storage.Tests.Redis;

public sealed class AnswerGateTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly AnswerGate _gate;

    public AnswerGateTests() => _gate = new AnswerGate(_time, TimeSpan.FromSeconds(1));

    [Fact]
    public void While_answers_come_everybody_may_call()
    {
        Assert.True(_gate.IsAnswering);
        Assert.True(_gate.TryEnter());
        Assert.True(_gate.TryEnter());
        Assert.False(_gate.Answered());
    }

    [Fact]
    public void After_a_failure_calls_are_skipped_for_the_pause_then_one_tries()
    {
        Assert.True(_gate.Failed());
        Assert.False(_gate.IsAnswering);
        _time.Advance(TimeSpan.FromMilliseconds(999));
        Assert.False(_gate.TryEnter());
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(_gate.TryEnter());
        Assert.False(_gate.TryEnter());
    }

    [Fact]
    public void A_try_that_fails_starts_another_pause_and_is_no_news()
    {
        _gate.Failed();
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(_gate.TryEnter());
        Assert.False(_gate.Failed());
        Assert.False(_gate.TryEnter());
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(_gate.TryEnter());
    }

    [Fact]
    public void A_try_that_is_answered_opens_for_everybody()
    {
        _gate.Failed();
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(_gate.TryEnter());
        Assert.True(_gate.Answered());
        Assert.True(_gate.TryEnter());
        Assert.True(_gate.TryEnter());
    }

    [Fact]
    public void A_try_whose_end_is_never_told_does_not_keep_the_gate_shut()
    {
        _gate.Failed();
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(_gate.TryEnter());
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(_gate.TryEnter());
    }
}
