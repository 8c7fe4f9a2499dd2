using AkkaCrypto.Pipeline.Streams;
using AkkaCrypto.TestKit;
using static AkkaCrypto.TestKit.StreamAssert;

namespace AkkaCrypto.Pipeline.Tests.Streams;

public sealed class MergeSpec
{
    private readonly SourceProbe<int> left = new();
    private readonly SourceProbe<int> right = new();

    [Fact]
    public Task Elements_come_in_the_order_of_arrival() => Run(async sink =>
    {
        sink.Request();
        await right.SendNextAsync(1);
        await sink.ExpectNextAsync(1);
        await left.SendNextAsync(2);
        await sink.ExpectNextAsync(2);
        await sink.CancelAsync();
    });

    [Fact]
    public Task Finishes_when_the_last_input_has_finished() => Run(async sink =>
    {
        sink.Request();
        await left.SendCompleteAsync();
        await right.SendNextAsync(1);
        await sink.ExpectNextAsync(1);
        await right.SendNextAsync(2);
        await right.SendCompleteAsync();
        await sink.ExpectNextAsync(2);
        await sink.ExpectCompleteAsync();
    });

    [Fact]
    public Task The_first_failure_cancels_the_other_inputs() => Run(async sink =>
    {
        var failure = new IOException("left broke");
        sink.Request();
        await right.SendNextAsync(1);
        await right.ExpectDemandAsync();
        await left.SendErrorAsync(failure);
        await right.ExpectCancellationAsync();
        await sink.ExpectNextAsync(1);
        await sink.ExpectErrorAsync(failure);
        Assert.True(right.IsDisposed);
    });

    [Fact]
    public Task Cancel_stops_all_inputs() => Run(async sink =>
    {
        sink.Request();
        await left.ExpectDemandAsync();
        await right.ExpectDemandAsync();
        await sink.CancelAsync();
        Assert.True(left.IsDisposed);
        Assert.True(right.IsDisposed);
    });

    [Fact]
    public Task Inputs_wait_when_the_buffer_is_full() => AssertAllStagesStopped(async () =>
    {
        await using var sink = new SinkProbe<int>(MergeOperator.Merge([left.Source], bufferSize: 2));
        sink.Request();
        await left.SendNextAsync(0);
        await sink.ExpectNextAsync(0);

        // Two in the buffer, one in the input's hand; the fourth isn't asked for.
        await left.SendAllAsync(1, 2, 3);
        Assert.Equal(4, left.Demand);
        await sink.ExpectNextAsync(1);
        await left.SendNextAsync(4);
        await sink.ExpectNextAsync(2, 3, 4);
        await sink.CancelAsync();
    });

    private Task Run(Func<SinkProbe<int>, Task> body) => AssertAllStagesStopped(async () =>
    {
        await using var sink = new SinkProbe<int>(left.Source.Merge(right.Source));
        await body(sink);
    });
}
