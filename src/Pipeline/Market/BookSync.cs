using System.Globalization;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds;

namespace AkkaCrypto.Pipeline.Market;

/// <summary>
/// One pair's book as it follows from its provider's messages, by the provider's own rules. Whatever can't be proven to follow makes the
/// book <see cref="BookState.Resyncing"/> in the same call, before anything else: a book is never valid and wrong as far as the rules can
/// tell. Pure: no clock, no I/O. Not safe for concurrent use.
/// </summary>
/// <remarks>
/// How a book becomes valid: with <see cref="BookStart.EveryFrame"/> by each whole book that is newer than the last; with
/// <see cref="BookStart.Subscription"/> by the whole book after subscribing; with <see cref="BookStart.Rest"/> by <see cref="TakeWhole"/>,
/// asked for after the first delta has come (so that nothing can fall between the two), with the deltas since replayed over it.
/// </remarks>
/// <param name="mostWaiting">Deltas that may wait for a whole book; past it the older half is forgotten, and the numbers tell on which
/// books they still fit.</param>
public sealed class BookSync(string exchange, string pair, BookRules rules, int mostWaiting)
{
    private readonly BookLevels _levels = new();
    private readonly List<OrderBookDelta> _waiting = [];
    private readonly BookRules _rules = rules.Start != BookStart.Rest || rules.StepOf is not null
        ? rules
        : throw new ArgumentException("Deltas without numbers can't be fitted onto a book that is asked for by REST.", nameof(rules));

    private long? _sequence;
    private ProviderTime? _time;
    private bool _lastWasWhole;
    private bool _hasBegun;
    private OrderBook? _known;
    private bool _isKnownCurrent;

    public BookState State { get; private set; } = BookState.Resyncing;

    /// <summary>Why it is resyncing; null while it is valid.</summary>
    public string? Reason { get; private set; } = "it has just been subscribed to";

    /// <summary>Deltas wait for a whole book, to be asked for by REST.</summary>
    public bool WantsWhole => State == BookState.Resyncing && _waiting.Count > 0;

    /// <summary>The book while it is valid, else the last one that was looked at while it was; null before the first.</summary>
    public OrderBook? Book
    {
        get
        {
            if (State == BookState.Valid && !_isKnownCurrent)
            {
                (_known, _isKnownCurrent) = (new OrderBook(exchange, pair, _sequence, _time, _levels.Bids, _levels.Asks), true);
            }

            return _known;
        }
    }

    /// <summary>The messages no longer follow each other: the connection is gone, or one could not be read.</summary>
    public void Lost(string reason)
    {
        _waiting.Clear();
        (_sequence, _time, _hasBegun) = (null, null, false);
        Break(reason);
    }

    /// <summary>Takes one message of the socket: a book or a delta of this pair.</summary>
    public void Take(NormalisedRecord message)
    {
        switch (message, _rules.Start)
        {
            case (OrderBook book, BookStart.EveryFrame or BookStart.Subscription):
                if (IsNewer(book))
                {
                    Begin(book);
                }

                break;
            case (OrderBookDelta delta, BookStart.Subscription) when State == BookState.Valid:
                Follow(delta);
                break;
            case (OrderBookDelta delta, BookStart.Rest):
                if (State == BookState.Resyncing)
                {
                    Wait(delta);
                }
                else if (!Follow(delta))
                {
                    _waiting.Add(delta);
                }

                break;
        }
    }

    /// <summary>Takes the whole book that was asked for, and replays what came since. Stays resyncing where the two don't meet.</summary>
    public void TakeWhole(OrderBook book)
    {
        if (!WantsWhole || !Begin(book))
        {
            return;
        }

        for (var i = 0; i < _waiting.Count; i++)
        {
            if (!Follow(_waiting[i]))
            {
                _waiting.RemoveRange(0, i);
                return;
            }
        }

        _waiting.Clear();
    }

    private bool Begin(OrderBook book)
    {
        _levels.Reset(book.Bids, book.Asks);
        (_sequence, _time, _lastWasWhole, _hasBegun, _isKnownCurrent) = (book.Sequence, book.Time, true, true, false);
        return Stands(checksum: null);
    }

    /// <returns>False where it does not follow: the book is resyncing now.</returns>
    private bool Follow(OrderBookDelta delta)
    {
        switch (_rules.StepOf?.Invoke(_sequence, _lastWasWhole, delta) ?? BookStep.Next)
        {
            case BookStep.Old:
                return true;
            case BookStep.Gap:
                Break(string.Create(
                    CultureInfo.InvariantCulture,
                    $"a message is missing between {_sequence} and {delta.FirstSequence ?? delta.Sequence}"));
                return false;
        }

        _levels.Apply(delta.Bids, delta.Asks);
        (_sequence, _time, _lastWasWhole, _isKnownCurrent) = (delta.Sequence ?? _sequence, delta.Time ?? _time, false, false);
        return Stands(delta.Checksum);
    }

    /// <summary>The checks of a book after it has changed; it is valid if it stands them.</summary>
    private bool Stands(uint? checksum)
    {
        if (_rules.Depth is { } depth)
        {
            _levels.Cut(depth);
        }

        if (_levels.IsCrossed)
        {
            Break("its best bid is no lower than its best ask");
            return false;
        }

        if (checksum is { } expected && _rules.Checksum is { } of && of(_levels.Bids, _levels.Asks) != expected)
        {
            Break("it does not have the checksum that its provider sent");
            return false;
        }

        (State, Reason) = (BookState.Valid, null);
        return true;
    }

    private void Break(string reason) => (State, Reason, _isKnownCurrent) = (BookState.Resyncing, reason, false);

    private void Wait(OrderBookDelta delta)
    {
        if (_waiting.Count >= mostWaiting)
        {
            _waiting.RemoveRange(0, (_waiting.Count / 2) + 1);
        }

        _waiting.Add(delta);
    }

    /// <summary>
    /// A whole book that is not newer than the last one of this connection is a repeat or was overtaken. Where neither numbers nor times
    /// tell, each book of a stream of whole books is newer; one amid deltas only if it is the first.
    /// </summary>
    private bool IsNewer(OrderBook book) =>
        book.Sequence is { } sequence && _sequence is { } last ? sequence > last
        : book.Time is { } time && _time is { } before ? (_rules.Start == BookStart.EveryFrame ? time >= before : time > before)
        : _rules.Start == BookStart.EveryFrame || !_hasBegun;
}
