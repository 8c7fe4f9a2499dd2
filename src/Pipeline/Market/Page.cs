namespace AkkaCrypto.Pipeline.Market;

/// <summary>
/// What to read of a series. Without a cursor: with <paramref name="From"/>, the first <paramref name="Limit"/> records from it; without,
/// the newest ones before <paramref name="To"/>. With a cursor: the page after it, in the direction that the cursor was made for.
/// </summary>
/// <param name="From">Inclusive.</param>
/// <param name="To">Exclusive.</param>
/// <param name="Cursor">As an earlier page gave it; <see cref="PageCursor"/> reads it.</param>
public sealed record PageRequest(DateTimeOffset? From, DateTimeOffset? To, int Limit, PageCursor? Cursor);

/// <param name="Records">Oldest first.</param>
/// <param name="Next">Null at the end: forwards no newer record before <c>to</c>, backwards no older one.</param>
public sealed record Page<T>(IReadOnlyList<T> Records, PageCursor? Next);
