namespace AkkaCrypto.Actors.Runtime;

/// <summary>An event and the entity that it happens to.</summary>
public readonly record struct Happening<TKey, TEvent>(TKey Key, TEvent Event);

/// <param name="Reply">Goes to the caller after the events are committed.</param>
/// <param name="Events">In the order in which they are applied; empty for a read or a refusal.</param>
/// <param name="Absent">Keys whose absence the reply rests on. One that was taken for absent without looking is found by the commit; where
/// there is none, it is looked for before the reply goes out. Null: none.</param>
public readonly record struct Decision<TKey, TEvent, TReply>(
    TReply Reply, IReadOnlyList<Happening<TKey, TEvent>> Events, IReadOnlyList<TKey>? Absent = null)
{
    /// <summary>It rests on states that others than this shard may have changed since they were loaded: nothing of it is done, and the
    /// command is decided again when they have been loaded anew. The behaviour sees to it that this comes to an end.</summary>
    public bool IsStale { get; init; }
}

/// <summary>The states that a command named as those it touches.</summary>
public interface IEntityStates<in TKey, out TState>
{
    /// <summary>Null: there is no such entity.</summary>
    /// <exception cref="InvalidOperationException">The command didn't name this key.</exception>
    TState? this[TKey key] { get; }
}

/// <summary>
/// What entities of one kind do. Pure: no clock, no I/O, no randomness, and nothing of who runs it. An entity's state is immutable; it is
/// null before its first event.
/// </summary>
public interface IEntityBehaviour<TKey, TState, TCommand, TEvent, TReply>
    where TKey : notnull
    where TState : class
{
    /// <summary>Adds the key of every entity that <see cref="Decide"/> reads or changes. All are of one shard.</summary>
    void Touch(TCommand command, ICollection<TKey> keys);

    /// <param name="states">Of the keys that <see cref="Touch"/> named.</param>
    /// <param name="command">What is asked.</param>
    /// <param name="now">The moment at which it is decided, UTC.</param>
    Decision<TKey, TEvent, TReply> Decide(IEntityStates<TKey, TState> states, TCommand command, DateTimeOffset now);

    /// <summary>The state after the event. Total: never refuses, never throws.</summary>
    TState? Apply(TState? state, TEvent happened);

    /// <summary>The reply to a command of which nothing is done, for <see cref="Close"/> has thrown at its events alone; null: that is a
    /// bug.</summary>
    TReply? Unclosable(TCommand command);

    /// <summary>Adds the keys of the entities that <see cref="Close"/> reads or changes.</summary>
    void TouchAtClose(IReadOnlyList<Happening<TKey, TEvent>> events, ICollection<TKey> keys);

    /// <summary>Adds the events that belong to a commit as a whole, after all of its commands were decided.</summary>
    /// <param name="states">Of the keys that <see cref="TouchAtClose"/> named, with <paramref name="events"/> applied.</param>
    /// <param name="events">All events of the commit's commands; never empty.</param>
    /// <param name="now">When the commit was closed, UTC.</param>
    /// <param name="more">Takes the added events.</param>
    /// <exception cref="StaleLoadException">It needs more than <see cref="TouchAtClose"/> has named, and next time that will name it.
    /// </exception>
    void Close(
        IEntityStates<TKey, TState> states, IReadOnlyList<Happening<TKey, TEvent>> events, DateTimeOffset now,
        ICollection<Happening<TKey, TEvent>> more);
}
