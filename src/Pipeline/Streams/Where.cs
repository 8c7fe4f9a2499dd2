using System.Runtime.CompilerServices;

namespace AkkaCrypto.Pipeline.Streams;

/// <summary>Lets some elements through.</summary>
public static class WhereOperator
{
    /// <summary>Keeps the elements that <paramref name="predicate"/> holds for. An exception of it fails the stream.</summary>
    public static Source<T> Where<T>(this Source<T> source, Func<T, bool> predicate) => new(ct => Run(source, predicate, ct));

    private static async IAsyncEnumerable<T> Run<T>(
        Source<T> source, Func<T, bool> predicate, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stage = StageLedger.Enter(nameof(Where));
        await foreach (var element in source.Enumerate(cancellationToken).WithCancellation(cancellationToken))
        {
            if (predicate(element))
            {
                yield return element;
            }
        }
    }
}
