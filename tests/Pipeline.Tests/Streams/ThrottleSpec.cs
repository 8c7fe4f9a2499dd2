using AkkaCrypto.Pipeline.Streams;
using AkkaCrypto.TestKit;
using Xunit.Abstractions;
using static AkkaCrypto.TestKit.StreamAssert;

namespace AkkaCrypto.Pipeline.Tests.Streams;

public sealed class ThrottleSpec(ITestOutputHelper output)
{
    private readonly FakeTimeProvider time = new();

    [Fact]
    public Task An_element_that_waits_for_its_turn_is_delivered_before_the_finish() => AssertAllStagesStopped(async () =>
    {
        await using var sink = new SinkProbe<int>(Source.From([1, 2]).Throttle(() => 10, burst: 1, time));
        await sink.ExpectNextAsync(1);
        sink.Request();
        await sink.ExpectNoMessageAfterAsync(time.AdvanceWhenArmedAsync(TimeSpan.FromMilliseconds(99)));
        time.Advance(TimeSpan.FromMilliseconds(1));
        await sink.ExpectNextAsync(2);
        await sink.ExpectCompleteAsync();
    });

    [Fact]
    public Task Cancel_ends_the_wait_for_a_turn() => AssertAllStagesStopped(async () =>
    {
        var sink = new SinkProbe<int>(Source.From([1, 2]).Throttle(() => 0.001, burst: 1, time));
        await sink.ExpectNextAsync(1);
        sink.Request();
        await time.WhenArmedAsync();
        await sink.CancelAsync();
        Assert.Equal(0, time.ArmedTimers);
    });

    [Fact]
    public Task A_faster_rate_is_obeyed_within_a_second_of_a_long_wait() => AssertAllStagesStopped(async () =>
    {
        var rate = 0.0;
        await using var sink = new SinkProbe<int>(Source.From([1, 2]).Throttle(() => rate, burst: 1, time));
        await sink.ExpectNextAsync(1);
        sink.Request();
        await sink.ExpectNoMessageAfterAsync(time.AdvanceWhenArmedAsync(TimeSpan.FromHours(1)));
        await sink.ExpectNoMessageAfterAsync(time.WhenArmedAsync());
        rate = 100;
        time.Advance(TimeSpan.FromSeconds(1));
        await sink.ExpectNextAsync(2);
    });

    [Fact]
    public Task No_window_holds_more_than_the_burst_and_its_share_of_the_rate() => AssertAllStagesStopped(async () =>
    {
        var random = new Random(Seed.Next(output));
        for (var round = 0; round < 20; round++)
        {
            var (rate, burst) = (random.Next(1, 900) / 3.0, random.Next(1, 20));
            var times = await TimesAsync(rate, burst, pauses: random);
            for (var from = 0; from < times.Count; from++)
            {
                for (var to = from; to < times.Count; to++)
                {
                    // One millisecond: a wait is rounded up to whole ones, and what it overslept counts.
                    var most = burst + (rate * ((times[to] - times[from]).TotalSeconds + 0.001)) + 1e-6;
                    Assert.True(
                        to - from + 1 <= most, $"rate {rate}, burst {burst}: {to - from + 1} elements from {times[from]} to {times[to]}");
                }
            }
        }
    });

    [Fact]
    public Task The_rate_is_reached_in_the_long_run_also_above_a_thousand_a_second() => AssertAllStagesStopped(async () =>
    {
        var times = await TimesAsync(rate: 7000, burst: 1, pauses: null);
        Assert.InRange(times[^1].TotalSeconds, (times.Count - 1) / 7000.0 - 1e-9, (times.Count / 7000.0) + 0.001);
    });

    /// <summary>When each of 100 elements left; downstream asks at once, or after random pauses.</summary>
    private async Task<List<TimeSpan>> TimesAsync(double rate, int burst, Random? pauses)
    {
        var started = time.GetUtcNow();
        var times = new List<TimeSpan>();
        await using var elements = Source.From(Enumerable.Range(1, 100)).Throttle(() => rate, burst, time).Enumerate(default)
            .GetAsyncEnumerator();
        while (true)
        {
            var move = elements.MoveNextAsync().AsTask();
            while (!move.IsCompleted)
            {
                await Task.WhenAny(move, time.WhenArmedAsync());
                if (!move.IsCompleted)
                {
                    await time.AdvanceToNextTimerAsync();
                }
            }

            if (!await move)
            {
                return times;
            }

            times.Add(time.GetUtcNow() - started);
            time.Advance(TimeSpan.FromMilliseconds(pauses?.Next(4) == 0 ? pauses.Next(50) : 0));
        }
    }
}
