using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace AkkaCrypto.Pipeline.Streams;

/// <summary>Lets upstream run ahead.</summary>
public static class BufferOperator
{
    /// <summary>
    /// An asynchronous boundary: upstream runs on its own, ahead by at most <paramref name="size"/> elements (and the one that it holds in
    /// its hand). What happens when the buffer is full is <paramref name="strategy"/>'s choice.
    /// </summary>
    /// <param name="source">The upstream.</param>
    /// <param name="size">Elements that the buffer holds, at least 1.</param>
    /// <param name="strategy">What a full buffer does with the next element.</param>
    /// <param name="onDropped">Told of every element dropped, from upstream's flow of control, so that no loss is silent.</param>
    public static Source<T> Buffer<T>(this Source<T> source, int size, OverflowStrategy strategy, Action<T>? onDropped = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        return strategy == OverflowStrategy.Backpressure
            ? new(ct => RunBackpressured(source, size, ct))
            : new(ct => Run(source, size, strategy, onDropped, ct));
    }

    /// <summary>
    /// As above with <see cref="OverflowStrategy.Backpressure"/>, but <paramref name="size"/> (at least 1) is read live: at each element
    /// that comes, and while one waits for a place, at each that leaves. What is buffered past a lowered size stays and leaves first.
    /// </summary>
    public static Source<T> Buffer<T>(this Source<T> source, Func<int> size) => new(ct => RunLive(source, size, ct));

    private static async IAsyncEnumerable<T> RunLive<T>(
        Source<T> source, Func<int> size, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stage = StageLedger.Enter(nameof(Buffer));
        var held = Channel.CreateUnbounded<T>(); // its pump sees to its bound
        var taken = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        await using var pump = new Pump(
            "Buffer's pump",
            ct => PumpLiveAsync(source, size, held, taken.Reader, ct),
            failure => held.Writer.Complete(failure),
            cancellationToken);
        while (await held.Reader.WaitToReadAsync(cancellationToken))
        {
            while (held.Reader.TryRead(out var element))
            {
                taken.Writer.TryWrite(true);
                yield return element;
            }
        }
    }

    private static async Task PumpLiveAsync<T>(
        Source<T> source, Func<int> size, Channel<T> held, ChannelReader<bool> taken, CancellationToken cancellationToken)
    {
        await foreach (var element in source.Enumerate(cancellationToken).WithCancellation(cancellationToken))
        {
            while (held.Reader.Count >= Math.Max(1, size()))
            {
                // A signal of an element that left before this one came only makes it look again.
                await taken.ReadAsync(cancellationToken);
            }

            held.Writer.TryWrite(element);
        }
    }

    private static async IAsyncEnumerable<T> RunBackpressured<T>(
        Source<T> source, int size, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stage = StageLedger.Enter(nameof(Buffer));
        var handoff = new Handoff<T>(size);
        await using var pump = new Pump("Buffer's pump", ct => PumpAsync(source, handoff, ct), handoff.Complete, cancellationToken);
        while (await handoff.WaitToReadAsync(cancellationToken))
        {
            while (handoff.TryRead(out var element))
            {
                yield return element;
            }
        }
    }

    private static async Task PumpAsync<T>(Source<T> source, Handoff<T> handoff, CancellationToken cancellationToken)
    {
        await foreach (var element in source.Enumerate(cancellationToken).WithCancellation(cancellationToken))
        {
            while (!handoff.TryWrite(element))
            {
                await handoff.WaitToWriteAsync(cancellationToken);
            }
        }
    }

    private static async IAsyncEnumerable<T> Run<T>(
        Source<T> source, int size, OverflowStrategy strategy, Action<T>? onDropped,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stage = StageLedger.Enter(nameof(Buffer));
        var channel = Channel.CreateBounded(
            new BoundedChannelOptions(size)
            {
                FullMode = FullMode(strategy), SingleWriter = true, SingleReader = strategy != OverflowStrategy.DropBuffer,
            },
            onDropped);
        await using var pump = new Pump(
            "Buffer's pump",
            ct => PumpAsync(source, channel, Overflow(channel, size, strategy, onDropped), ct),
            failure => channel.Writer.Complete(failure),
            cancellationToken);
        while (await channel.Reader.WaitToReadAsync(cancellationToken))
        {
            while (channel.Reader.TryRead(out var element))
            {
                yield return element;
            }
        }
    }

    private static async Task PumpAsync<T>(
        Source<T> source, Channel<T> channel, Func<T, CancellationToken, ValueTask> overflow, CancellationToken cancellationToken)
    {
        await foreach (var element in source.Enumerate(cancellationToken).WithCancellation(cancellationToken))
        {
            // With the drop modes of the channel this never answers false.
            if (!channel.Writer.TryWrite(element))
            {
                await overflow(element, cancellationToken);
            }
        }
    }

    private static BoundedChannelFullMode FullMode(OverflowStrategy strategy) => strategy switch
    {
        OverflowStrategy.DropHead => BoundedChannelFullMode.DropOldest,
        OverflowStrategy.DropTail => BoundedChannelFullMode.DropNewest,
        OverflowStrategy.DropNew => BoundedChannelFullMode.DropWrite,
        OverflowStrategy.Backpressure or OverflowStrategy.DropBuffer or OverflowStrategy.Fail => BoundedChannelFullMode.Wait,
    };

    private static Func<T, CancellationToken, ValueTask> Overflow<T>(
        Channel<T> channel, int size, OverflowStrategy strategy, Action<T>? onDropped) => strategy switch
    {
        OverflowStrategy.DropBuffer => (element, ct) =>
        {
            while (channel.Reader.TryRead(out var dropped))
            {
                onDropped?.Invoke(dropped);
            }

            return channel.Writer.WriteAsync(element, ct);
        },
        OverflowStrategy.Fail => (_, _) => throw new BufferOverflowException(
            $"Buffer: an element came while all {size} places were taken, and the strategy is Fail."),
        OverflowStrategy.Backpressure or OverflowStrategy.DropHead or OverflowStrategy.DropTail or OverflowStrategy.DropNew =>
            channel.Writer.WriteAsync,
    };
}
