using System.Runtime.CompilerServices;

namespace AkkaCrypto.Pipeline.Streams;

/// <summary>A source that becomes another one when a live setting says so.</summary>
public static class SwitchSource
{
    extension(Source)
    {
        /// <summary>
        /// Runs what <paramref name="open"/> gives for the key. When the key has changed, that run is cancelled and disposed, and the next
        /// is opened for the new key; elements that it had not delivered are discarded. Ends as the run at hand ends.
        /// </summary>
        /// <param name="key">Read at each opening and each second of a run; compared by <see cref="object.Equals(object)"/>.</param>
        /// <param name="open">Gives the blueprint for a key.</param>
        /// <param name="time">The clock of the looks at the key.</param>
        public static Source<T> Switch<TKey, T>(Func<TKey> key, Func<TKey, Source<T>> open, TimeProvider time) =>
            new(ct => Run(key, open, time, ct));
    }

    private static async IAsyncEnumerable<T> Run<TKey, T>(
        Func<TKey> key, Func<TKey, Source<T>> open, TimeProvider time, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stage = StageLedger.Enter("Switch");
        for (var goesOn = true; goesOn;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var current = key();
            using var changed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

            // A key that can't be read any more ends the run too: reading it for the next one tells why.
            await using var watch = new Pump(
                "Switch's watch", ct => WatchAsync(key, current, time, ct), _ => changed.Cancel(), cancellationToken);
            await using var run = open(current).Enumerate(changed.Token).GetAsyncEnumerator(changed.Token);
            while (await MoveAsync(run, changed.Token, cancellationToken))
            {
                yield return run.Current;
            }

            goesOn = changed.IsCancellationRequested;
        }
    }

    private static async Task WatchAsync<TKey>(Func<TKey> key, TKey current, TimeProvider time, CancellationToken cancellationToken)
    {
        do
        {
            await Task.Delay(Waits.SettingsReadEvery, time, cancellationToken);
        }
        while (EqualityComparer<TKey>.Default.Equals(key(), current));
    }

    /// <summary>False also when the key has changed: what the run makes of its cancellation then is no failure of the stream.</summary>
    private static async ValueTask<bool> MoveAsync<T>(IAsyncEnumerator<T> run, CancellationToken changed, CancellationToken cancelled)
    {
        try
        {
            return await run.MoveNextAsync() && !changed.IsCancellationRequested;
        }
        catch (Exception) when (changed.IsCancellationRequested && !cancelled.IsCancellationRequested)
        {
            return false;
        }
    }
}
