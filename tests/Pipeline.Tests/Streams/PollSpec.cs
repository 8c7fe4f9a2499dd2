using AkkaCrypto.Pipeline.Streams;
using AkkaCrypto.TestKit;
using static AkkaCrypto.TestKit.StreamAssert;

namespace AkkaCrypto.Pipeline.Tests.Streams;

public sealed class PollSpec
{
    private readonly FakeTimeProvider time = new();
    private readonly DateTimeOffset start;
    private TimeSpan every = TimeSpan.FromMilliseconds(500);

    public PollSpec() => start = time.GetUtcNow();

    [Fact]
    public Task The_first_ask_is_at_once_and_the_next_a_period_after_its_start() => AssertAllStagesStopped(async () =>
    {
        await using var sink = new SinkProbe<TimeSpan>(Poll(_ =>
        {
            // An ask takes 200 ms, and the period is counted from its start.
            var asked = time.GetUtcNow() - start;
            time.Advance(TimeSpan.FromMilliseconds(200));
            return Task.FromResult(asked);
        }));
        await sink.ExpectNextAsync(TimeSpan.Zero);
        sink.Request();
        await sink.ExpectNoMessageAfterAsync(time.AdvanceWhenArmedAsync(TimeSpan.FromMilliseconds(299)));
        time.Advance(TimeSpan.FromMilliseconds(1));
        await sink.ExpectNextAsync(every);
        await sink.CancelAsync();
    });

    [Fact]
    public Task A_failing_ask_fails_the_stream() => AssertAllStagesStopped(async () =>
    {
        var failure = new IOException("no answer");
        await using var sink = new SinkProbe<TimeSpan>(Poll(_ => Task.FromException<TimeSpan>(failure)));
        await sink.ExpectErrorAsync(failure);
        Assert.Equal(0, time.ArmedTimers);
    });

    [Fact]
    public Task A_slow_consumer_skips_ticks_rather_than_piling_them_up() => AssertAllStagesStopped(async () =>
    {
        await using var sink = new SinkProbe<TimeSpan>(Poll(_ => Task.FromResult(time.GetUtcNow() - start)));
        await sink.ExpectNextAsync(TimeSpan.Zero);
        time.Advance(TimeSpan.FromMilliseconds(2600));
        await sink.ExpectNextAsync(TimeSpan.FromMilliseconds(2600));
        sink.Request();
        await sink.ExpectNoMessageAfterAsync(time.WhenArmedAsync());
        time.Advance(every);
        await sink.ExpectNextAsync(TimeSpan.FromMilliseconds(3100));
        await sink.CancelAsync();
    });

    [Fact]
    public Task A_shorter_period_is_obeyed_within_a_second() => AssertAllStagesStopped(async () =>
    {
        every = TimeSpan.FromHours(1);
        await using var sink = new SinkProbe<TimeSpan>(Poll(_ => Task.FromResult(time.GetUtcNow() - start)));
        await sink.ExpectNextAsync(TimeSpan.Zero);
        sink.Request();
        await time.WhenArmedAsync();
        every = TimeSpan.FromMilliseconds(10);
        time.Advance(TimeSpan.FromSeconds(1));
        await sink.ExpectNextAsync(TimeSpan.FromSeconds(1));
        await sink.CancelAsync();
    });

    [Fact]
    public Task Cancel_ends_the_wait_between_two_asks() => AssertAllStagesStopped(async () =>
    {
        var sink = new SinkProbe<TimeSpan>(Poll(_ => Task.FromResult(TimeSpan.Zero)));
        await sink.ExpectNextAsync();
        sink.Request();
        await time.WhenArmedAsync();
        await sink.CancelAsync();
        Assert.Equal(0, time.ArmedTimers);
    });

    [Fact]
    public Task Cancel_reaches_an_ask_under_way() => AssertAllStagesStopped(async () =>
    {
        var asking = new TaskCompletionSource();
        var cancelled = false;
        var sink = new SinkProbe<TimeSpan>(Poll(async ct =>
        {
            asking.SetResult();
            using var registration = ct.Register(() => cancelled = true);
            await Task.Delay(Timeout.InfiniteTimeSpan, ct);
            return TimeSpan.Zero;
        }));
        sink.Request();
        await asking.Task.Within("the first ask");
        await sink.CancelAsync();
        Assert.True(cancelled);
    });

    private Source<TimeSpan> Poll(Func<CancellationToken, Task<TimeSpan>> ask) => Source.Poll(() => every, ask, time);
}
