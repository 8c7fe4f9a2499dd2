using AkkaCrypto.Pipeline.Streams;
using AkkaCrypto.TestKit;
using static AkkaCrypto.TestKit.StreamAssert;

namespace AkkaCrypto.Pipeline.Tests.Streams;

public sealed class SourceQueueSpec
{
    private readonly SourceQueue<int> queue = Source.Queue<int>(2);

    [Fact]
    public Task What_was_accepted_is_delivered_before_the_finish() => AssertAllStagesStopped(async () =>
    {
        await using var sink = new SinkProbe<int>(queue.Source);
        Assert.Equal(OfferResult.Enqueued, await queue.OfferAsync(1, default));
        Assert.Equal(OfferResult.Enqueued, queue.TryOffer(2));
        queue.Complete();
        Assert.Equal(OfferResult.QueueClosed, await queue.OfferAsync(3, default));
        Assert.Equal(OfferResult.QueueClosed, queue.TryOffer(3));
        await sink.ExpectNextAsync(1, 2);
        await sink.ExpectCompleteAsync();
    });

    [Fact]
    public Task What_was_accepted_is_delivered_before_the_failure() => AssertAllStagesStopped(async () =>
    {
        var failure = new IOException("offerer broke");
        await using var sink = new SinkProbe<int>(queue.Source);
        await queue.OfferAsync(1, default);
        queue.Fail(failure);
        await sink.ExpectNextAsync(1);
        await sink.ExpectErrorAsync(failure);
    });

    [Fact]
    public Task A_waiting_offer_can_be_cancelled_and_its_element_is_never_delivered() => AssertAllStagesStopped(async () =>
    {
        using var cancel = new CancellationTokenSource();
        await queue.OfferAsync(1, default);
        await queue.OfferAsync(2, default);
        var waiting = queue.OfferAsync(3, cancel.Token).AsTask();
        Assert.False(waiting.IsCompleted);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.Within("the cancelled offer ends"));
        await using var sink = new SinkProbe<int>(queue.Source);
        queue.Complete();
        await sink.ExpectNextAsync(1, 2);
        await sink.ExpectCompleteAsync();
    });

    [Fact]
    public Task Waiting_offers_answer_closed_when_the_stream_is_cancelled() => AssertAllStagesStopped(async () =>
    {
        var sink = new SinkProbe<int>(queue.Source);
        await queue.OfferAsync(1, default);
        await sink.ExpectNextAsync(1);
        await queue.OfferAsync(2, default);
        await queue.OfferAsync(3, default);
        var waiting = queue.OfferAsync(4, default).AsTask();
        Assert.False(waiting.IsCompleted);
        await sink.CancelAsync();
        Assert.Equal(OfferResult.QueueClosed, await waiting.Within("the waiting offer is answered"));
    });

    [Fact]
    public async Task A_full_queue_drops_an_offer_that_will_not_wait()
    {
        Assert.Equal(OfferResult.Enqueued, queue.TryOffer(1));
        Assert.Equal(OfferResult.Enqueued, queue.TryOffer(2));
        Assert.Equal(OfferResult.Dropped, queue.TryOffer(3));
        queue.Complete();
        Assert.Equal([1, 2], await queue.Source.To(Sink.ToList<int>()).RunAsync(default));
    }

    [Fact]
    public async Task A_queue_can_be_run_once()
    {
        queue.Complete();
        await queue.Source.To(Sink.Ignore<int>()).RunAsync(default);
        await Assert.ThrowsAsync<InvalidOperationException>(() => queue.Source.To(Sink.Ignore<int>()).RunAsync(default));
    }
}
