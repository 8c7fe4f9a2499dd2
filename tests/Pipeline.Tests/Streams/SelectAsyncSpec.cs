using AkkaCrypto.Pipeline.Streams;
using AkkaCrypto.TestKit;
using static AkkaCrypto.TestKit.StreamAssert;

namespace AkkaCrypto.Pipeline.Tests.Streams;

public sealed class SelectAsyncSpec : SelectAsyncLaws
{
    private int parallelism = 3;

    [Fact]
    public Task Results_come_in_the_order_of_their_elements() => AssertAllStagesStopped(async () =>
    {
        await using var sink = Probe(Source.From([1, 2, 3]));
        sink.Request();
        await calls.ExpectRunningAsync(3);
        calls.Answer(3).SetResult(30);
        calls.Answer(2).SetResult(20);
        await sink.ExpectNoMessageAfterAsync(calls.ExpectRunningAsync(1));
        calls.Answer(1).SetResult(10);
        await sink.ExpectNextAsync(10, 20, 30);
        await sink.ExpectCompleteAsync();
    });

    [Fact]
    public Task No_more_calls_than_the_parallelism_are_in_flight_and_it_is_read_live() => AssertAllStagesStopped(async () =>
    {
        var upstream = new SourceProbe<int>();
        await using var sink = Probe(upstream.Source);
        sink.Request();
        await upstream.SendAllAsync(1, 2, 3);
        await calls.ExpectRunningAsync(3);
        Assert.Equal(3, upstream.Demand);
        parallelism = 1;
        calls.Answer(1).SetResult(10);
        await sink.ExpectNextAsync(10);
        sink.Request();
        calls.Answer(2).SetResult(20);
        await sink.ExpectNextAsync(20);
        Assert.Equal(3, upstream.Demand);
        await sink.CancelAsync();
    });

    [Fact]
    public Task An_element_that_comes_while_the_head_runs_starts_its_call() => AssertAllStagesStopped(async () =>
    {
        var upstream = new SourceProbe<int>();
        await using var sink = Probe(upstream.Source);
        sink.Request();
        await upstream.SendNextAsync(1);
        await calls.ExpectRunningAsync(1);
        await upstream.SendNextAsync(2);
        await calls.ExpectRunningAsync(2);
        await sink.CancelAsync();
    });

    [Fact]
    public Task A_failing_call_is_seen_only_after_the_others_were_cancelled_and_ended() => AssertAllStagesStopped(async () =>
    {
        var failure = new IOException("refused");
        await using var sink = Probe(Source.From([1, 2, 3]));
        sink.Request();
        await calls.ExpectRunningAsync(3);
        calls.Answer(2).SetException(failure);
        await sink.ExpectNoMessageAfterAsync(calls.ExpectRunningAsync(2));
        calls.Answer(1).SetResult(10);
        await sink.ExpectNextAsync(10);
        await sink.ExpectErrorAsync(failure);
        Assert.Equal(0, calls.Running);
        Assert.Equal([3], calls.Cancelled);
    });

    [Fact]
    public Task A_call_that_throws_before_its_first_await_fails_in_its_turn() => AssertAllStagesStopped(async () =>
    {
        var failure = new IOException("at once");
        var source = Source.From([1, 2]).SelectAsync(() => 2, (n, _) => n == 1 ? Task.FromResult(10) : throw failure);
        await using var sink = new SinkProbe<int>(source);
        await sink.ExpectNextAsync(10);
        await sink.ExpectErrorAsync(failure);
    });

    private protected override SinkProbe<int> Probe(Source<int> source) => new(source.SelectAsync(() => parallelism, calls.CallAsync));
}
