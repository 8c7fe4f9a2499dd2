using AkkaCrypto.Pipeline.Streams;
using AkkaCrypto.TestKit;
using static AkkaCrypto.TestKit.StreamAssert;

namespace AkkaCrypto.Pipeline.Tests.Streams;

public sealed class KillSwitchSpec : IDisposable
{
    private readonly SourceProbe<int> upstream = new();
    private readonly KillSwitch killSwitch = new();

    public void Dispose() => killSwitch.Dispose();

    [Fact]
    public Task Shutdown_cancels_upstream_and_finishes_downstream() => Run(async sink =>
    {
        sink.Request();
        await upstream.ExpectDemandAsync();
        killSwitch.Shutdown();
        await sink.ExpectCompleteAsync();
        Assert.True(upstream.IsCancelled);
        Assert.True(upstream.IsDisposed);
    });

    [Fact]
    public Task Abort_cancels_upstream_and_fails_downstream() => Run(async sink =>
    {
        var failure = new IOException("enough");
        sink.Request();
        await upstream.ExpectDemandAsync();
        killSwitch.Abort(failure);
        await sink.ExpectErrorAsync(failure);
        Assert.True(upstream.IsDisposed);
    });

    [Fact]
    public Task A_switch_pulled_between_two_elements_ends_the_stream_at_the_next_demand() => Run(async sink =>
    {
        sink.Request();
        await upstream.SendNextAsync(1);
        await sink.ExpectNextAsync(1);
        killSwitch.Shutdown();
        await sink.ExpectCompleteAsync();
    });

    [Fact]
    public Task The_first_pull_counts() => Run(async sink =>
    {
        killSwitch.Shutdown();
        killSwitch.Abort(new IOException("too late"));
        await sink.ExpectCompleteAsync();
    });

    [Fact]
    public Task A_run_opened_after_the_switch_was_pulled_ends_at_once() => AssertAllStagesStopped(async () =>
    {
        var failure = new IOException("closed");
        killSwitch.Abort(failure);
        await using var sink = new SinkProbe<int>(Source.From([1]).Via(killSwitch.Flow<int>()));
        await sink.ExpectErrorAsync(failure);
    });

    private Task Run(Func<SinkProbe<int>, Task> body) => AssertAllStagesStopped(async () =>
    {
        await using var sink = new SinkProbe<int>(upstream.Source.Via(killSwitch.Flow<int>()));
        await body(sink);
    });
}
