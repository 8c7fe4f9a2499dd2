using System.Buffers;
using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Market;

namespace AkkaCrypto.Pipeline.Stages;

/// <summary>
/// One pair's book while its feed follows it, and what its feed has done for it. Changed by the feed's one reader; its state may be read by
/// anybody.
/// </summary>
public sealed class FollowedBook
{
    private readonly Feed _feed;
    private readonly LiveBooks _all;
    private readonly LiveBook _book;
    private readonly ResyncPace _pace;
    private OrderBook? _stored;
    private DateTimeOffset _storedAt = DateTimeOffset.MinValue;
    private bool _isAsked;

    /// <summary>From here on the book is there to be read: resyncing.</summary>
    public FollowedBook(Feed feed, SeriesRequest request, BookRules rules, LiveBooks all, Random random)
    {
        (_feed, _all, Request) = (feed, all, request);
        _book = all.Follow(feed.Provider, request.Series, rules);
        _pace = new ResyncPace(feed.Backoff, random);
    }

    public SeriesRequest Request { get; }

    public string Pair => Request.Series;

    public BookState State => _book.State;

    /// <inheritdoc cref="BookSync.Reason"/>
    public string? Reason => _book.Reason;

    public void Leave() => _all.Leave(_feed.Provider, Pair, _book);

    /// <inheritdoc cref="LiveBook.Heard"/>
    public void Heard(DateTimeOffset at) => _book.Heard(at);

    /// <returns>Whether its state has changed.</returns>
    public bool Take(NormalisedRecord message, DateTimeOffset now) => Change(book => book.Take(message), now);

    /// <summary>The answer to an ask; null where none came.</summary>
    /// <inheritdoc cref="Take"/>
    public bool TakeWhole(OrderBook? whole, DateTimeOffset now)
    {
        _isAsked = false;
        return whole is not null && Change(book => book.TakeWhole(whole), now);
    }

    /// <inheritdoc cref="Take"/>
    public bool Lost(string reason, DateTimeOffset now)
    {
        _isAsked = false;
        return Change(book => book.Lost(reason), now);
    }

    /// <summary>The request for the whole book, where it is due: then it counts as asked.</summary>
    public Ask? Wanted(DateTimeOffset now)
    {
        if (_isAsked || !_book.WantsWhole || !_pace.MayAsk(now))
        {
            return null;
        }

        _isAsked = true;
        _pace.Asked(now);
        return new Ask(Request, WholeHistory: false) { Priority = RequestPriority.Repair };
    }

    /// <summary>Whether the book may be begun anew over its connection now: then it counts as asked for, and what comes next of it is the
    /// whole book.</summary>
    public bool MayBeginAnew(DateTimeOffset now)
    {
        if (!_pace.MayAsk(now))
        {
            return false;
        }

        _pace.Asked(now);
        Lost(Reason ?? "it is begun anew", now);
        return true;
    }

    /// <summary>The book to be stored: valid, changed since the last one, and a pace after it; else null.</summary>
    public NormalisedReply? Snapshot(TimeSpan pace, string origin, DateTimeOffset now)
    {
        if (now - _storedAt < pace || _book.Read() is not { State: BookState.Valid, Book: var book } || ReferenceEquals(book, _stored))
        {
            return null;
        }

        var content = new Normalised();
        content.Records.Add(book);
        var reply = new ProviderReply(Encode(book), 200, Cut: false, origin, now);
        return new NormalisedReply(new Ask(Request, WholeHistory: false), reply, content, IsPushed: true);
    }

    /// <summary>The snapshot is on its way to the store.</summary>
    public void Stored(NormalisedReply snapshot, DateTimeOffset now) =>
        (_stored, _storedAt) = ((OrderBook)snapshot.Content.Records[0], now);

    private bool Change(Action<LiveBook> change, DateTimeOffset now)
    {
        var before = _book.State;
        change(_book);
        switch (before, _book.State)
        {
            case (BookState.Valid, BookState.Resyncing):
                _pace.Broke(now);
                return true;
            case (BookState.Resyncing, BookState.Valid):
                _pace.BecameValid(now);
                return true;
            default:
                return false;
        }
    }

    private static ReadOnlyMemory<byte> Encode(OrderBook book)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            NormalisedJson.Write(json, book);
        }

        return buffer.WrittenMemory;
    }
}
