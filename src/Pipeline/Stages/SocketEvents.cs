using System.Runtime.CompilerServices;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Streams;
using Microsoft.Extensions.Logging;

namespace AkkaCrypto.Pipeline.Stages;

/// <summary>One request and what came of it: null where no reply came.</summary>
public sealed record Fetched(Ask Ask, ProviderReply? Reply);

/// <summary>
/// The replies of a feed that listens to its provider's websocket and polls beside it: pushed events and REST replies in one line, in the
/// order of their arrival, joined by <see cref="PushJoin"/>. Nothing waits without a bound: one frame past <c>socket-buffer</c> closes the
/// connection, which is opened anew after the backoff and joined again; of REST replies one waits at a time.
/// </summary>
/// <param name="fetch">Asks for each, at the feed's pace; a pause or a silent provider gives no reply.</param>
/// <param name="read">Reads a reply; null for what goes no further.</param>
public sealed class SocketEvents(
    Feed feed, Func<Source<Ask>, Source<Fetched>> fetch, Func<Fetched, NormalisedReply?> read, TimeProvider time, Random random,
    ILogger log)
{
    /// <summary>Every series waits for one request at most; a feed has fewer series.</summary>
    private const int MostAsks = 10_000;

    /// <summary>More than the frames and the one REST reply that may wait, whatever the settings.</summary>
    private const int MostInLine = 100_000 + 1000;

    private readonly FrameReader _frames = new(feed, log);

    /// <param name="rounds">What the feed asks for beside listening.</param>
    /// <param name="connection">What to connect to, as of now.</param>
    public Source<NormalisedReply> Listen(Source<Ask> rounds, SocketSettings connection) =>
        Source.From(cancellation => RunAsync(rounds, connection, cancellation));

    private async IAsyncEnumerable<NormalisedReply> RunAsync(
        Source<Ask> rounds, SocketSettings connection, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var line = new Line(feed);
        var wanted = Source.Queue<Ask>(MostAsks);
        var asks = MergeOperator.Merge([rounds, wanted.Source], bufferSize: 1);
        await using var polling = new Pump(
            "SocketEvents' rounds", ct => fetch(asks).To(Sink.ForEachAsync<Fetched>(line.PolledAsync)).RunAsync(ct), line.End,
            cancellationToken);
        await using var listening = new Pump(
            "SocketEvents' connection", ct => Connections(connection, line).To(Sink.Ignore<FrameItem>()).RunAsync(ct), line.End,
            cancellationToken);
        var join = new PushJoin(feed.WindowSize);
        var series = new Dictionary<string, SeriesRequest>(StringComparer.Ordinal);
        await foreach (var item in line.Items.Enumerate(cancellationToken).ConfigureAwait(false))
        {
            foreach (var (pass, ask) in Steps(item, join, series))
            {
                foreach (var one in ask)
                {
                    wanted.TryOffer(one);
                }

                foreach (var reply in pass)
                {
                    yield return reply;
                }
            }

            line.Taken(item, join.Waiting);
        }
    }

    private IEnumerable<JoinStep> Steps(LineItem item, PushJoin join, Dictionary<string, SeriesRequest> series)
    {
        switch (item)
        {
            case PolledItem { Fetched: var fetched }:
                yield return join.Polled(fetched.Ask, fetched.Reply is null ? null : read(fetched));
                break;
            case FrameItem frame:
                if (frame.IsFirst)
                {
                    series.Clear();
                    foreach (var request in feed.Series)
                    {
                        series[request.Series] = request;
                    }

                    yield return join.Connected(series.Values);
                }

                foreach (var reply in _frames.Read(frame.Frame, series))
                {
                    yield return join.Pushed(reply);
                }

                break;
        }
    }

    /// <summary>Connection after connection, each frame put in line.</summary>
    private Source<FrameItem> Connections(SocketSettings connection, Line line) => RestartSource.WithBackoff(
        feed.Backoff,
        () =>
        {
            var isFirst = true;
            return Source.Socket(connection, time).Select(frame =>
            {
                if (isFirst)
                {
                    feed.Health.Listens(true);
                }

                var reply = new ProviderReply(frame, 200, Cut: false, $"WS {connection.Address}", time.GetUtcNow());
                var item = new FrameItem(reply, isFirst);
                line.Pushed(item);
                isFirst = false;
                return item;
            });
        },
        time, random, Disconnected);

    private void Disconnected(Exception? failure)
    {
        feed.Health.Listens(false);
        var reason = $"websocket: {failure?.Message ?? "the provider closed it"}";
        var level = feed.Health.Failed(reason) ? LogLevel.Warning : LogLevel.Debug;
        log.Log(level, failure, "{Feed} has lost its connection and opens another: {Reason}", feed, reason);
    }

    private abstract record LineItem;

    private sealed record FrameItem(ProviderReply Frame, bool IsFirst) : LineItem;

    private sealed record PolledItem(Fetched Fetched, TaskCompletionSource Taken) : LineItem;

    /// <summary>Frames and REST replies in the order of their arrival.</summary>
    private sealed class Line(Feed feed)
    {
        private readonly SourceQueue<LineItem> _queue = Source.Queue<LineItem>(MostInLine);
        private int _inLine;
        private int _held;

        public Source<LineItem> Items => _queue.Source;

        /// <exception cref="BufferOverflowException">As many frames wait as may.</exception>
        public void Pushed(FrameItem item)
        {
            var bound = feed.Stream.SocketBuffer;
            if (Volatile.Read(ref _inLine) + Volatile.Read(ref _held) >= bound)
            {
                throw new BufferOverflowException($"{bound} frames wait to be taken in (socket-buffer), and one more came.");
            }

            Interlocked.Increment(ref _inLine);
            _queue.TryOffer(item);
        }

        /// <summary>Ends when the reply was taken out again.</summary>
        public async Task PolledAsync(Fetched fetched, CancellationToken cancellationToken)
        {
            var item = new PolledItem(fetched, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            _queue.TryOffer(item);
            await item.Taken.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        /// <param name="held">Frames' replies that were taken out and still wait to be joined.</param>
        public void Taken(LineItem item, int held)
        {
            Volatile.Write(ref _held, held);
            if (item is PolledItem polled)
            {
                polled.Taken.SetResult();
            }
            else
            {
                Interlocked.Decrement(ref _inLine);
            }
        }

        public void End(Exception? failure)
        {
            if (failure is null)
            {
                _queue.Complete();
            }
            else
            {
                _queue.Fail(failure);
            }
        }
    }
}
