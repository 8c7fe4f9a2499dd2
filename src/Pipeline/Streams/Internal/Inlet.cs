namespace AkkaCrypto.Pipeline.Streams;

/// <summary>What an inlet had when it was asked.</summary>
internal enum Move
{
    /// <summary>An element: <see cref="Inlet{T}.Current"/>.</summary>
    Element,

    /// <summary>Nothing yet: <see cref="Inlet{T}.Pending"/> ends when there is something.</summary>
    Waiting,

    /// <summary>Nothing any more: upstream has finished or failed, and <see cref="Inlet{T}.WaitAsync"/> tells which.</summary>
    Over,
}

/// <summary>
/// An upstream that can be waited for beside something else (a timer, a call in flight). An answer that isn't there stays pending until it
/// is taken, however often it is asked for; a failure stays too, so that a stage can first deliver what it holds. Disposing cancels
/// upstream, waits for the pending answer and disposes the enumerator.
/// </summary>
internal sealed class Inlet<T> : IAsyncDisposable
{
    private readonly TimeProvider? time;
    private readonly CancellationTokenSource cancel;
    private readonly IAsyncEnumerator<T> enumerator;
    private Task<bool>? pending;
    private bool finished;
    private long pendingArrivedAt;
    private long? arrivedAt;

    /// <param name="source">The upstream, opened here.</param>
    /// <param name="time">Needed only for <see cref="ArrivedAt"/>.</param>
    /// <param name="cancellationToken">The run's token.</param>
    public Inlet(Source<T> source, TimeProvider? time, CancellationToken cancellationToken)
    {
        this.time = time;
        cancel = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        enumerator = source.Enumerate(cancel.Token).GetAsyncEnumerator(cancel.Token);
    }

    /// <summary>Cancelled with the run or by <see cref="CancelAsync"/>.</summary>
    public CancellationToken Token => cancel.Token;

    /// <summary>The answer that is waited for, or the failure.</summary>
    public Task Pending => pending ?? Task.CompletedTask;

    /// <summary>The element of the last move.</summary>
    public T Current => enumerator.Current;

    /// <summary>Timestamp of the arrival of <see cref="Current"/>; now, if it didn't have to be waited for.</summary>
    public long ArrivedAt => arrivedAt ?? time!.GetTimestamp();

    /// <summary>Takes the next element if it is there. Never waits.</summary>
    public Move Move()
    {
        if (pending is null && !finished)
        {
            var answer = enumerator.MoveNextAsync();
            if (answer.IsCompletedSuccessfully)
            {
                arrivedAt = null;
                return Take(answer.Result);
            }

            pending = AwaitAsync(answer);
        }

        if (pending is { IsCompletedSuccessfully: true })
        {
            arrivedAt = pendingArrivedAt;
            var moved = pending.Result;
            pending = null;
            return Take(moved);
        }

        return pending is { IsCompleted: false } ? Streams.Move.Waiting : Streams.Move.Over;
    }

    /// <summary>Waits until there is something to move to: true. False when upstream has finished; throws its failure when it has
    /// failed.</summary>
    public async ValueTask<bool> WaitAsync()
    {
        await Pending;
        return !finished;
    }

    /// <summary>Cancels upstream and whatever else holds <see cref="Token"/>.</summary>
    public Task CancelAsync() => cancel.CancelAsync();

    public async ValueTask DisposeAsync()
    {
        await cancel.CancelAsync();
        await Pending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await enumerator.DisposeAsync();
        cancel.Dispose();
    }

    private Move Take(bool moved)
    {
        finished = !moved;
        return moved ? Streams.Move.Element : Streams.Move.Over;
    }

    private async Task<bool> AwaitAsync(ValueTask<bool> answer)
    {
        var moved = await answer;
        pendingArrivedAt = time?.GetTimestamp() ?? 0;
        return moved;
    }
}
