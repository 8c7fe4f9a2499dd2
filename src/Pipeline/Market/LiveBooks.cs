using System.Collections.Concurrent;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Pipeline.Feeds;

namespace AkkaCrypto.Pipeline.Market;

/// <summary>The books that this process follows, by exchange and pair. Safe for concurrent use.</summary>
public sealed class LiveBooks
{
    private readonly ConcurrentDictionary<(string Exchange, string Pair), LiveBook> _books = new();

    /// <summary>The book of a pair; null where this process does not follow it.</summary>
    public LiveBook? Find(string exchange, string pair) => _books.GetValueOrDefault((exchange, pair));

    /// <summary>From here on the book is followed, anew: it is resyncing.</summary>
    public LiveBook Follow(string exchange, string pair, BookRules rules) =>
        _books[(exchange, pair)] = new LiveBook(new BookSync(exchange, pair, rules, LiveBook.MostWaiting));

    /// <summary>The book is followed no more, unless somebody else has begun to since.</summary>
    public void Leave(string exchange, string pair, LiveBook book) => _books.TryRemove(new(((exchange, pair)), book));
}

/// <summary>
/// One book that is followed: changed by its feed, read by anybody. A change and the checks after it are one step to readers: nobody sees a
/// book that was changed and not yet judged.
/// </summary>
public sealed class LiveBook(BookSync sync)
{
    /// <summary>Deltas that may wait for a whole book: a minute and more of the busiest pairs.</summary>
    public const int MostWaiting = 10_000;

    private readonly Lock _gate = new();
    private DateTimeOffset? _confirmedAt;

    public BookState State
    {
        get
        {
            lock (_gate)
            {
                return sync.State;
            }
        }
    }

    /// <summary>Why it is resyncing; null while it is valid.</summary>
    public string? Reason
    {
        get
        {
            lock (_gate)
            {
                return sync.Reason;
            }
        }
    }

    public bool WantsWhole
    {
        get
        {
            lock (_gate)
            {
                return sync.WantsWhole;
            }
        }
    }

    /// <summary>The book and its state, of one moment; null while none was ever known.</summary>
    public StatedBook? Read()
    {
        lock (_gate)
        {
            return sync.Book is { } book ? new StatedBook(book, sync.State, sync.State == BookState.Valid ? _confirmedAt : null) : null;
        }
    }

    /// <summary>The connection said something: a valid book has not changed but by what was taken.</summary>
    public void Heard(DateTimeOffset at)
    {
        lock (_gate)
        {
            _confirmedAt = at;
        }
    }

    /// <inheritdoc cref="BookSync.Take"/>
    public void Take(NormalisedRecord message) => Change(message, static (sync, message) => sync.Take(message));

    /// <inheritdoc cref="BookSync.TakeWhole"/>
    public void TakeWhole(OrderBook book) => Change(book, static (sync, book) => sync.TakeWhole(book));

    /// <inheritdoc cref="BookSync.Lost"/>
    public void Lost(string reason) => Change(reason, static (sync, reason) => sync.Lost(reason));

    private void Change<T>(T what, Action<BookSync, T> change)
    {
        lock (_gate)
        {
            change(sync, what);
        }
    }
}
