using AkkaCrypto.Pipeline.Streams;
using AkkaCrypto.TestKit;
using static AkkaCrypto.TestKit.StreamAssert;

namespace AkkaCrypto.Pipeline.Tests.Streams;

public sealed class SourceSpec
{
    [Fact]
    public Task A_source_delivers_its_elements_in_order_and_finishes() => AssertAllStagesStopped(async () =>
    {
        await using var sink = new SinkProbe<int>(Source.From([1, 2, 3]));
        await sink.ExpectNextAsync(1, 2, 3);
        await sink.ExpectCompleteAsync();
    });

    [Fact]
    public async Task A_failed_source_fails_with_the_given_exception()
    {
        var failure = new IOException("no use");
        await using var sink = new SinkProbe<int>(Source.Failed<int>(failure));
        await sink.ExpectErrorAsync(failure);
    }

    [Fact]
    public Task An_endless_synchronous_source_stops_when_cancelled() => AssertAllStagesStopped(async () =>
    {
        using var cancel = new CancellationTokenSource();
        var disposed = false;
        IEnumerable<int> Endless()
        {
            try
            {
                while (true)
                {
                    cancel.Cancel();
                    yield return 1;
                }
            }
            finally
            {
                disposed = true;
            }
        }

        var run = Source.From(Endless()).To(Sink.Ignore<int>()).RunAsync(cancel.Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.Within("the cancelled run ends"));
        Assert.True(disposed);
    });

    [Fact]
    public async Task A_blueprint_can_be_run_again_and_each_run_is_its_own()
    {
        var stream = Source.From([1, 2, 3]).Select(n => n * 2).Via(Flow.From<int, int>(s => s.Where(n => n > 2))).To(Sink.ToList<int>());
        Assert.Equal([4, 6], await stream.RunAsync(default));
        Assert.Equal([4, 6], await stream.RunAsync(default));
    }
}
