using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Pipeline.Feeds;

/// <summary>One dataset of a provider that is pushed over a websocket. It is polled too: to fill what a lost connection missed.</summary>
public interface ISocketDataset
{
    /// <summary>What to connect to and to say for the series that the settings ask for.</summary>
    SocketPlan Plan(DatasetSettings settings);

    /// <summary>The text messages that begin the settings' books anew over a connection that has subscribed to them already; none where
    /// only a new connection does.</summary>
    IReadOnlyList<ReadOnlyMemory<byte>> BeginAnew(DatasetSettings settings) => [];

    /// <summary>How the provider's books begin and follow each other; null for datasets that are no books.</summary>
    BookRules? Books => null;
}

/// <param name="Path">Path and query below <c>socket-url</c>; may be empty.</param>
/// <param name="Subscribe">Text messages that are sent, in order, when the connection is open.</param>
/// <param name="Silence">Without a frame for so long the connection is dead: above the provider's own heartbeat.</param>
public sealed record SocketPlan(string Path, IReadOnlyList<ReadOnlyMemory<byte>> Subscribe, TimeSpan Silence)
{
    /// <summary>Text message that keeps the connection open, sent every <see cref="HeartbeatEvery"/>; none if empty.</summary>
    public ReadOnlyMemory<byte> Heartbeat { get; init; }

    public TimeSpan HeartbeatEvery { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>Where a book of a socket begins.</summary>
public enum BookStart
{
    /// <summary>Every frame is a whole book: there is nothing to follow, only to be in order.</summary>
    EveryFrame,

    /// <summary>The first frame after subscribing is the whole book, deltas follow.</summary>
    Subscription,

    /// <summary>The socket sends deltas alone; the whole book is asked for by REST (the polled dataset <c>orderbook</c>), while they
    /// wait.</summary>
    Rest,
}

/// <summary>What a delta is to the book that stands.</summary>
public enum BookStep
{
    /// <summary>It is the next one.</summary>
    Next,

    /// <summary>The book holds it already.</summary>
    Old,

    /// <summary>Something between is missing: the book is wrong from here on.</summary>
    Gap,
}

/// <summary>How one provider's books begin and follow each other. Pure.</summary>
/// <param name="StepOf">
/// Judges a delta by its numbers: the sequence of the last message that was applied, whether that was a whole book, and the delta. Null
/// where the provider numbers nothing.
/// </param>
/// <param name="Checksum">
/// Of the book after a delta was applied, best first on both sides, to be compared with <see cref="OrderBookDelta.Checksum"/>. Null where
/// the provider sends none.
/// </param>
/// <param name="Depth">Levels a side that the provider keeps up to date; levels past it are cut after each delta. Null: no bound.</param>
public sealed record BookRules(
    BookStart Start,
    Func<long?, bool, OrderBookDelta, BookStep>? StepOf = null,
    Func<IReadOnlyList<BookLevel>, IReadOnlyList<BookLevel>, uint>? Checksum = null,
    int? Depth = null);
