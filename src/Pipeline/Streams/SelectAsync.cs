using System.Runtime.CompilerServices;

namespace AkkaCrypto.Pipeline.Streams;

/// <summary>Several calls in flight, results in the order of the elements.</summary>
public static class SelectAsyncOperator
{
    /// <summary>
    /// Calls <paramref name="call"/> for each element, with up to <paramref name="parallelism"/> (read live, at least 1) calls running or
    /// undelivered, and delivers the results in the order of the elements. A failing call takes its place in that order; the calls still in
    /// flight are then cancelled and awaited before the failure is seen.
    /// </summary>
    public static Source<TOut> SelectAsync<T, TOut>(
        this Source<T> source, Func<int> parallelism, Func<T, CancellationToken, Task<TOut>> call) =>
        new(ct => Run(source, parallelism, call, ct));

    private static async IAsyncEnumerable<TOut> Run<T, TOut>(
        Source<T> source, Func<int> parallelism, Func<T, CancellationToken, Task<TOut>> call,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stage = StageLedger.Enter(nameof(SelectAsync));
        await using var inlet = new Inlet<T>(source, time: null, cancellationToken);
        var inFlight = new Queue<Task<TOut>>();
        try
        {
            while (true)
            {
                var last = Fill(inlet, inFlight, parallelism, call);
                if (!inFlight.TryPeek(out var head))
                {
                    if (!await inlet.WaitAsync())
                    {
                        yield break;
                    }
                }
                else if (head.IsCompleted)
                {
                    var result = await head;
                    _ = inFlight.Dequeue();
                    yield return result;
                }
                else
                {
                    // With places free, the next element's call must not have to wait for the head.
                    await (last == Move.Waiting ? Task.WhenAny(head, inlet.Pending) : Calls.EndedAsync(head));
                }
            }
        }
        finally
        {
            await inlet.CancelAsync();
            foreach (var started in inFlight)
            {
                await Calls.EndedAsync(started);
            }
        }
    }

    /// <summary>Starts calls for the elements that are there, as long as places are free.</summary>
    private static Move Fill<T, TOut>(
        Inlet<T> inlet, Queue<Task<TOut>> inFlight, Func<int> parallelism, Func<T, CancellationToken, Task<TOut>> call)
    {
        while (inFlight.Count < Math.Max(1, parallelism()))
        {
            var move = inlet.Move();
            if (move != Move.Element)
            {
                return move;
            }

            inFlight.Enqueue(Calls.Start(call, inlet.Current, inlet.Token));
        }

        return Move.Element;
    }
}
