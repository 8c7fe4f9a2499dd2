using System.Runtime.CompilerServices;

namespace AkkaCrypto.Pipeline.Streams;

/// <summary>One element in, one out, at once.</summary>
public static class SelectOperator
{
    /// <summary>Maps each element. An exception of <paramref name="map"/> fails the stream.</summary>
    public static Source<TOut> Select<T, TOut>(this Source<T> source, Func<T, TOut> map) => new(ct => Run(source, map, ct));

    private static async IAsyncEnumerable<TOut> Run<T, TOut>(
        Source<T> source, Func<T, TOut> map, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stage = StageLedger.Enter(nameof(Select));
        await foreach (var element in source.Enumerate(cancellationToken).WithCancellation(cancellationToken))
        {
            yield return map(element);
        }
    }
}
