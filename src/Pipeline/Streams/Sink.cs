namespace AkkaCrypto.Pipeline.Streams;

/// <summary>A blueprint of a stream's end.</summary>
public sealed class Sink<T>
{
    private readonly Func<Source<T>, CancellationToken, Task> consume;

    internal Sink(Func<Source<T>, CancellationToken, Task> consume) => this.consume = consume;

    internal Task Consume(Source<T> source, CancellationToken cancellationToken) => consume(source, cancellationToken);
}

/// <summary>A blueprint of a stream's end that gives a result when the stream has finished.</summary>
public sealed class Sink<T, TResult>
{
    private readonly Func<Source<T>, CancellationToken, Task<TResult>> consume;

    internal Sink(Func<Source<T>, CancellationToken, Task<TResult>> consume) => this.consume = consume;

    internal Task<TResult> Consume(Source<T> source, CancellationToken cancellationToken) => consume(source, cancellationToken);
}

/// <summary>Where streams end.</summary>
public static class Sink
{
    /// <summary>Calls <paramref name="action"/> for one element after the other; the next is asked for when the last call has
    /// ended.</summary>
    public static Sink<T> ForEachAsync<T>(Func<T, CancellationToken, Task> action) => new(async (source, ct) =>
    {
        using var stage = StageLedger.Enter(nameof(ForEachAsync));
        await foreach (var element in source.Enumerate(ct).WithCancellation(ct))
        {
            ct.ThrowIfCancellationRequested();
            await action(element, ct);
        }
    });

    /// <summary>Calls <paramref name="action"/> for one element after the other.</summary>
    public static Sink<T> ForEach<T>(Action<T> action) => new(async (source, ct) =>
    {
        using var stage = StageLedger.Enter(nameof(ForEach));
        await foreach (var element in source.Enumerate(ct).WithCancellation(ct))
        {
            ct.ThrowIfCancellationRequested();
            action(element);
        }
    });

    /// <summary>Runs the stream for its effects.</summary>
    public static Sink<T> Ignore<T>() => ForEach<T>(static _ => { });

    /// <summary>All elements, at most <paramref name="limit"/>; one more fails the run with
    /// <see cref="BufferOverflowException"/>.</summary>
    public static Sink<T, IReadOnlyList<T>> ToList<T>(int limit = 1_000_000) => new(async (source, ct) =>
    {
        using var stage = StageLedger.Enter(nameof(ToList));
        var list = new List<T>();
        await foreach (var element in source.Enumerate(ct).WithCancellation(ct))
        {
            ct.ThrowIfCancellationRequested();
            if (list.Count == limit)
            {
                throw new BufferOverflowException($"ToList: the stream has more than the {limit} elements that the list may hold.");
            }

            list.Add(element);
        }

        return list;
    });
}
