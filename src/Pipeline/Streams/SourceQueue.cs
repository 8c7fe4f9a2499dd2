using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace AkkaCrypto.Pipeline.Streams;

/// <summary>What became of an offer.</summary>
public enum OfferResult
{
    /// <summary>Accepted: it will be delivered unless the stream is cancelled.</summary>
    Enqueued,

    /// <summary>All places were taken and the offer didn't want to wait.</summary>
    Dropped,

    /// <summary>The stream has ended, or was completed or failed: nothing is accepted any more.</summary>
    QueueClosed,
}

/// <summary>
/// The bridge from code that has elements to a stream that wants them. Safe for concurrent offers. When all places are taken an offer
/// waits, and its token ends that wait (akka.net issue 8081: an offer that could only wait for ever). Waiting offers are bounded by their
/// callers: each holds one element, its own.
/// </summary>
public sealed class SourceQueue<T>
{
    private readonly Channel<T> channel;
    private int opened;
    private volatile bool closed;

    internal SourceQueue(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        channel = Channel.CreateBounded<T>(new BoundedChannelOptions(capacity) { SingleReader = true });
        Source = new Source<T>(Run);
    }

    /// <summary>The stream's beginning. It can be run once, for an element can be delivered once.</summary>
    public Source<T> Source { get; }

    /// <summary>Offers without waiting.</summary>
    public OfferResult TryOffer(T element)
    {
        if (channel.Writer.TryWrite(element))
        {
            return OfferResult.Enqueued;
        }

        return closed ? OfferResult.QueueClosed : OfferResult.Dropped;
    }

    /// <summary>Offers, and waits for a place while there is none. When cancelled, the element was not and will not be accepted.</summary>
    public ValueTask<OfferResult> OfferAsync(T element, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<OfferResult>(cancellationToken);
        }

        return channel.Writer.TryWrite(element) ? new(OfferResult.Enqueued) : WaitAndOfferAsync(element, cancellationToken);
    }

    /// <summary>No more offers; the stream finishes when what was accepted is delivered.</summary>
    public void Complete() => Close(failure: null);

    /// <summary>No more offers; the stream fails when what was accepted is delivered.</summary>
    public void Fail(Exception failure) => Close(failure);

    private void Close(Exception? failure)
    {
        closed = true;
        channel.Writer.TryComplete(failure);
    }

    private async ValueTask<OfferResult> WaitAndOfferAsync(T element, CancellationToken cancellationToken)
    {
        try
        {
            await channel.Writer.WriteAsync(element, cancellationToken);
            return OfferResult.Enqueued;
        }
        catch (ChannelClosedException)
        {
            return OfferResult.QueueClosed;
        }
    }

    private async IAsyncEnumerable<T> Run([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stage = StageLedger.Enter(nameof(SourceQueue<>));
        if (Interlocked.Exchange(ref opened, 1) == 1)
        {
            throw new InvalidOperationException("SourceQueue: the stream of a queue has been run already; it can be run once.");
        }

        try
        {
            while (await channel.Reader.WaitToReadAsync(cancellationToken))
            {
                while (channel.Reader.TryRead(out var element))
                {
                    yield return element;
                }
            }
        }
        finally
        {
            Close(failure: null);
        }
    }
}
