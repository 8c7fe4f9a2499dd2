using System.Runtime.CompilerServices;
using System.Threading.Channels;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Streams;
using Microsoft.Extensions.Logging;

namespace AkkaCrypto.Pipeline.Stages;

/// <summary>
/// One connection that books are followed over. Frames, the clock's ticks and the whole books that were asked for are taken one after the
/// other, so a book has one writer.
/// </summary>
internal sealed class BookConnection(
    Feed feed, SocketSettings connection, IReadOnlyList<FollowedBook> books, SourceQueue<NormalisedReply> stored,
    Func<Source<Ask>, Source<Fetched>> fetch, TimeProvider time, ILogger log)
{
    /// <summary>How often it is looked whether a book is due to be stored or asked for.</summary>
    private static readonly TimeSpan TickEvery = TimeSpan.FromMilliseconds(100);

    private readonly FrameReader _frames = new(feed, log);
    private readonly BookStart _start = feed.Pushed!.Books!.Start;
    private readonly string _origin = $"WS {connection.Address}";
    private readonly Dictionary<string, FollowedBook> _books = books.ToDictionary(book => book.Pair, StringComparer.Ordinal);
    private readonly Dictionary<string, SeriesRequest> _series =
        books.ToDictionary(book => book.Pair, book => book.Request, StringComparer.Ordinal);

    private readonly SourceQueue<Ask> _wanted = Source.Queue<Ask>(Math.Max(1, books.Count));

    /// <summary>What is said over the connection to begin books anew. A pace bounds it; what finds no room is said when the pace allows
    /// it again.</summary>
    private readonly Channel<ReadOnlyMemory<byte>> _said = Channel.CreateBounded<ReadOnlyMemory<byte>>(256);

    /// <summary>Books that broke and can be begun anew over this connection.</summary>
    private readonly HashSet<FollowedBook> _broken = [];
    private bool _isOpen;

    /// <summary>Gives nothing of use; fails when the connection does, or when a book can only be had by a new one.</summary>
    public Source<bool> Follow() => MergeOperator.Merge(
        [
            Source.From(FramesAsync),
            Source.Poll(() => TickEvery, _ => Task.FromResult<Action>(Tick), time),
            fetch(_wanted.Source).Select<Fetched, Action>(fetched => () => TakeWhole(fetched)),
        ],
        bufferSize: 16).Select(static act =>
    {
        act();
        return true;
    });

    private async IAsyncEnumerable<Action> FramesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var frames = Source.Socket(connection with { Further = _said.Reader }, time);
        await foreach (var frame in frames.Enumerate(cancellationToken).ConfigureAwait(false))
        {
            yield return () => Take(frame);
        }

        // A merge goes on while any input does, and the clock never ends.
        throw new BookLostException("the provider closed it");
    }

    private void Take(ReadOnlyMemory<byte> frame)
    {
        var now = time.GetUtcNow();
        if (!_isOpen)
        {
            _isOpen = true;
            feed.Health.Listens(true);
        }

        foreach (var reply in _frames.Read(new ProviderReply(frame, 200, Cut: false, _origin, now), _series))
        {
            if (!_books.TryGetValue(reply.Request.Series, out var book))
            {
                Unreadable(reply, now);
                continue;
            }

            foreach (var record in reply.Content.Records)
            {
                var hasChanged = book.Take(record, now);
                Judge(book, hasChanged, now);
                if (!hasChanged && record is OrderBook && book.Reason is { } reason)
                {
                    Broke(book, reason);
                }
            }
        }

        foreach (var book in books)
        {
            book.Heard(now);
        }
    }

    /// <summary>Nobody knows whose message it was. Where each frame is a whole book, the next one makes good what it said.</summary>
    private void Unreadable(NormalisedReply frame, DateTimeOffset now)
    {
        const string Reason = "a frame could not be read";
        if (_start != BookStart.EveryFrame)
        {
            foreach (var book in books)
            {
                Judge(book, book.Lost(Reason, now), now);
            }
        }

        Keep(frame);
        if (_start == BookStart.Subscription)
        {
            throw new BookLostException(Reason);
        }
    }

    private void Keep(NormalisedReply letter)
    {
        if (stored.TryOffer(letter) == OfferResult.Dropped)
        {
            throw new BufferOverflowException("What could not be read finds no place on the way to the dead letters.");
        }
    }

    private void Tick()
    {
        var now = time.GetUtcNow();
        foreach (var book in books)
        {
            Ask(book, now);
            if (book.Snapshot(feed.Settings.Every, _origin, now) is { } snapshot && stored.TryOffer(snapshot) == OfferResult.Enqueued)
            {
                book.Stored(snapshot, now);
            }
        }
    }

    private void TakeWhole(Fetched fetched)
    {
        var now = time.GetUtcNow();
        var book = _books[fetched.Ask.Request.Series];
        OrderBook? whole = null;
        if (fetched.Reply is { } reply)
        {
            var content = ReplyReader.Read(feed.Normaliser, fetched.Ask.Request.Context, reply);
            whole = content.Records.OfType<OrderBook>().FirstOrDefault();
            if (content.Refusals is [var first, ..])
            {
                feed.Health.Failed($"{book.Pair}: {first.Reason}");
                if (whole is null && !first.IsProviderError)
                {
                    Keep(new NormalisedReply(fetched.Ask, reply, content));
                }
            }
        }

        Judge(book, book.TakeWhole(whole, now), now);
    }

    private void Judge(FollowedBook book, bool hasChanged, DateTimeOffset now)
    {
        if (hasChanged)
        {
            feed.Health.Resyncing(books.Count(other => other.State == BookState.Resyncing));
            if (book.Reason is { } reason)
            {
                log.LogWarning("{Feed}/{Pair}: the book is resyncing: {Reason}", feed, book.Pair, reason);
                Broke(book, reason);
            }
            else
            {
                _broken.Remove(book);
                log.LogInformation("{Feed}/{Pair}: the book is valid", feed, book.Pair);
            }
        }

        Ask(book, now);
    }

    /// <summary>A book that begins with its subscription has to begin anew: nothing that follows would make it right.</summary>
    private void Broke(FollowedBook book, string reason)
    {
        if (_start == BookStart.Subscription && BeginAnew(book).Count == 0)
        {
            throw new BookLostException($"{book.Pair}: {reason}");
        }

        _broken.Add(book);
    }

    private void Ask(FollowedBook book, DateTimeOffset now)
    {
        if (book.Wanted(now) is { } ask)
        {
            _wanted.TryOffer(ask);
        }

        if (_start == BookStart.Subscription && _broken.Contains(book) && book.MayBeginAnew(now))
        {
            foreach (var message in BeginAnew(book))
            {
                _said.Writer.TryWrite(message);
            }
        }
    }

    private IReadOnlyList<ReadOnlyMemory<byte>> BeginAnew(FollowedBook book) =>
        feed.Pushed!.BeginAnew(feed.Settings with { Pairs = [book.Pair] });
}

/// <summary>A book can't be followed any further over this connection; a new one begins it anew.</summary>
public sealed class BookLostException(string message) : Exception(message);
