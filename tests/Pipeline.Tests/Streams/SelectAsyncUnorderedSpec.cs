using AkkaCrypto.Pipeline.Streams;
using AkkaCrypto.TestKit;
using static AkkaCrypto.TestKit.StreamAssert;

namespace AkkaCrypto.Pipeline.Tests.Streams;

public sealed class SelectAsyncUnorderedSpec : SelectAsyncLaws
{
    [Fact]
    public Task Results_come_in_the_order_of_completion() => AssertAllStagesStopped(async () =>
    {
        await using var sink = Probe(Source.From([1, 2, 3, 4]));
        sink.Request();
        await calls.ExpectRunningAsync(3);
        calls.Answer(3).SetResult(30);
        await sink.ExpectNextAsync(30);
        sink.Request();
        await calls.ExpectRunningAsync(3);
        calls.Answer(4).SetResult(40);
        await sink.ExpectNextAsync(40);
        calls.Answer(1).SetResult(10);
        await sink.ExpectNextAsync(10);
        calls.Answer(2).SetResult(20);
        await sink.ExpectNextAsync(20);
        await sink.ExpectCompleteAsync();
    });

    [Fact]
    public Task An_element_that_comes_while_calls_run_starts_its_call() => AssertAllStagesStopped(async () =>
    {
        var upstream = new SourceProbe<int>();
        await using var sink = Probe(upstream.Source);
        sink.Request();
        await upstream.SendAllAsync(1, 2);
        await calls.ExpectRunningAsync(2);
        calls.Answer(2).SetResult(20);
        await sink.ExpectNextAsync(20);
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
        await sink.ExpectErrorAsync(failure);
        Assert.Equal(0, calls.Running);
        Assert.Equal([1, 3], calls.Cancelled.Order());
    });

    private protected override SinkProbe<int> Probe(Source<int> source) => new(source.SelectAsyncUnordered(() => 3, calls.CallAsync));
}
