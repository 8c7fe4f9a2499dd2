using AkkaCrypto.Pipeline.Streams;

namespace AkkaCrypto.TestKit;

/// <summary>
/// The beginning of a stream, pushed by hand: it sees each demand, answers it when told, and sees cancellation. It honours its token, as a
/// good source does. One run.
/// </summary>
public sealed class SourceProbe<T> : IAsyncEnumerator<T>
{
    private readonly Lock gate = new();
    private readonly TaskCompletionSource opened = NewSignal();
    private readonly TaskCompletionSource cancelled = NewSignal();
    private readonly TaskCompletionSource disposed = NewSignal();
    private TaskCompletionSource<bool>? answer;
    private TaskCompletionSource demanded = NewSignal();
    private CancellationTokenRegistration registration;
    private StageLedger.Entry? stage;
    private bool over;
    private int demand;

    public SourceProbe() => Source = Pipeline.Streams.Source.From(ct => new OneRun(this, ct));

    /// <summary>The blueprint to put the operator under test on.</summary>
    public Source<T> Source { get; }

    /// <summary>How many elements have been asked for since the run began.</summary>
    public int Demand => Volatile.Read(ref demand);

    /// <summary>The stream has been opened.</summary>
    public bool IsOpened => opened.Task.IsCompleted;

    /// <summary>The token was cancelled, or the consumer broke off before the end.</summary>
    public bool IsCancelled => cancelled.Task.IsCompleted;

    /// <summary>The enumerator was disposed.</summary>
    public bool IsDisposed => disposed.Task.IsCompleted;

    public T Current { get; private set; } = default!;

    /// <summary>Ends when the consumer waits for an element.</summary>
    public Task ExpectDemandAsync()
    {
        lock (gate)
        {
            return demanded.Task.Within("the stream asks its source for an element");
        }
    }

    /// <summary>Waits for demand and answers it with an element.</summary>
    public async Task SendNextAsync(T element)
    {
        await ExpectDemandAsync();
        Answer(element).TrySetResult(true);
    }

    /// <summary>Sends one after the other.</summary>
    public async Task SendAllAsync(params T[] elements)
    {
        foreach (var element in elements)
        {
            await SendNextAsync(element);
        }
    }

    /// <summary>Finishes the stream, now or at the next demand.</summary>
    public async Task SendCompleteAsync()
    {
        await ExpectDemandAsync();
        over = true;
        Answer(default!).TrySetResult(false);
    }

    /// <summary>Fails the stream at its demand.</summary>
    public async Task SendErrorAsync(Exception failure)
    {
        await ExpectDemandAsync();
        over = true;
        Answer(default!).TrySetException(failure);
    }

    /// <summary>Ends when the stream has been cancelled or broken off.</summary>
    public Task ExpectCancellationAsync() => cancelled.Task.Within("the stream cancels its source");

    public ValueTask<bool> MoveNextAsync()
    {
        lock (gate)
        {
            demand++;
            if (over)
            {
                return new(false);
            }

            var next = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            answer = next;
            if (cancelled.Task.IsCompleted)
            {
                next.TrySetCanceled(new CancellationToken(canceled: true));
            }
            else
            {
                demanded.TrySetResult();
            }

            return new(next.Task);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await registration.DisposeAsync();
        Assert.False(answer is { Task.IsCompleted: false }, "the source was disposed while a move was pending");
        if (!over)
        {
            cancelled.TrySetResult();
        }

        disposed.TrySetResult();
        stage?.Dispose();
    }

    private TaskCompletionSource<bool> Answer(T element)
    {
        lock (gate)
        {
            Current = element;
            demanded = NewSignal();
            return answer!;
        }
    }

    private SourceProbe<T> Open(CancellationToken cancellationToken)
    {
        Assert.True(opened.TrySetResult(), "a source probe is good for one run");
        stage = StageLedger.Enter(nameof(SourceProbe<>));
        registration = cancellationToken.Register(Cancel);
        return this;
    }

    private void Cancel()
    {
        lock (gate)
        {
            cancelled.TrySetResult();
            answer?.TrySetCanceled(new CancellationToken(canceled: true));
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed class OneRun(SourceProbe<T> probe, CancellationToken token) : IAsyncEnumerable<T>
    {
        public IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default) => probe.Open(token);
    }
}
