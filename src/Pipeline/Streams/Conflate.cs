using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace AkkaCrypto.Pipeline.Streams;

/// <summary>Folds what a slow downstream can't take yet.</summary>
public static class ConflateOperator
{
    /// <summary>Folds elements of one kind while downstream is busy: <c>Conflate((_, newest) => newest)</c> keeps the newest.</summary>
    public static Source<T> Conflate<T>(this Source<T> source, Func<T, T, T> aggregate) =>
        source.ConflateWithSeed(static first => first, aggregate);

    /// <summary>
    /// Upstream is never held back. <paramref name="seed"/> starts an aggregate from its first element, <paramref name="aggregate"/> folds
    /// each further element into it until downstream takes it. Both run in upstream's flow of control; one aggregate at most is held, and
    /// its size is the caller's care.
    /// </summary>
    public static Source<TOut> ConflateWithSeed<T, TOut>(this Source<T> source, Func<T, TOut> seed, Func<TOut, T, TOut> aggregate) =>
        new(ct => Run(source, new Slot<T, TOut>(seed, aggregate), ct));

    private static async IAsyncEnumerable<TOut> Run<T, TOut>(
        Source<T> source, Slot<T, TOut> slot, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stage = StageLedger.Enter(nameof(Conflate));
        await using var pump = new Pump("Conflate's pump", ct => PumpAsync(source, slot, ct), slot.Complete, cancellationToken);
        while (await slot.WaitAsync(cancellationToken))
        {
            if (slot.TryTake(out var aggregate))
            {
                yield return aggregate;
            }
        }
    }

    private static async Task PumpAsync<T, TOut>(Source<T> source, Slot<T, TOut> slot, CancellationToken cancellationToken)
    {
        await foreach (var element in source.Enumerate(cancellationToken).WithCancellation(cancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
            slot.Add(element);
        }
    }

    /// <summary>The aggregate at hand, and a signal that there is one: a channel of one place, which is full or not.</summary>
    private sealed class Slot<T, TOut>(Func<T, TOut> seed, Func<TOut, T, TOut> aggregate)
    {
        private readonly Lock gate = new();
        private readonly Channel<bool> filled = Channel.CreateBounded<bool>(
            new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        private TOut held = default!;
        private bool holds;

        public void Add(T element)
        {
            lock (gate)
            {
                held = holds ? aggregate(held, element) : seed(element);
                holds = true;
            }

            filled.Writer.TryWrite(true);
        }

        public void Complete(Exception? failure) => filled.Writer.Complete(failure);

        public ValueTask<bool> WaitAsync(CancellationToken cancellationToken) => filled.Reader.WaitToReadAsync(cancellationToken);

        /// <summary>False when the aggregate was taken already under an earlier signal.</summary>
        public bool TryTake(out TOut taken)
        {
            filled.Reader.TryRead(out _);
            lock (gate)
            {
                (taken, held) = (held, default!);
                var had = holds;
                holds = false;
                return had;
            }
        }
    }
}
