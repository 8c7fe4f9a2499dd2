using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace AkkaCrypto.Pipeline.Streams;

/// <summary>One input, several outputs.</summary>
public static class BroadcastOperator
{
    /// <summary>
    /// <paramref name="branches"/> sources that each see every element. Upstream is opened when all of them have been opened, and each
    /// branch can be opened once: they are the ends of one run. Each buffers up to <paramref name="bufferSize"/> elements; when one is
    /// full, all wait for it. A branch that ends leaves, also before the others were opened; with the last, upstream is cancelled and has
    /// stopped.
    /// </summary>
    public static IReadOnlyList<Source<T>> Broadcast<T>(this Source<T> source, int branches, int bufferSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(branches, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(bufferSize, 1);
        return new Hub<T>(source, branches, bufferSize).Branches;
    }

    private sealed class Hub<T>
    {
        private readonly Lock gate = new();
        private readonly Source<T> source;
        private readonly Branch<T>[] branches;
        private int toOpen;
        private int toLeave;
        private Pump? pump;

        public Hub(Source<T> source, int count, int bufferSize)
        {
            this.source = source;
            toOpen = toLeave = count;
            branches = [.. Enumerable.Range(0, count).Select(number => new Branch<T>(number, bufferSize))];
        }

        public IReadOnlyList<Source<T>> Branches => [.. branches.Select(branch => new Source<T>(ct => Run(branch, ct)))];

        private async IAsyncEnumerable<T> Run(Branch<T> branch, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            using var stage = StageLedger.Enter(nameof(Broadcast));
            Open(branch);
            try
            {
                while (await branch.Elements.Reader.WaitToReadAsync(cancellationToken))
                {
                    while (branch.Elements.Reader.TryRead(out var element))
                    {
                        yield return element;
                    }
                }
            }
            finally
            {
                await LeaveAsync(branch);
            }
        }

        private void Open(Branch<T> branch)
        {
            lock (gate)
            {
                branch.MarkOpened();
                if (--toOpen == 0)
                {
                    // Not under this branch's token: the other branches go on without it.
                    pump = new Pump("Broadcast's pump", PumpAsync, Complete, CancellationToken.None);
                }
            }
        }

        private async ValueTask LeaveAsync(Branch<T> branch)
        {
            branch.Elements.Writer.TryComplete();
            Pump? last = null;
            lock (gate)
            {
                if (--toLeave == 0)
                {
                    last = pump;
                }
            }

            if (last is not null)
            {
                await last.DisposeAsync();
            }
        }

        private async Task PumpAsync(CancellationToken cancellationToken)
        {
            await foreach (var element in source.Enumerate(cancellationToken).WithCancellation(cancellationToken))
            {
                foreach (var branch in branches)
                {
                    if (!branch.Elements.Writer.TryWrite(element))
                    {
                        await branch.WriteUnlessLeftAsync(element, cancellationToken);
                    }
                }
            }
        }

        private void Complete(Exception? failure)
        {
            foreach (var branch in branches)
            {
                branch.Elements.Writer.TryComplete(failure);
            }
        }
    }

    /// <summary>One end: a branch that has left has completed its channel, so writing to it goes nowhere and waits for nobody.</summary>
    private sealed class Branch<T>(int number, int bufferSize)
    {
        private bool opened;

        public Channel<T> Elements { get; } = Channel.CreateBounded<T>(
            new BoundedChannelOptions(bufferSize) { SingleWriter = false, SingleReader = true });

        public void MarkOpened()
        {
            if (opened)
            {
                throw new InvalidOperationException($"Broadcast: branch {number} has been opened already; the branches belong to one run.");
            }

            opened = true;
        }

        public async ValueTask WriteUnlessLeftAsync(T element, CancellationToken cancellationToken)
        {
            while (await Elements.Writer.WaitToWriteAsync(cancellationToken))
            {
                if (Elements.Writer.TryWrite(element))
                {
                    return;
                }
            }
        }
    }
}
