namespace AkkaCrypto.Actors.Runtime;

/// <summary>All that a batch of commands decided.</summary>
/// <param name="Epoch">Under which it was decided.</param>
/// <param name="Time">When the commit was closed, UTC.</param>
/// <param name="Events">In order.</param>
/// <param name="Changed">The entities that the events changed, each once, with the state after the last of them.</param>
public sealed record Commit<TKey, TState, TEvent>(
    long Epoch, DateTimeOffset Time, IReadOnlyList<Happening<TKey, TEvent>> Events, IReadOnlyList<KeyValuePair<TKey, TState?>> Changed);

/// <summary>
/// The durable side of one shard. Called by one loop: at most two commits at a time, which land in the order in which they were begun, and
/// loads beside them. Any exception but those below means that the outcome is unknown. Disposed of when the loop has ended.
/// </summary>
public interface IJournal<TKey, TState, TEvent> : IAsyncDisposable
{
    /// <summary>
    /// Makes this process the shard's owner: raises its epoch under a lock on its row, so that no commit of an earlier owner can land
    /// after this has returned.
    /// </summary>
    /// <param name="again">Only if nobody has taken the shard since this journal did; false takes it from whoever has it.</param>
    /// <param name="cancellationToken">Ends the attempt; the epoch may then have been raised or not.</param>
    /// <returns>The new epoch.</returns>
    /// <exception cref="FencedException">Another owner has taken the shard since.</exception>
    Task<long> TakeAsync(bool again, CancellationToken cancellationToken);

    /// <summary>Loads what is committed of the keys, in at most two queries; <paramref name="found"/> is called for each that is
    /// there. A key may be taken for absent without looking: the commit that it is in finds out.</summary>
    Task LoadAsync(IReadOnlyList<TKey> keys, Action<TKey, TState> found, CancellationToken cancellationToken);

    /// <summary>Looks for keys that <see cref="LoadAsync"/> didn't find, for a reply that no commit stands behind.</summary>
    /// <exception cref="StaleLoadException">One of them is there.</exception>
    Task ConfirmAbsentAsync(IReadOnlyList<TKey> keys, CancellationToken cancellationToken);

    /// <summary>Writes all or nothing, only while <see cref="Commit{TKey, TState, TEvent}.Epoch"/> is the shard's newest, and only if the
    /// commit that was begun before this one has landed: if that fails, this fails too, and neither is tried again.</summary>
    /// <exception cref="FencedException">It isn't; nothing was written.</exception>
    /// <exception cref="StaleLoadException">An entity that was loaded as absent is there; nothing was written.</exception>
    /// <exception cref="CommitRefusedException">The database refuses the content; nothing was written.</exception>
    Task CommitAsync(Commit<TKey, TState, TEvent> commit, CancellationToken cancellationToken);
}

/// <summary>Another owner has the shard.</summary>
public sealed class FencedException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>What was decided can't be written as it is: it breaks a rule of the database.</summary>
public class CommitRefusedException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>What was decided fits one by one, and not together; of a single command, not with what belongs to its commit.</summary>
public sealed class UnclosableException(string message, Exception? inner = null) : CommitRefusedException(message, inner);

/// <summary>
/// An entity was taken for absent without looking, and is there, or was taken for what it no longer is. The journal looks at the next load;
/// the commands are decided again.
/// </summary>
public sealed class StaleLoadException(string message, Exception? inner = null) : Exception(message, inner);
