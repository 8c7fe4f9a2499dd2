using AkkaCrypto.Pipeline.Streams;
using AkkaCrypto.TestKit;
using static AkkaCrypto.TestKit.StreamAssert;

namespace AkkaCrypto.Pipeline.Tests.Streams;

public sealed class ConflateSpec
{
    private readonly SourceProbe<int> upstream = new();

    [Fact]
    public Task A_busy_downstream_never_holds_upstream_back() => Run(async sink =>
    {
        await sink.ExpectNextAsync("0");
        await upstream.SendAllAsync(1, 2, 3);
        await upstream.ExpectDemandAsync();
        await sink.ExpectNextAsync("1+2+3");
        await upstream.SendNextAsync(4);
        await sink.ExpectNextAsync("4");
    });

    [Fact]
    public Task The_aggregate_at_hand_is_delivered_before_the_finish() => Run(async sink =>
    {
        await sink.ExpectNextAsync("0");
        await upstream.SendAllAsync(1, 2);
        await upstream.SendCompleteAsync();
        await Eventually.HoldsAsync(() => upstream.IsDisposed);
        await sink.ExpectNextAsync("1+2");
        await sink.ExpectCompleteAsync();
    });

    [Fact]
    public Task The_aggregate_at_hand_is_delivered_before_the_failure() => Run(async sink =>
    {
        var failure = new IOException("gone");
        await sink.ExpectNextAsync("0");
        await upstream.SendAllAsync(1, 2);
        await upstream.SendErrorAsync(failure);
        await Eventually.HoldsAsync(() => upstream.IsDisposed);
        await sink.ExpectNextAsync("1+2");
        await sink.ExpectErrorAsync(failure);
    });

    [Fact]
    public Task Conflate_keeps_the_newest_when_told_so() => AssertAllStagesStopped(async () =>
    {
        await using var sink = new SinkProbe<int>(upstream.Source.Conflate((_, newest) => newest));
        sink.Request();
        await upstream.SendNextAsync(1);
        await sink.ExpectNextAsync(1);
        await upstream.SendAllAsync(2, 3, 4);
        await upstream.ExpectDemandAsync();
        await sink.ExpectNextAsync(4);
        await sink.CancelAsync();
    });

    private Task Run(Func<SinkProbe<string>, Task> body) => AssertAllStagesStopped(async () =>
    {
        await using var sink = new SinkProbe<string>(upstream.Source.ConflateWithSeed(n => $"{n}", (held, n) => $"{held}+{n}"));
        sink.Request();
        await upstream.SendNextAsync(0);
        await body(sink);
        await sink.DisposeAsync();
    });
}
