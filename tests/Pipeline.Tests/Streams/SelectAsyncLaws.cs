using AkkaCrypto.Pipeline.Streams;
using AkkaCrypto.TestKit;
using static AkkaCrypto.TestKit.StreamAssert;

namespace AkkaCrypto.Pipeline.Tests.Streams;

/// <summary>What both of them do, in whichever order they deliver.</summary>
public abstract class SelectAsyncLaws
{
    private protected readonly HandMadeCalls calls = new();

    [Fact]
    public Task An_upstream_failure_waits_for_the_results_in_flight() => AssertAllStagesStopped(async () =>
    {
        var failure = new IOException("gone");
        var upstream = new SourceProbe<int>();
        await using var sink = Probe(upstream.Source);
        sink.Request();
        await upstream.SendNextAsync(1);
        await upstream.SendErrorAsync(failure);
        calls.Answer(1).SetResult(10);
        await sink.ExpectNextAsync(10);
        await sink.ExpectErrorAsync(failure);
        Assert.Empty(calls.Cancelled);
    });

    [Fact]
    public Task Cancel_waits_for_the_calls_in_flight() => AssertAllStagesStopped(async () =>
    {
        var sink = Probe(Source.From([1, 2, 3, 4, 5]));
        sink.Request();
        await calls.ExpectRunningAsync(3);
        await sink.CancelAsync();
        Assert.Equal(0, calls.Running);
        Assert.Equal([1, 2, 3], calls.Cancelled.Order());
    });

    /// <summary>The operator with room for three of <see cref="calls"/>.</summary>
    private protected abstract SinkProbe<int> Probe(Source<int> source);
}
