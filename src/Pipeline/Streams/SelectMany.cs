using System.Runtime.CompilerServices;

namespace AkkaCrypto.Pipeline.Streams;

/// <summary>One element in, a sequence out.</summary>
public static class SelectManyOperator
{
    /// <summary>Delivers the elements of each sequence, one sequence after the other; the next element is asked for when one is
    /// through.</summary>
    public static Source<TOut> SelectMany<T, TOut>(this Source<T> source, Func<T, IEnumerable<TOut>> map) =>
        new(ct => Run(source, map, ct));

    private static async IAsyncEnumerable<TOut> Run<T, TOut>(
        Source<T> source, Func<T, IEnumerable<TOut>> map, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stage = StageLedger.Enter(nameof(SelectMany));
        await foreach (var element in source.Enumerate(cancellationToken).WithCancellation(cancellationToken))
        {
            foreach (var inner in map(element))
            {
                // Here as well, for one sequence may be endless.
                cancellationToken.ThrowIfCancellationRequested();
                yield return inner;
            }
        }
    }
}
