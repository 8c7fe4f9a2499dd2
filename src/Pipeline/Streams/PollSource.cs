using System.Runtime.CompilerServices;

namespace AkkaCrypto.Pipeline.Streams;

/// <summary>A source that asks.</summary>
public static class PollSource
{
    extension(Source)
    {
        /// <summary>
        /// Asks at once, and then <paramref name="every"/> so often, measured from the start of the last ask. There is one ask at a time,
        /// and none before downstream wants it: ticks that it missed are skipped, one overdue ask comes at once.
        /// </summary>
        /// <param name="every">Read live: at each wait, and each second of it.</param>
        /// <param name="ask">One ask; its failure fails the stream.</param>
        /// <param name="time">The clock.</param>
        public static Source<T> Poll<T>(Func<TimeSpan> every, Func<CancellationToken, Task<T>> ask, TimeProvider time) =>
            new(ct => Run(every, ask, time, ct));
    }

    private static async IAsyncEnumerable<T> Run<T>(
        Func<TimeSpan> every, Func<CancellationToken, Task<T>> ask, TimeProvider time,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stage = StageLedger.Enter("Poll");
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var started = time.GetTimestamp();
            yield return await ask(cancellationToken);
            await Waits.UntilNothingIsLeftAsync(() => every() - time.GetElapsedTime(started), time, cancellationToken);
        }
    }
}
