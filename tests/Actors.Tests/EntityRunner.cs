using AkkaCrypto.Actors.Runtime;

namespace AkkaCrypto.Actors.Tests;

/// <summary>
/// Runs entities without shards, mailboxes, journals or threads: each command is decided, applied and answered where it is called. What it
/// shows of a behaviour holds for the behaviour alone.
/// </summary>
public sealed class EntityRunner<TKey, TState, TCommand, TEvent, TReply>(
    IEntityBehaviour<TKey, TState, TCommand, TEvent, TReply> behaviour)
    where TKey : notnull
    where TState : class
{
    private readonly States states = new();

    public DateTimeOffset Now { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>All events so far, those of closing included.</summary>
    public List<Happening<TKey, TEvent>> Events { get; } = [];

    public TState? this[TKey key] => states.Held.GetValueOrDefault(key);

    public IEnumerable<TState> All => states.Held.Values.OfType<TState>();

    /// <summary>As if it had been loaded.</summary>
    public void Put(TKey key, TState state) => states.Held[key] = state;

    public TReply Tell(TCommand command)
    {
        var keys = new List<TKey>();
        behaviour.Touch(command, keys);
        states.Named = [.. keys];
        var decision = behaviour.Decide(states, command, Now);
        Apply(decision.Events);
        if (decision.Events.Count > 0)
        {
            Close(decision.Events);
        }

        return decision.Reply;
    }

    private void Close(IReadOnlyList<Happening<TKey, TEvent>> events)
    {
        var keys = new List<TKey>();
        var more = new List<Happening<TKey, TEvent>>();
        behaviour.TouchAtClose(events, keys);
        states.Named = [.. keys];
        behaviour.Close(states, events, Now, more);
        Apply(more);
    }

    private void Apply(IReadOnlyList<Happening<TKey, TEvent>> events)
    {
        foreach (var (key, happened) in events)
        {
            states.Held[key] = behaviour.Apply(states.Held.GetValueOrDefault(key), happened);
        }

        Events.AddRange(events);
    }

    private sealed class States : IEntityStates<TKey, TState>
    {
        public Dictionary<TKey, TState?> Held { get; } = [];

        public HashSet<TKey> Named { get; set; } = [];

        public TState? this[TKey key] => Named.Contains(key)
            ? Held.GetValueOrDefault(key)
            : throw new InvalidOperationException($"The entity {key} was not named by the command that reads it.");
    }
}
