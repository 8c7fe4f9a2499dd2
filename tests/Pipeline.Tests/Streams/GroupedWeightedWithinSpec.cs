using AkkaCrypto.Pipeline.Streams;
using AkkaCrypto.TestKit;
using static AkkaCrypto.TestKit.StreamAssert;

namespace AkkaCrypto.Pipeline.Tests.Streams;

/// <summary>Each element weighs what it is. What grouping by number shows of the timer holds here too: they share their code.</summary>
public sealed class GroupedWeightedWithinSpec
{
    private static readonly TimeSpan Within = TimeSpan.FromMilliseconds(100);
    private readonly FakeTimeProvider time = new();
    private readonly SourceProbe<int> upstream = new();
    private int size = 10;

    [Fact]
    public Task The_element_that_fills_a_group_belongs_to_it_and_disarms_the_timer() => Run(async sink =>
    {
        sink.Request();
        await upstream.SendAllAsync(4, 5, 6);
        await sink.ExpectNextAsync([4, 5, 6]);
        Assert.Equal(0, time.ArmedTimers);
    });

    [Fact]
    public Task An_element_heavier_than_a_group_is_a_group_of_its_own() => Run(async sink =>
    {
        sink.Request();
        await upstream.SendNextAsync(1000);
        await sink.ExpectNextAsync([1000]);
    });

    [Fact]
    public Task What_does_not_fill_a_group_is_delivered_by_the_timer() => Run(async sink =>
    {
        sink.Request();
        await upstream.SendAllAsync(4, 5);
        await upstream.ExpectDemandAsync(); // The 5 is in the group, too.
        await time.AdvanceWhenArmedAsync(Within);
        await sink.ExpectNextAsync([4, 5]);
    });

    [Fact]
    public Task A_smaller_size_is_obeyed_at_the_next_element() => Run(async sink =>
    {
        sink.Request();
        await upstream.SendNextAsync(4);
        await upstream.ExpectDemandAsync();
        size = 5;
        await upstream.SendNextAsync(1);
        await sink.ExpectNextAsync([4, 1]);
    });

    [Fact]
    public Task The_group_at_hand_is_delivered_when_upstream_finishes() => Run(async sink =>
    {
        sink.Request();
        await upstream.SendNextAsync(9);
        await upstream.SendCompleteAsync();
        await sink.ExpectNextAsync([9]);
        await sink.ExpectCompleteAsync();
    });

    [Fact]
    public Task The_group_at_hand_is_delivered_before_the_failure() => Run(async sink =>
    {
        var failure = new IOException("gone");
        sink.Request();
        await upstream.SendNextAsync(9);
        await upstream.SendErrorAsync(failure);
        await sink.ExpectNextAsync([9]);
        await sink.ExpectErrorAsync(failure);
    });

    [Fact]
    public Task Cancel_disarms_the_timer_and_stops_upstream() => Run(async sink =>
    {
        sink.Request();
        await upstream.SendNextAsync(9);
        await time.WhenArmedAsync();
        await sink.CancelAsync();
        Assert.Equal(0, time.ArmedTimers);
        Assert.True(upstream.IsDisposed);
    });

    private Task Run(Func<SinkProbe<IReadOnlyList<int>>, Task> body) => AssertAllStagesStopped(async () =>
    {
        await using var sink = new SinkProbe<IReadOnlyList<int>>(
            upstream.Source.GroupedWeightedWithin(() => size, element => element, () => Within, time));
        await body(sink);
    });
}
