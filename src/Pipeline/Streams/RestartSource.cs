using System.Runtime.CompilerServices;

namespace AkkaCrypto.Pipeline.Streams;

/// <summary>How long to wait before a restart: from <paramref name="Min"/>, doubling, to <paramref name="Max"/>.</summary>
/// <param name="Min">First wait, and how long a run must stay up to start again from here.</param>
/// <param name="Max">Longest wait.</param>
/// <param name="Jitter">Share of the wait that is random, 0 to 1: at 0.2 a wait is 80 % to 100 % of its nominal length, never
/// longer.</param>
public sealed record RestartBackoff(TimeSpan Min, TimeSpan Max, double Jitter)
{
    /// <summary>The wait after so many restarts in a row.</summary>
    /// <param name="restarts">0 for the first wait.</param>
    /// <param name="random">Where the jitter comes from; used under a lock.</param>
    public TimeSpan Wait(int restarts, Random random)
    {
        var nominal = Math.Min(Max.TotalMilliseconds, Min.TotalMilliseconds * Math.Pow(2, restarts));
        lock (random)
        {
            nominal *= 1 - (Jitter * random.NextDouble());
        }

        return Waits.RoundUp(TimeSpan.FromMilliseconds(nominal));
    }
}

/// <summary>A source that is opened anew whenever it ends.</summary>
public static class RestartSource
{
    /// <summary>As below, with a backoff that doesn't change.</summary>
    public static Source<T> WithBackoff<T>(
        RestartBackoff backoff, Func<Source<T>> open, TimeProvider time, Random random, Action<Exception?>? onRestart = null) =>
        WithBackoff(() => backoff, open, time, random, onRestart);

    /// <summary>
    /// Runs what <paramref name="open"/> gives; when it fails or finishes, disposes it, waits, and opens again, without end. The wait
    /// doubles with each restart in a row. A run that stayed up for at least the smallest backoff breaks the row (Akka's
    /// <c>maxRestartsWithin</c>, whose default is the smallest backoff too). Only the run's own cancellation ends the stream, or an
    /// exception of <paramref name="onRestart"/>.
    /// </summary>
    /// <param name="backoff">Read at each restart.</param>
    /// <param name="open">Gives the blueprint of the next run; an exception of it counts as a failed run.</param>
    /// <param name="time">The clock of the waits.</param>
    /// <param name="random">Where the jitter comes from; used under a lock.</param>
    /// <param name="onRestart">Told of the failure (null: finished) before the wait.</param>
    public static Source<T> WithBackoff<T>(
        Func<RestartBackoff> backoff, Func<Source<T>> open, TimeProvider time, Random random, Action<Exception?>? onRestart = null) =>
        new(ct => Run(backoff, open, time, random, onRestart, ct));

    private static async IAsyncEnumerable<T> Run<T>(
        Func<RestartBackoff> backoff, Func<Source<T>> open, TimeProvider time, Random random, Action<Exception?>? onRestart,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stage = StageLedger.Enter(nameof(RestartSource));
        for (var restarts = 0; ; restarts++)
        {
            var opened = time.GetTimestamp();
            await using var run = new Attempt<T>(open, cancellationToken);
            while (await run.MoveAsync())
            {
                yield return run.Current;
            }

            await run.DisposeAsync();
            cancellationToken.ThrowIfCancellationRequested();
            onRestart?.Invoke(run.Failure);
            var now = backoff();
            restarts = time.GetElapsedTime(opened) >= now.Min ? 0 : restarts;
            await Task.Delay(now.Wait(restarts, random), time, cancellationToken);
        }
    }

    /// <summary>One run. However it ends, by itself or while it is opened or disposed, it is over and <see cref="Failure"/> says
    /// why.</summary>
    private sealed class Attempt<T>(Func<Source<T>> open, CancellationToken cancellationToken) : IAsyncDisposable
    {
        private IAsyncEnumerator<T>? enumerator;
        private bool disposed;

        public Exception? Failure { get; private set; }

        public T Current => enumerator!.Current;

        public async ValueTask<bool> MoveAsync()
        {
            try
            {
                enumerator ??= open().Enumerate(cancellationToken).GetAsyncEnumerator(cancellationToken);
                return await enumerator.MoveNextAsync();
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                Failure = exception;
                return false;
            }
        }

        public async ValueTask DisposeAsync()
        {
            if (disposed || enumerator is null)
            {
                return;
            }

            disposed = true;
            try
            {
                await enumerator.DisposeAsync();
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                Failure ??= exception;
            }
        }
    }
}
