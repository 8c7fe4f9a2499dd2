using AkkaCrypto.Pipeline.Streams;
using AkkaCrypto.TestKit;
using Xunit.Abstractions;
using static AkkaCrypto.TestKit.StreamAssert;

namespace AkkaCrypto.Pipeline.Tests.Streams;

public sealed class RestartSourceSpec(ITestOutputHelper output)
{
    private static readonly RestartBackoff Backoff = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10), Jitter: 0);
    private readonly FakeTimeProvider time = new();
    private readonly IOException failure = new("lost");
    private readonly List<Exception?> reported = [];

    [Fact]
    public Task The_backoff_doubles_up_to_its_maximum() => AssertAllStagesStopped(async () =>
    {
        await using var sink = Probe(() => Source.Failed<int>(failure));
        sink.Request();
        foreach (var seconds in new[] { 1, 2, 4, 8, 10, 10 })
        {
            Assert.Equal(TimeSpan.FromSeconds(seconds), await time.AdvanceToNextTimerAsync());
        }

        await time.WhenArmedAsync();
        Assert.Equal(7, reported.Count);
        Assert.All(reported, exception => Assert.Same(failure, exception));
        await sink.CancelAsync();
    });

    [Fact]
    public Task A_run_that_stayed_up_resets_the_backoff() => AssertAllStagesStopped(async () =>
    {
        var runs = new Queue<SourceProbe<int>>([new(), new(), new(), new()]);
        var probes = runs.ToArray();
        await using var sink = Probe(() => runs.Dequeue().Source);
        sink.Request();
        await probes[0].SendErrorAsync(failure);
        Assert.Equal(TimeSpan.FromSeconds(1), await time.AdvanceToNextTimerAsync());
        await probes[1].ExpectDemandAsync();
        time.Advance(Backoff.Min - TimeSpan.FromMilliseconds(1));
        await probes[1].SendErrorAsync(failure);
        Assert.Equal(TimeSpan.FromSeconds(2), await time.AdvanceToNextTimerAsync());
        await probes[2].ExpectDemandAsync();
        time.Advance(Backoff.Min);
        await probes[2].SendErrorAsync(failure);
        Assert.Equal(TimeSpan.FromSeconds(1), await time.AdvanceToNextTimerAsync());
        await probes[3].ExpectDemandAsync();
        await sink.CancelAsync();
    });

    [Fact]
    public Task A_finished_run_is_restarted_too() => AssertAllStagesStopped(async () =>
    {
        await using var sink = Probe(() => Source.From([1, 2]));
        await sink.ExpectNextAsync(1, 2);
        sink.Request();
        await time.AdvanceToNextTimerAsync();
        await sink.ExpectNextAsync(1);
        Assert.Equal([null], reported);
        await sink.CancelAsync();
    });

    [Fact]
    public Task The_failed_run_is_disposed_before_the_next_is_opened() => AssertAllStagesStopped(async () =>
    {
        var runs = new List<SourceProbe<int>>();
        await using var sink = Probe(() =>
        {
            Assert.All(runs, run => Assert.True(run.IsDisposed));
            runs.Add(new SourceProbe<int>());
            return runs[^1].Source;
        });
        sink.Request();
        await Eventually.HoldsAsync(() => runs.Count == 1);
        await runs[0].SendErrorAsync(failure);
        await time.WhenArmedAsync();
        Assert.True(runs[0].IsDisposed);
        await time.AdvanceToNextTimerAsync();
        await Eventually.HoldsAsync(() => runs.Count == 2);
        await runs[1].SendNextAsync(7);
        await sink.ExpectNextAsync(7);
        await sink.CancelAsync();
        Assert.Same(failure, Assert.Single(reported));
    });

    [Fact]
    public Task Cancel_during_the_backoff_ends_it() => AssertAllStagesStopped(async () =>
    {
        var opened = 0;
        var sink = Probe(() =>
        {
            opened++;
            return Source.Failed<int>(failure);
        });
        sink.Request();
        await time.WhenArmedAsync();
        await sink.CancelAsync();
        Assert.Equal(1, opened);
        Assert.Equal(0, time.ArmedTimers);
    });

    [Fact]
    public Task A_factory_that_throws_is_a_failed_run() => AssertAllStagesStopped(async () =>
    {
        var opened = 0;
        await using var sink = Probe(() => ++opened == 1 ? throw failure : Source.From([1]));
        sink.Request();
        await time.AdvanceToNextTimerAsync();
        await sink.ExpectNextAsync(1);
        await sink.CancelAsync();
    });

    [Fact]
    public Task A_run_that_cancels_itself_is_a_failed_run() => AssertAllStagesStopped(async () =>
    {
        // As HttpClient's own timeout does.
        var timeout = new TaskCanceledException("timed out");
        await using var sink = Probe(() => Source.Failed<int>(timeout));
        sink.Request();
        await time.AdvanceToNextTimerAsync();
        await time.WhenArmedAsync();
        Assert.Equal(2, reported.Count);
        await sink.CancelAsync();
    });

    [Fact]
    public Task Jitter_takes_away_at_most_its_share() => AssertAllStagesStopped(async () =>
    {
        var random = new Random(Seed.Next(output));
        var backoff = new RestartBackoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), Jitter: 0.2);
        await using var sink = new SinkProbe<int>(RestartSource.WithBackoff(backoff, () => Source.Failed<int>(failure), time, random));
        sink.Request();
        var waits = new HashSet<TimeSpan>();
        for (var n = 0; n < 100; n++)
        {
            var wait = await time.AdvanceToNextTimerAsync();
            Assert.InRange(wait, TimeSpan.FromMilliseconds(800), TimeSpan.FromSeconds(1));
            waits.Add(wait);
        }

        Assert.True(waits.Count > 10, "the waits hardly differ");
        await time.WhenArmedAsync();
        await sink.CancelAsync();
    });

    private SinkProbe<int> Probe(Func<Source<int>> open) =>
        new(RestartSource.WithBackoff(Backoff, open, time, new Random(1), reported.Add));
}
