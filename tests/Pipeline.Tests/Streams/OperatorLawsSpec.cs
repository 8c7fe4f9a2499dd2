using AkkaCrypto.Pipeline.Streams;
using AkkaCrypto.TestKit;
using static AkkaCrypto.TestKit.StreamAssert;

namespace AkkaCrypto.Pipeline.Tests.Streams;

/// <summary>What holds for every operator that has one input and one output, whatever it does between.</summary>
public sealed class OperatorLawsSpec : IDisposable
{
    private readonly FakeTimeProvider time = new();
    private readonly KillSwitch killSwitch = new();

    private static readonly string[] EndWithUpstream =
    [
        "Select", "Where", "SelectMany", "Throttle", "GroupedWithin", "SelectAsync", "SelectAsyncUnordered", "Buffer", "Conflate", "Merge",
        "Broadcast",
        "KillSwitch", "GroupedWeightedWithin", "Buffer of live size",
    ];

    /// <summary>Operators that end when their upstream ends.</summary>
    public static TheoryData<string> Passing => new(EndWithUpstream);

    /// <summary>Those and the one that doesn't.</summary>
    public static TheoryData<string> All => new([.. EndWithUpstream, "RestartSource"]);

    public void Dispose() => killSwitch.Dispose();

    [Theory]
    [MemberData(nameof(Passing))]
    public Task All_elements_are_delivered_before_the_finish(string name) => AssertAllStagesStopped(async () =>
    {
        var delivered = await Operator(name, Source.From(Enumerable.Range(1, 100))).To(Sink.ToList<int>()).RunAsync(default)
            .Within("the finish");
        Assert.Equal(Enumerable.Range(1, 100), delivered);
    });

    [Theory]
    [MemberData(nameof(Passing))]
    public Task A_failure_comes_after_the_elements_before_it_and_is_the_same_object(string name) => AssertAllStagesStopped(async () =>
    {
        var failure = new IOException("upstream broke");
        var delivered = new List<int>();
        var upstream = Source.From(Enumerable.Range(1, 3)).Select(n => n < 3 ? n : throw failure);
        var run = Operator(name, upstream).To(Sink.ForEach<int>(delivered.Add)).RunAsync(default).Within("the failure");
        Assert.Same(failure, await Assert.ThrowsAsync<IOException>(() => run));
        Assert.Equal([1, 2], delivered);
    });

    [Theory]
    [MemberData(nameof(Passing))]
    public Task An_empty_upstream_finishes_without_an_element(string name) => AssertAllStagesStopped(async () =>
        Assert.Empty(await Operator(name, Source.Empty<int>()).To(Sink.ToList<int>()).RunAsync(default).Within("the finish")));

    [Theory]
    [MemberData(nameof(All))]
    public Task Cancel_leaves_nothing_running(string name) => AssertAllStagesStopped(async () =>
    {
        var upstream = new SourceProbe<int>();
        await using var downstream = new SinkProbe<int>(Operator(name, upstream.Source));
        downstream.Request();
        await upstream.ExpectDemandAsync();
        await downstream.CancelAsync();
        Assert.True(upstream.IsCancelled);
        Assert.True(upstream.IsDisposed);
    });

    [Theory]
    [MemberData(nameof(All))]
    public Task Breaking_off_disposes_everything_upstream(string name) => AssertAllStagesStopped(async () =>
    {
        var disposed = false;
        IEnumerable<int> Endless()
        {
            try
            {
                for (var n = 1; ; n++)
                {
                    yield return n;
                }
            }
            finally
            {
                disposed = true;
            }
        }

        await foreach (var first in Operator(name, Source.From(Endless())).Enumerate(default))
        {
            Assert.True(first >= 1);
            break;
        }

        Assert.True(disposed);
    });

    [Theory]
    [MemberData(nameof(All))]
    public Task A_token_cancelled_amid_the_elements_ends_the_run(string name) => AssertAllStagesStopped(async () =>
    {
        using var cancel = new CancellationTokenSource();
        var run = Operator(name, Source.From(Endless())).To(Sink.ForEach<int>(n =>
        {
            if (n > 10)
            {
                cancel.Cancel();
            }
        })).RunAsync(cancel.Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.Within("the cancelled run ends"));
    });

    [Theory]
    [MemberData(nameof(All))]
    public void Nothing_is_opened_before_the_run(string name)
    {
        var upstream = new SourceProbe<int>();
        var stream = Operator(name, upstream.Source).To(Sink.Ignore<int>());
        Assert.NotNull(stream);
        Assert.False(upstream.IsOpened);
    }

    private static IEnumerable<int> Endless()
    {
        for (var n = 1; ; n = n == int.MaxValue ? 1 : n + 1)
        {
            yield return n;
        }
    }

    private Source<int> Operator(string name, Source<int> source) => name switch
    {
        "Select" => source.Select(n => n),
        "Where" => source.Where(_ => true),
        "SelectMany" => source.SelectMany(n => new[] { n }),
        "Throttle" => source.Throttle(() => 1, burst: 1_000_000, time),
        "GroupedWithin" => source.GroupedWithin(() => 3, () => TimeSpan.FromHours(1), time).SelectMany(group => group),
        "GroupedWeightedWithin" =>
            source.GroupedWeightedWithin(() => 3, n => n % 3, () => TimeSpan.FromHours(1), time).SelectMany(group => group),
        "SelectAsync" => source.SelectAsync(() => 2, (n, _) => Task.FromResult(n)),
        "SelectAsyncUnordered" => source.SelectAsyncUnordered(() => 2, (n, _) => Task.FromResult(n)),
        "Buffer" => source.Buffer(2, OverflowStrategy.Backpressure),
        "Buffer of live size" => source.Buffer(() => 2),
        "Conflate" => source.ConflateWithSeed(
            n => new List<int> { n },
            (held, n) =>
            {
                // Endless upstreams are folded without end: the aggregate's size is the caller's care.
                if (held.Count < 1000)
                {
                    held.Add(n);
                }

                return held;
            }).SelectMany(held => held),
        "Merge" => source.Merge(),
        "Broadcast" => source.Broadcast(branches: 1, bufferSize: 2)[0],
        "KillSwitch" => source.Via(killSwitch.Flow<int>()),
        "RestartSource" => RestartSource.WithBackoff(
            new RestartBackoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10), Jitter: 0), () => source, time, new Random(1)),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "no such operator"),
    };
}
