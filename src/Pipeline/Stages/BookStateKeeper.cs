using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.Pipeline.Streams;
using AkkaCrypto.Storage.Postgres;
using Microsoft.Extensions.Logging;

namespace AkkaCrypto.Pipeline.Stages;

/// <summary>
/// Tells other nodes, by the database, which of a feed's books are resyncing. Looks at the books rather than being told, so that neither a
/// book ever waits for the database nor a state is lost while it is away: what is written last is what is so.
/// </summary>
internal sealed class BookStateKeeper(Feed feed, IReadOnlyList<FollowedBook> books, BookResyncs resyncs, TimeProvider time, ILogger log)
{
    /// <summary>A node that only reads learns of a change after this time and one write.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(100);

    private readonly Dictionary<string, BookState> _told = new(StringComparer.Ordinal);

    /// <summary>Runs until it is disposed; <paramref name="ended"/> is told of a failure that waiting does not mend.</summary>
    public IAsyncDisposable Run(Action<Exception?> ended, CancellationToken cancellationToken) => new Pump(
        "SocketBooks' states", ct => Source.Poll(() => LookEvery, TellAsync, time).To(Sink.Ignore<bool>()).RunAsync(ct), ended,
        cancellationToken);

    private async Task<bool> TellAsync(CancellationToken cancellationToken)
    {
        foreach (var book in books)
        {
            // Read once: a state that changes while it is written is written by the next look.
            var (state, reason) = (book.State, book.Reason);
            if (_told.TryGetValue(book.Pair, out var told) && told == state)
            {
                continue;
            }

            try
            {
                await (state == BookState.Valid
                    ? resyncs.EndAsync(feed.Provider, book.Pair, cancellationToken)
                    : resyncs.BeginAsync(feed.Provider, book.Pair, reason ?? "it is being put together anew", cancellationToken))
                    .ConfigureAwait(false);
                _told[book.Pair] = state;
            }
            catch (Exception exception) when (PostgresErrors.IsTransient(exception))
            {
                log.LogDebug(exception, "{Feed}/{Pair}: the state of the book is not told yet", feed, book.Pair);
                return false;
            }
        }

        return true;
    }
}
