using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace AkkaCrypto.Pipeline.Streams;

/// <summary>Several calls in flight, results as they come.</summary>
public static class SelectAsyncUnorderedOperator
{
    /// <summary>
    /// As <see cref="SelectAsyncOperator.SelectAsync"/>, but delivers the results in the order in which the calls end, so that a slow one
    /// holds up nothing but its own place among the <paramref name="parallelism"/>.
    /// </summary>
    public static Source<TOut> SelectAsyncUnordered<T, TOut>(
        this Source<T> source, Func<int> parallelism, Func<T, CancellationToken, Task<TOut>> call) =>
        new(ct => Run(source, parallelism, call, ct));

    private static async IAsyncEnumerable<TOut> Run<T, TOut>(
        Source<T> source, Func<int> parallelism, Func<T, CancellationToken, Task<TOut>> call,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stage = StageLedger.Enter(nameof(SelectAsyncUnordered));
        await using var inlet = new Inlet<T>(source, time: null, cancellationToken);
        var calls = new CallSet<T, TOut>(inlet, parallelism, call);
        try
        {
            while (true)
            {
                var last = calls.Fill();
                if (calls.TryTakeEnded(out var ended))
                {
                    yield return await ended;
                }
                else if (calls.InFlight > 0)
                {
                    await calls.ChangeAsync(last);
                }
                else if (!await inlet.WaitAsync())
                {
                    yield break;
                }
            }
        }
        finally
        {
            await inlet.CancelAsync();
            await calls.AllEndedAsync();
        }
    }

    /// <summary>The calls in flight. Unbounded is only the channel's type: it holds each call once, and there are at most
    /// <c>parallelism</c>.</summary>
    private sealed class CallSet<T, TOut>(Inlet<T> inlet, Func<int> parallelism, Func<T, CancellationToken, Task<TOut>> call)
    {
        private readonly Channel<Task<TOut>> ended = Channel.CreateUnbounded<Task<TOut>>();
        private Task<bool>? waiting;

        /// <summary>Calls that were started and not yet taken.</summary>
        public int InFlight { get; private set; }

        /// <summary>Starts calls for the elements that are there, as long as places are free.</summary>
        public Move Fill()
        {
            while (InFlight < Math.Max(1, parallelism()))
            {
                var move = inlet.Move();
                if (move != Move.Element)
                {
                    return move;
                }

                InFlight++;
                Report(Calls.Start(call, inlet.Current, inlet.Token));
            }

            return Move.Element;
        }

        public bool TryTakeEnded([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Task<TOut>? call)
        {
            var taken = ended.Reader.TryRead(out call);
            InFlight -= taken ? 1 : 0;
            return taken;
        }

        /// <summary>Waits until a call has ended, or an element has come whose call may start.</summary>
        public async ValueTask ChangeAsync(Move last)
        {
            // One wait is kept over several changes: the channel would keep every one that is begun.
            waiting ??= ended.Reader.WaitToReadAsync(CancellationToken.None).AsTask();
            if (last == Move.Waiting)
            {
                await Task.WhenAny(waiting, inlet.Pending);
            }
            else
            {
                await waiting;
            }

            waiting = waiting.IsCompleted ? null : waiting;
        }

        public async ValueTask AllEndedAsync()
        {
            for (; InFlight > 0; InFlight--)
            {
                await Calls.EndedAsync(await ended.Reader.ReadAsync(CancellationToken.None));
            }
        }

        private void Report(Task<TOut> started)
        {
            if (started.IsCompleted)
            {
                ended.Writer.TryWrite(started);
            }
            else
            {
                _ = started.ContinueWith(
                    static (task, channel) => ((Channel<Task<TOut>>)channel!).Writer.TryWrite(task),
                    ended,
                    CancellationToken.None,
                    TaskContinuationOptions.ExecuteSynchronously,
                    TaskScheduler.Default);
            }
        }
    }
}
