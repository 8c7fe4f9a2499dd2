using System.Runtime.CompilerServices;

namespace AkkaCrypto.Pipeline.Streams;

/// <summary>Ends the streams it was put into, from outside. It can be pulled once; what comes later changes nothing.</summary>
public sealed class KillSwitch : IDisposable
{
    private readonly CancellationTokenSource pulled = new();
    private readonly Lock gate = new();
    private Exception? failure;

    /// <summary>The place in a stream where the switch cuts.</summary>
    public Flow<T, T> Flow<T>() => Streams.Flow.From<T, T>(source => new Source<T>(ct => Run(source, ct)));

    /// <summary>Cancels upstream; downstream finishes.</summary>
    public void Shutdown() => Pull(because: null);

    /// <summary>Cancels upstream; downstream fails with <paramref name="because"/> itself, at once.</summary>
    public void Abort(Exception because)
    {
        ArgumentNullException.ThrowIfNull(because);
        Pull(because);
    }

    /// <summary>Frees the switch; streams that it is part of must have ended.</summary>
    public void Dispose() => pulled.Dispose();

    private void Pull(Exception? because)
    {
        lock (gate)
        {
            if (pulled.IsCancellationRequested)
            {
                return;
            }

            failure = because;
        }

        pulled.Cancel();
    }

    private async IAsyncEnumerable<T> Run<T>(Source<T> source, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stage = StageLedger.Enter(nameof(KillSwitch));
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, pulled.Token);
        await using (var upstream = source.Enumerate(either.Token).GetAsyncEnumerator(either.Token))
        {
            while (await MoveAsync(upstream, cancellationToken))
            {
                yield return upstream.Current;
            }
        }

        if (pulled.IsCancellationRequested && failure is not null)
        {
            await Task.FromException(failure);
        }
    }

    /// <summary>False also when the switch was pulled: what upstream makes of its cancellation then is no failure of the stream.</summary>
    private async ValueTask<bool> MoveAsync<T>(IAsyncEnumerator<T> upstream, CancellationToken cancellationToken)
    {
        try
        {
            return !pulled.IsCancellationRequested && await upstream.MoveNextAsync() && !pulled.IsCancellationRequested;
        }
        catch (Exception) when (pulled.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
