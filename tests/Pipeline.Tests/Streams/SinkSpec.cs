using AkkaCrypto.Pipeline.Streams;
using AkkaCrypto.TestKit;
using static AkkaCrypto.TestKit.StreamAssert;

namespace AkkaCrypto.Pipeline.Tests.Streams;

public sealed class SinkSpec
{
    [Fact]
    public Task A_run_ends_with_the_sinks_result() => AssertAllStagesStopped(async () =>
    {
        var seen = new List<int>();
        await Source.From([1, 2]).To(Sink.ForEachAsync<int>((n, _) => Add(seen, n))).RunAsync(default);
        await Source.From([3]).To(Sink.ForEach<int>(seen.Add)).RunAsync(default);
        await Source.From([4]).Select(n => Also(seen, n)).To(Sink.Ignore<int>()).RunAsync(default);
        Assert.Equal([1, 2, 3, 4], seen);
        Assert.Equal([5, 6], await Source.From([5, 6]).To(Sink.ToList<int>()).RunAsync(default));
    });

    [Fact]
    public Task An_exception_of_the_action_fails_the_run_after_upstream_was_disposed() => AssertAllStagesStopped(async () =>
    {
        var upstream = new SourceProbe<int>();
        var failure = new IOException("can't store");
        var run = upstream.Source.To(Sink.ForEachAsync<int>((_, _) => Task.FromException(failure))).RunAsync(default);
        await upstream.SendNextAsync(1);
        Assert.Same(failure, await Assert.ThrowsAsync<IOException>(() => run.Within("the failure")));
        Assert.True(upstream.IsDisposed);
    });

    [Fact]
    public Task A_failure_of_the_source_fails_the_run() => AssertAllStagesStopped(async () =>
    {
        var upstream = new SourceProbe<int>();
        var failure = new IOException("gone");
        var run = upstream.Source.To(Sink.ToList<int>()).RunAsync(default);
        await upstream.SendErrorAsync(failure);
        Assert.Same(failure, await Assert.ThrowsAsync<IOException>(() => run.Within("the failure")));
    });

    [Fact]
    public Task Cancel_ends_the_run_when_all_stages_have_stopped() => AssertAllStagesStopped(async () =>
    {
        using var cancel = new CancellationTokenSource();
        var acting = new TaskCompletionSource();
        var run = Source.From([1]).Buffer(4, OverflowStrategy.Backpressure).To(Sink.ForEachAsync<int>(async (_, ct) =>
        {
            acting.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, ct);
        })).RunAsync(cancel.Token);
        await acting.Task.Within("the action is called");
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.Within("the cancelled run ends"));
    });

    [Fact]
    public async Task A_list_past_its_limit_fails_the_run()
    {
        var run = Source.From([1, 2, 3]).To(Sink.ToList<int>(limit: 2)).RunAsync(default);
        Assert.Contains("2", (await Assert.ThrowsAsync<BufferOverflowException>(() => run)).Message, StringComparison.Ordinal);
    }

    private static Task Add(List<int> list, int n)
    {
        list.Add(n);
        return Task.CompletedTask;
    }

    private static int Also(List<int> list, int n)
    {
        list.Add(n);
        return n;
    }
}
