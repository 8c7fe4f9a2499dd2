using System.Runtime.CompilerServices;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.Pipeline.Streams;
using Microsoft.Extensions.Logging;

namespace AkkaCrypto.Pipeline.Stages;

/// <summary>
/// Follows the order books of a feed over its provider's websocket, in memory and without regard to the store: a database that is away
/// holds no book up. What goes on to the store are snapshots of valid books, at most one of a pair each <c>every</c>, and frames that could
/// not be read; a snapshot that finds the way full is taken again later, a frame closes the connection.
/// </summary>
/// <param name="fetch">Asks for whole books, at the feed's pace.</param>
public sealed class SocketBooks(
    Feed feed, OrderBookStore store, Func<Source<Ask>, Source<Fetched>> fetch, TimeProvider time, Random random, ILogger log)
{
    /// <summary>Snapshots and frames on their way to the store.</summary>
    private const int MostOnTheWay = 256;

    public Source<NormalisedReply> Listen(SocketSettings connection) => Source.From(cancellation => RunAsync(connection, cancellation));

    private async IAsyncEnumerable<NormalisedReply> RunAsync(
        SocketSettings connection, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        feed.Health.Resumed();
        var stored = Source.Queue<NormalisedReply>(MostOnTheWay);
        var rules = feed.Pushed!.Books!;
        var books = feed.Series.Select(series => new FollowedBook(feed, series, rules, store.Live, random)).ToList();
        try
        {
            await using var states = new BookStateKeeper(feed, books, store.Resyncs, time, log)
                .Run(failure => End(stored, failure), cancellationToken);
            await using var following = new Pump(
                "SocketBooks' connection", ct => Connections(connection, books, stored).To(Sink.Ignore<bool>()).RunAsync(ct),
                failure => End(stored, failure), cancellationToken);
            await foreach (var reply in stored.Source.Enumerate(cancellationToken).ConfigureAwait(false))
            {
                yield return reply;
            }
        }
        finally
        {
            books.ForEach(book => book.Leave());
            feed.Health.Resyncing(null);
        }
    }

    private Source<bool> Connections(SocketSettings connection, List<FollowedBook> books, SourceQueue<NormalisedReply> stored) =>
        RestartSource.WithBackoff(
            feed.Backoff,
            () => Source.From(cancellation => FollowAsync(
                new BookConnection(feed, connection, books, stored, fetch, time, log), books, cancellation)),
            time, random, Disconnected);

    /// <summary>One connection. However it ends, its books are resyncing before anybody hears of the end.</summary>
    private async IAsyncEnumerable<bool> FollowAsync(
        BookConnection connection, List<FollowedBook> books, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var step in connection.Follow().Enumerate(cancellationToken).ConfigureAwait(false))
            {
                yield return step;
            }
        }
        finally
        {
            books.ForEach(book => book.Lost("the connection is lost", time.GetUtcNow()));
            feed.Health.Resyncing(books.Count);
        }
    }

    private void Disconnected(Exception? failure)
    {
        feed.Health.Listens(false);
        var reason = $"websocket: {failure?.Message ?? "the provider closed it"}";
        var level = feed.Health.Failed(reason) ? LogLevel.Warning : LogLevel.Debug;
        log.Log(level, failure, "{Feed} has lost its connection and opens another: {Reason}", feed, reason);
    }

    private static void End(SourceQueue<NormalisedReply> stored, Exception? failure)
    {
        if (failure is null)
        {
            stored.Complete();
        }
        else
        {
            stored.Fail(failure);
        }
    }
}
