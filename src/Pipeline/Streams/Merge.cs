using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace AkkaCrypto.Pipeline.Streams;

/// <summary>Several inputs, one output.</summary>
public static class MergeOperator
{
    /// <summary>Merges with others, in the order of arrival, over a buffer of 16 elements.</summary>
    public static Source<T> Merge<T>(this Source<T> source, params Source<T>[] others) => Merge([source, .. others], bufferSize: 16);

    /// <summary>
    /// Merges in the order of arrival. The inputs run on their own, ahead by at most <paramref name="bufferSize"/> elements together (and
    /// the one that each holds in its hand); then they wait.
    /// </summary>
    public static Source<T> Merge<T>(IReadOnlyList<Source<T>> sources, int bufferSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bufferSize, 1);
        return new(ct => Run(sources, bufferSize, ct));
    }

    private static async IAsyncEnumerable<T> Run<T>(
        IReadOnlyList<Source<T>> sources, int bufferSize, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stage = StageLedger.Enter(nameof(Merge));
        var channel = Channel.CreateBounded<T>(new BoundedChannelOptions(bufferSize) { SingleReader = true });
        await using var pump = new Pump(
            "Merge's pump",
            ct => PumpAllAsync(sources, channel.Writer, ct),
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

    private static async Task PumpAllAsync<T>(IReadOnlyList<Source<T>> sources, ChannelWriter<T> into, CancellationToken cancellationToken)
    {
        using var cancelOthers = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var inputs = sources.Select(source => Task.Run(() => PumpOneAsync(source, into, cancelOthers.Token), CancellationToken.None))
            .ToList();
        Task? failed = null;
        await foreach (var ended in Task.WhenEach(inputs).WithCancellation(CancellationToken.None))
        {
            if (failed is null && !ended.IsCompletedSuccessfully)
            {
                failed = ended;
                await cancelOthers.CancelAsync();
            }
        }

        await (failed ?? Task.CompletedTask);
    }

    private static async Task PumpOneAsync<T>(Source<T> source, ChannelWriter<T> into, CancellationToken cancellationToken)
    {
        await foreach (var element in source.Enumerate(cancellationToken).WithCancellation(cancellationToken))
        {
            if (!into.TryWrite(element))
            {
                await into.WriteAsync(element, cancellationToken);
            }
        }
    }
}
