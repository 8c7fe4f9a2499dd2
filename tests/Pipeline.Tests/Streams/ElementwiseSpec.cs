using AkkaCrypto.Pipeline.Streams;
using AkkaCrypto.TestKit;
using static AkkaCrypto.TestKit.StreamAssert;

namespace AkkaCrypto.Pipeline.Tests.Streams;

public sealed class ElementwiseSpec
{
    private readonly IOException failure = new("bad element");

    [Fact]
    public Task An_exception_of_the_function_fails_the_stream() => AssertAllStagesStopped(async () =>
    {
        var upstream = new SourceProbe<int>();
        await using var sink = new SinkProbe<int>(upstream.Source.Select<int, int>(_ => throw failure));
        sink.Request();
        await upstream.SendNextAsync(1);
        await sink.ExpectErrorAsync(failure);
        Assert.True(upstream.IsDisposed);
    });

    [Fact]
    public Task An_exception_of_the_predicate_fails_the_stream() => AssertAllStagesStopped(async () =>
    {
        var upstream = new SourceProbe<int>();
        await using var sink = new SinkProbe<int>(upstream.Source.Where(_ => throw failure));
        sink.Request();
        await upstream.SendNextAsync(1);
        await sink.ExpectErrorAsync(failure);
        Assert.True(upstream.IsDisposed);
    });

    [Fact]
    public async Task Where_keeps_what_the_predicate_holds_for() =>
        Assert.Equal([2, 4], await Source.From([1, 2, 3, 4]).Where(n => n % 2 == 0).To(Sink.ToList<int>()).RunAsync(default));

    [Fact]
    public async Task SelectMany_delivers_each_sequence_whole_and_in_order() =>
        Assert.Equal(
            [1, 2, 2, 3, 3, 3],
            await Source.From([1, 2, 0, 3]).SelectMany(n => Enumerable.Repeat(n, n)).To(Sink.ToList<int>()).RunAsync(default));

    [Fact]
    public Task SelectMany_disposes_the_sequence_at_hand_when_broken_off() => AssertAllStagesStopped(async () =>
    {
        var disposed = false;
        IEnumerable<int> Two()
        {
            try
            {
                yield return 1;
                yield return 2;
            }
            finally
            {
                disposed = true;
            }
        }

        await using var sink = new SinkProbe<int>(Source.From([1]).SelectMany(_ => Two()));
        await sink.ExpectNextAsync(1);
        await sink.BreakOffAsync();
        Assert.True(disposed);
    });

    [Fact]
    public Task Nothing_is_asked_of_upstream_before_downstream_asks() => AssertAllStagesStopped(async () =>
    {
        var upstream = new SourceProbe<int>();
        await using var sink = new SinkProbe<int>(upstream.Source.Select(n => n).Where(_ => true).SelectMany(n => new[] { n }));
        sink.Request();
        await upstream.SendNextAsync(7);
        await sink.ExpectNextAsync(7);
        Assert.Equal(1, upstream.Demand);
        await sink.CancelAsync();
    });
}
