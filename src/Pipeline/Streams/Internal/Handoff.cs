using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace AkkaCrypto.Pipeline.Streams;

/// <summary>
/// A bounded queue between one producer and one consumer, without a lock: each writes its own index and reads the other's only when it has
/// used up what it saw of it last (L. Lamport's ring with cached indices). Who finds nothing to do leaves a bell and sleeps. The consumer
/// gives places back in lots of half the ring, and all of them before it sleeps, so that a producer that was held up wakes once for many
/// places.
/// </summary>
/// <param name="size">Elements that are held at most.</param>
internal sealed class Handoff<T>(int size)
{
    /// <summary>Below it every place is given back at once: there is nothing to gain.</summary>
    private const int SmallestOfLots = 16;

    private readonly T[] ring = new T[BitOperations.RoundUpToPowerOf2((uint)size)];
    private readonly int lot = size < SmallestOfLots ? 1 : size / 2;

    // Each on a cache line of its own: the two sides write them at the same time.
    private PaddedIndex read; // by the consumer, for the producer: places before it are free
    private PaddedIndex written; // by the producer, for the consumer: places before it are filled
    private PaddedIndex consumer; // the consumer's own: where it is by now
    private PaddedIndex producer; // the producer's own

    private TaskCompletionSource? sleepingConsumer;
    private TaskCompletionSource? sleepingProducer;
    private Exception? failure;
    private bool completed;

    /// <summary>False when all places are taken.</summary>
    public bool TryWrite(T element)
    {
        var next = written.Value;
        if (next - producer.Seen >= size)
        {
            producer.Seen = Volatile.Read(ref read.Value);
            if (next - producer.Seen >= size)
            {
                return false;
            }
        }

        ring[next & (ring.Length - 1)] = element;

        // A full fence: whether the consumer sleeps must not be read before it can see the element.
        Interlocked.Exchange(ref written.Value, next + 1);
        Wake(ref sleepingConsumer);
        return true;
    }

    /// <summary>Waits until there is a place.</summary>
    public async ValueTask WaitToWriteAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var bell = NewBell();
            Interlocked.Exchange(ref sleepingProducer, bell);
            if (written.Value - Volatile.Read(ref read.Value) < size)
            {
                return;
            }

            await bell.Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>No more elements come. The consumer sees <paramref name="cause"/> when it has taken those that are there.</summary>
    public void Complete(Exception? cause)
    {
        failure = cause;
        Volatile.Write(ref completed, true);
        Interlocked.MemoryBarrier();
        Wake(ref sleepingConsumer);
    }

    /// <summary>False when nothing is there now.</summary>
    public bool TryRead([MaybeNullWhen(false)] out T element)
    {
        var next = consumer.Value;
        if (next == consumer.Seen)
        {
            consumer.Seen = Volatile.Read(ref written.Value);
            if (next == consumer.Seen)
            {
                GiveBack(next);
                element = default;
                return false;
            }
        }

        ref var place = ref ring[next & (ring.Length - 1)];
        element = place;
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>())
        {
            place = default!;
        }

        consumer.Value = next + 1;
        if (next + 1 - read.Value >= lot)
        {
            GiveBack(next + 1);
        }

        return true;
    }

    /// <summary>Waits until there is an element: true. False when all are taken and no more come; throws the producer's failure.</summary>
    public async ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();

            // Read before the index: what was written before the end is seen with it.
            var isOver = Volatile.Read(ref completed);
            if (Volatile.Read(ref written.Value) != consumer.Value)
            {
                return true;
            }

            if (isOver)
            {
                ThrowIfFailed();
                return false;
            }

            var bell = NewBell();
            Interlocked.Exchange(ref sleepingConsumer, bell);
            if (Volatile.Read(ref written.Value) == consumer.Value && !Volatile.Read(ref completed))
            {
                await bell.Task.WaitAsync(cancellationToken);
            }
        }
    }

    private void GiveBack(long next)
    {
        if (read.Value != next)
        {
            Interlocked.Exchange(ref read.Value, next); // a full fence, as in TryWrite
            Wake(ref sleepingProducer);
        }
    }

    private void ThrowIfFailed()
    {
        if (failure is not null)
        {
            ExceptionDispatchInfo.Throw(failure);
        }
    }

    // A bell that nobody waits at any more is rung in vain.
    private static void Wake(ref TaskCompletionSource? sleeper)
    {
        if (Volatile.Read(ref sleeper) is not null)
        {
            Interlocked.Exchange(ref sleeper, null)?.TrySetResult();
        }
    }

    private static TaskCompletionSource NewBell() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>An index with room around it, so that no other is on its cache line (nor on the one that is fetched along with it).</summary>
[StructLayout(LayoutKind.Explicit, Size = 192)]
internal struct PaddedIndex
{
    [FieldOffset(64)]
    public long Value;

    /// <summary>What the owner of the index saw of the other side's last.</summary>
    [FieldOffset(72)]
    public long Seen;
}
