namespace AkkaCrypto.Contracts.Market;

/// <summary>Whether a book can be relied on, as <c>/orderbook</c> says it.</summary>
public enum BookState
{
    /// <summary>It is what the provider's book was at its time, by every check that the provider allows.</summary>
    Valid,

    /// <summary>Something was missed since: it is what was last known to be right, and the whole book is being fetched anew.</summary>
    Resyncing,
}

/// <summary>A book and whether it can be relied on.</summary>
/// <param name="ConfirmedAt">
/// When a followed book was last known to be unchanged since its own time: the last message of its connection. Null for a stored snapshot,
/// which speaks for its own time alone.
/// </param>
public sealed record StatedBook(OrderBook Book, BookState State, DateTimeOffset? ConfirmedAt = null);
