using AkkaCrypto.Pipeline.Streams;
using AkkaCrypto.TestKit;
using static AkkaCrypto.TestKit.StreamAssert;

namespace AkkaCrypto.Pipeline.Tests.Streams;

public sealed class SwitchSpec
{
    private readonly FakeTimeProvider time = new();
    private readonly List<string> events = [];
    private volatile string key = "a";

    [Fact]
    public Task The_end_of_the_run_at_hand_is_the_streams() => AssertAllStagesStopped(async () =>
        Assert.Equal([1, 2, 3], await Source.Switch(() => key, _ => Source.From([1, 2, 3]), time).To(Sink.ToList<int>()).RunAsync(default)
            .Within("the finish")));

    [Fact]
    public Task A_failure_of_the_run_at_hand_is_the_streams() => AssertAllStagesStopped(async () =>
    {
        var failure = new IOException("broke");
        var run = Source.Switch(() => key, _ => Source.Failed<int>(failure), time).To(Sink.Ignore<int>()).RunAsync(default);
        Assert.Same(failure, await Assert.ThrowsAsync<IOException>(() => run.Within("the failure")));
    });

    [Fact]
    public Task A_key_that_cannot_be_read_fails_the_stream() => AssertAllStagesStopped(async () =>
    {
        var reads = 0;
        string Read() => ++reads == 1 ? "a" : throw new FormatException("no key");
        var run = Source.Switch(Read, _ => Endless("a"), time).To(Sink.Ignore<string>()).RunAsync(default);
        await time.AdvanceWhenArmedAsync(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAsync<FormatException>(() => run.Within("the failure"));
    });

    [Fact]
    public Task Cancel_stops_the_run_and_the_watch() => AssertAllStagesStopped(async () =>
    {
        using var cancel = new CancellationTokenSource();
        var run = Source.Switch(() => key, Endless, time).To(Sink.Ignore<string>()).RunAsync(cancel.Token);
        await time.WhenArmedAsync();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.Within("the cancel"));
        Assert.Equal(["a opened", "a disposed"], events);
    });

    [Fact]
    public Task Another_key_ends_the_run_before_the_next_is_opened() => AssertAllStagesStopped(async () =>
    {
        await using var downstream = new SinkProbe<string>(Source.Switch(() => key, Endless, time));
        downstream.Request();
        Assert.Equal("a", await downstream.ExpectNextAsync());
        downstream.Request();
        await time.WhenArmedAsync();

        key = "b";
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("b", await downstream.ExpectNextAsync());
        Assert.Equal(["a opened", "a disposed", "b opened"], events);
    });

    [Fact]
    public Task The_same_key_changes_nothing() => AssertAllStagesStopped(async () =>
    {
        await using var downstream = new SinkProbe<string>(Source.Switch(() => new string(key), Endless, time));
        downstream.Request();
        Assert.Equal("a", await downstream.ExpectNextAsync());
        for (var second = 0; second < 5; second++)
        {
            await time.AdvanceWhenArmedAsync(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(["a opened"], events);
    });

    /// <summary>Its name, and then nothing more.</summary>
    private Source<string> Endless(string name) => Source.From(ct => RunAsync(name, ct));

    private async IAsyncEnumerable<string> RunAsync(
        string name, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        events.Add($"{name} opened");
        try
        {
            yield return name;
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
        finally
        {
            events.Add($"{name} disposed");
        }
    }
}
