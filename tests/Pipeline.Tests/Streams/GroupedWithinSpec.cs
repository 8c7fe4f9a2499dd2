using AkkaCrypto.Pipeline.Streams;
using AkkaCrypto.TestKit;
using static AkkaCrypto.TestKit.StreamAssert;

namespace AkkaCrypto.Pipeline.Tests.Streams;

public sealed class GroupedWithinSpec
{
    private static readonly TimeSpan Within = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan OneMillisecond = TimeSpan.FromMilliseconds(1);
    private readonly FakeTimeProvider time = new();
    private readonly SourceProbe<int> upstream = new();
    private int size = 3;

    [Fact]
    public Task A_full_group_is_delivered_at_once_and_disarms_the_timer() => Run(async sink =>
    {
        sink.Request();
        await upstream.SendAllAsync(1, 2, 3);
        await sink.ExpectNextAsync([1, 2, 3]);
        Assert.Equal(0, time.ArmedTimers);
    });

    [Fact]
    public Task The_timer_starts_at_the_groups_first_element() => Run(async sink =>
    {
        sink.Request();
        await upstream.ExpectDemandAsync();
        time.Advance(TimeSpan.FromHours(1));
        await upstream.SendAllAsync(1);
        await sink.ExpectNoMessageAfterAsync(time.AdvanceWhenArmedAsync(Within - OneMillisecond));
        time.Advance(OneMillisecond);
        await sink.ExpectNextAsync([1]);
    });

    [Fact]
    public Task The_previous_groups_timer_does_not_cut_the_next_group_short() => Run(async sink =>
    {
        sink.Request();
        await upstream.SendAllAsync(1, 2);
        await time.AdvanceWhenArmedAsync(Within - OneMillisecond);
        await upstream.SendNextAsync(3);
        await sink.ExpectNextAsync([1, 2, 3]);
        sink.Request();
        await upstream.SendNextAsync(4);

        // Where the first group's timer would have gone off.
        await sink.ExpectNoMessageAfterAsync(time.AdvanceWhenArmedAsync(OneMillisecond));
        await sink.ExpectNoMessageAfterAsync(time.AdvanceWhenArmedAsync(Within - (2 * OneMillisecond)));
        time.Advance(OneMillisecond);
        await sink.ExpectNextAsync([4]);
    });

    [Fact]
    public Task A_quiet_upstream_gives_no_empty_group() => Run(async sink =>
    {
        sink.Request();
        await upstream.SendNextAsync(1);
        await time.AdvanceWhenArmedAsync(Within);
        await sink.ExpectNextAsync([1]);
        sink.Request();
        time.Advance(TimeSpan.FromHours(1));
        await sink.ExpectNoMessageAfterAsync(upstream.ExpectDemandAsync());
        Assert.Equal(0, time.ArmedTimers);
        await upstream.SendCompleteAsync();
        await sink.ExpectCompleteAsync();
    });

    [Fact]
    public Task The_last_group_is_delivered_when_upstream_finishes_before_the_timer() => Run(async sink =>
    {
        sink.Request();
        await upstream.SendAllAsync(1, 2);
        await upstream.SendCompleteAsync();
        await sink.ExpectNextAsync([1, 2]);
        await sink.ExpectCompleteAsync();
        Assert.Equal(0, time.ArmedTimers);
    });

    [Fact]
    public Task The_last_element_survives_when_finish_meets_the_timer() => Run(async sink =>
    {
        for (var n = 0; n < 200; n++)
        {
            // An element and the timer of its group at the same moment, from two threads: it is in this group or in the next, never lost.
            sink.Request();
            await upstream.SendNextAsync(1);
            await time.WhenArmedAsync();
            await upstream.ExpectDemandAsync();
            var ring = Task.Run(() => time.Advance(Within));
            await upstream.SendNextAsync(2);
            await ring;
            var group = await sink.ExpectNextAsync();
            if (group.Count == 1)
            {
                var next = sink.ExpectNextAsync();
                await Task.WhenAny(next, time.WhenArmedAsync());
                time.Advance(Within);
                group = [.. group, .. await next];
            }

            Assert.Equal([1, 2], group);
        }

        sink.Request();
        await upstream.SendNextAsync(3);
        await time.WhenArmedAsync();
        var last = Task.Run(() => time.Advance(Within));
        await upstream.SendCompleteAsync();
        await last;
        await sink.ExpectNextAsync([3]);
        await sink.ExpectCompleteAsync();
    });

    [Fact]
    public Task An_empty_stream_gives_no_group() => Run(async sink =>
    {
        sink.Request();
        await upstream.SendCompleteAsync();
        await sink.ExpectCompleteAsync();
    });

    [Fact]
    public Task The_group_at_hand_is_delivered_before_the_failure() => Run(async sink =>
    {
        var failure = new IOException("gone");
        sink.Request();
        await upstream.SendAllAsync(1, 2);
        await upstream.SendErrorAsync(failure);
        await sink.ExpectNextAsync([1, 2]);
        await sink.ExpectErrorAsync(failure);
    });

    [Fact]
    public Task Cancel_disarms_the_timer_and_stops_upstream() => Run(async sink =>
    {
        sink.Request();
        await upstream.SendNextAsync(1);
        await time.WhenArmedAsync();
        await sink.CancelAsync();
        Assert.Equal(0, time.ArmedTimers);
        Assert.True(upstream.IsDisposed);
    });

    [Fact]
    public Task A_consumer_that_breaks_off_while_upstream_is_asked_stops_it() => Run(async sink =>
    {
        sink.Request();
        await upstream.SendNextAsync(1);
        await time.AdvanceWhenArmedAsync(Within);
        await sink.ExpectNextAsync([1]);
        await sink.BreakOffAsync();
        Assert.True(upstream.IsCancelled);
        Assert.True(upstream.IsDisposed);
    });

    [Fact]
    public Task Time_that_downstream_was_busy_counts() => AssertAllStagesStopped(async () =>
    {
        // Its continuations run inside SetResult, so the element has arrived when that returns.
        var second = new TaskCompletionSource();
        async IAsyncEnumerable<int> Elements()
        {
            yield return 1;
            await second.Task;
            yield return 2;
        }

        await using var sink = new SinkProbe<IReadOnlyList<int>>(Source.From(_ => Elements()).GroupedWithin(() => 3, () => Within, time));
        sink.Request();
        await time.AdvanceWhenArmedAsync(Within);
        await sink.ExpectNextAsync([1]);

        // 2 arrives while downstream works, and has waited its time out when downstream asks again.
        await Task.Run(second.SetResult);
        time.Advance(Within);
        await sink.ExpectNextAsync([2]);
        Assert.Equal(0, time.ArmedTimers);
        await sink.ExpectCompleteAsync();
    });

    [Fact]
    public Task A_smaller_size_is_obeyed_at_the_next_element() => Run(async sink =>
    {
        sink.Request();
        await upstream.SendNextAsync(1);
        await upstream.ExpectDemandAsync();
        size = 2;
        await upstream.SendNextAsync(2);
        await sink.ExpectNextAsync([1, 2]);
    });

    [Fact]
    public Task A_shorter_time_and_a_smaller_size_are_obeyed_within_a_second_of_the_wait() => AssertAllStagesStopped(async () =>
    {
        var (most, within) = (10, TimeSpan.FromMinutes(1));
        await using var sink = new SinkProbe<IReadOnlyList<int>>(upstream.Source.GroupedWithin(() => most, () => within, time));
        foreach (var change in (Action[])[() => within = Within, () => most = 1])
        {
            (most, within) = (10, TimeSpan.FromMinutes(1));
            sink.Request();
            await upstream.SendNextAsync(1);
            await time.WhenArmedAsync();
            change();
            time.Advance(TimeSpan.FromSeconds(1));
            await sink.ExpectNextAsync([1]);
        }
    });

    [Fact]
    public Task A_group_whose_time_runs_out_while_the_timer_is_being_set_does_not_wait_for_the_timer() => AssertAllStagesStopped(async () =>
    {
        var slow = new TimeThatPassesWhileTimersAreSet(time, Within);
        await using var sink = new SinkProbe<IReadOnlyList<int>>(upstream.Source.GroupedWithin(() => size, () => Within, slow));
        sink.Request();
        await upstream.SendNextAsync(1);
        await sink.ExpectNextAsync([1]);
    });

    private Task Run(Func<SinkProbe<IReadOnlyList<int>>, Task> body) => AssertAllStagesStopped(async () =>
    {
        await using var sink = new SinkProbe<IReadOnlyList<int>>(upstream.Source.GroupedWithin(() => size, () => Within, time));
        await body(sink);
    });

    /// <summary>A thread that is stopped between reading the clock and setting its timer.</summary>
    private sealed class TimeThatPassesWhileTimersAreSet(FakeTimeProvider time, TimeSpan passes) : TimeProvider
    {
        public override long TimestampFrequency => time.TimestampFrequency;

        public override long GetTimestamp() => time.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            new Timer(time.CreateTimer(callback, state, dueTime, period), () => time.Advance(passes));

        private sealed class Timer(ITimer timer, Action pass) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period)
            {
                if (dueTime != Timeout.InfiniteTimeSpan)
                {
                    pass();
                }

                return timer.Change(dueTime, period);
            }

            public void Dispose() => timer.Dispose();

            public ValueTask DisposeAsync() => timer.DisposeAsync();
        }
    }
}
