using System.Runtime.CompilerServices;

namespace AkkaCrypto.Pipeline.Streams;

/// <summary>
/// A blueprint of a stream's beginning. Nothing is opened until it runs, and each run opens its own. Pull is the backpressure: an element
/// is made when the consumer asks for it. docs/operators.md says what each operator does on finish, failure, cancel and timer.
/// </summary>
/// <typeparam name="T">Kind of the elements.</typeparam>
public sealed class Source<T>
{
    private readonly Func<CancellationToken, IAsyncEnumerable<T>> open;

    internal Source(Func<CancellationToken, IAsyncEnumerable<T>> open) => this.open = open;

    /// <summary>Appends a flow.</summary>
    public Source<TOut> Via<TOut>(Flow<T, TOut> flow) => flow.Attach(this);

    /// <summary>Ends the stream in a sink: what can be run.</summary>
    public RunnableStream To(Sink<T> sink) => new(ct => sink.Consume(this, ct));

    /// <summary>Ends the stream in a sink with a result: what can be run.</summary>
    public RunnableStream<TResult> To<TResult>(Sink<T, TResult> sink) => new(ct => sink.Consume(this, ct));

    /// <summary>
    /// Opens a run to be pulled by hand. Breaking off the enumeration cancels and disposes everything upstream before the enumerator's
    /// <c>DisposeAsync</c> returns.
    /// </summary>
    public IAsyncEnumerable<T> Enumerate(CancellationToken cancellationToken) => open(cancellationToken);
}

/// <summary>Where streams begin.</summary>
public static class Source
{
    /// <summary>The elements of a sequence. The token is checked at each, so that an endless synchronous sequence can be stopped.</summary>
    public static Source<T> From<T>(IEnumerable<T> elements) => new(ct => Enumerate(elements, ct));

    /// <summary>What <paramref name="open"/> opens for each run. It must honour its token: an operator waits for it rather than leave it
    /// running.</summary>
    public static Source<T> From<T>(Func<CancellationToken, IAsyncEnumerable<T>> open) => new(open);

    /// <summary>Finishes at once.</summary>
    public static Source<T> Empty<T>() => From<T>([]);

    /// <summary>Fails at once with <paramref name="failure"/> itself.</summary>
    public static Source<T> Failed<T>(Exception failure) => new(_ => Fail<T>(failure));

    /// <summary>A source that other code offers elements to, of which at most <paramref name="capacity"/> wait.</summary>
    public static SourceQueue<T> Queue<T>(int capacity) => new(capacity);

    private static async IAsyncEnumerable<T> Enumerate<T>(
        IEnumerable<T> elements, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stage = StageLedger.Enter(nameof(From));
        foreach (var element in elements)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return element;
        }

        await ValueTask.CompletedTask;
    }

    private static async IAsyncEnumerable<T> Fail<T>(Exception failure)
    {
        await ValueTask.FromException(failure);
        yield break;
    }
}
