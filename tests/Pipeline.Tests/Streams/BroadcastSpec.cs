using AkkaCrypto.Pipeline.Streams;
using AkkaCrypto.TestKit;
using static AkkaCrypto.TestKit.StreamAssert;

namespace AkkaCrypto.Pipeline.Tests.Streams;

public sealed class BroadcastSpec
{
    private readonly SourceProbe<int> upstream = new();

    [Fact]
    public Task Every_branch_sees_every_element_and_the_finish() => Run(async (first, second) =>
    {
        await upstream.SendAllAsync(1, 2);
        await upstream.SendCompleteAsync();
        foreach (var branch in new[] { first, second })
        {
            await branch.ExpectNextAsync(1, 2);
            await branch.ExpectCompleteAsync();
        }
    });

    [Fact]
    public Task Every_branch_sees_the_failure() => Run(async (first, second) =>
    {
        var failure = new IOException("gone");
        await upstream.SendNextAsync(1);
        await upstream.SendErrorAsync(failure);
        foreach (var branch in new[] { first, second })
        {
            await branch.ExpectNextAsync(1);
            await branch.ExpectErrorAsync(failure);
        }
    });

    [Fact]
    public Task The_slowest_branch_holds_all_back() => Run(async (first, second) =>
    {
        await upstream.SendNextAsync(0);
        await first.ExpectNextAsync(0);
        await second.ExpectNextAsync(0);

        // Two in the second branch's buffer, one in the hub's hand: a fourth isn't asked for, however fast the first branch is.
        await upstream.SendAllAsync(1, 2, 3);
        await first.ExpectNextAsync(1, 2, 3);
        Assert.Equal(4, upstream.Demand);
        await second.ExpectNextAsync(1);
        await upstream.ExpectDemandAsync();
        await StopAsync(first, second);
    });

    [Fact]
    public Task A_branch_that_leaves_no_longer_holds_the_others_back() => Run(async (first, second) =>
    {
        await upstream.SendNextAsync(0);
        await first.ExpectNextAsync(0);
        await second.ExpectNextAsync(0);
        await upstream.SendAllAsync(1, 2, 3);
        await first.ExpectNextAsync(1, 2, 3);
        await second.BreakOffAsync();
        await upstream.SendNextAsync(4);
        await first.ExpectNextAsync(4);
        await first.CancelAsync();
    });

    [Fact]
    public Task Upstream_is_cancelled_when_the_last_branch_leaves() => Run(async (first, second) =>
    {
        await upstream.ExpectDemandAsync();
        await first.CancelAsync();
        Assert.False(upstream.IsCancelled);
        await second.CancelAsync();
        Assert.True(upstream.IsDisposed);
    });

    [Fact]
    public async Task Upstream_is_opened_with_the_last_branch_and_a_branch_opens_once()
    {
        var branches = upstream.Source.Broadcast(branches: 2, bufferSize: 1);
        await using var first = new SinkProbe<int>(branches[0]);
        first.Request();
        await using var again = new SinkProbe<int>(branches[0]);
        await Eventually.HoldsAsync(() => !upstream.IsOpened);
        await using var second = new SinkProbe<int>(branches[1]);
        second.Request();
        await upstream.ExpectDemandAsync();
        Assert.Contains("branch 0", (await again.ExpectErrorAsync<InvalidOperationException>()).Message, StringComparison.Ordinal);
    }

    private Task Run(Func<SinkProbe<int>, SinkProbe<int>, Task> body) => AssertAllStagesStopped(async () =>
    {
        var branches = upstream.Source.Broadcast(branches: 2, bufferSize: 2);
        await using var first = new SinkProbe<int>(branches[0]);
        await using var second = new SinkProbe<int>(branches[1]);
        first.Request();
        second.Request();
        await body(first, second);
    });

    private static async Task StopAsync(SinkProbe<int> first, SinkProbe<int> second)
    {
        await first.DisposeAsync();
        await second.DisposeAsync();
    }
}
