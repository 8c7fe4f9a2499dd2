namespace AkkaCrypto.Actors.Runtime;

/// <summary>
/// The states of a shard's active entities, most recently used first. An entity that isn't there is remembered as absent, so that it is
/// asked for once.
/// </summary>
internal sealed class EntityCache<TKey, TState> : IEntityStates<TKey, TState>
    where TKey : notnull
    where TState : class
{
    private readonly Dictionary<TKey, Slot> slots = [];
    private readonly Slot ring;

    public EntityCache()
    {
        ring = new Slot(default!);
        ring.Next = ring.Previous = ring;
    }

    public int Count => slots.Count;

    public TState? this[TKey key] => slots.TryGetValue(key, out var slot)
        ? slot.State
        : throw new InvalidOperationException($"The entity {key} was not named by the command that reads it.");

    /// <summary>Marks the entity as used by the batch; false: it has to be loaded first, and until then counts as absent.</summary>
    public bool Touch(TKey key, long batch, long now)
    {
        var isKnown = slots.TryGetValue(key, out var slot);
        if (slot is null)
        {
            slots.Add(key, slot = new Slot(key));
        }
        else if (slot.Batch == batch && slot.Used == now)
        {
            return true;
        }
        else
        {
            slot.Unlink();
        }

        slot.LinkAfter(ring);
        (slot.Batch, slot.Used) = (batch, now);
        return isKnown;
    }

    public void Put(TKey key, TState? state) => slots[key].State = state;

    /// <summary>Takes the state after an event of the batch.</summary>
    /// <returns>Whether it is the batch's first change of this entity.</returns>
    public bool Change(TKey key, TState? state, long batch)
    {
        var slot = slots[key];
        slot.State = state;
        var isFirst = slot.Changed != batch;
        slot.Changed = batch;
        return isFirst;
    }

    public void Clear()
    {
        slots.Clear();
        ring.Next = ring.Previous = ring;
    }

    /// <summary>
    /// Drops the least recently used, while there are more than <paramref name="most"/> or they were last used before
    /// <paramref name="idleSince"/>; never one that <paramref name="oldestBatch"/> or a later batch uses.
    /// </summary>
    public void Passivate(int most, long idleSince, long oldestBatch)
    {
        while (ring.Previous is var last && last != ring && last.Batch < oldestBatch && (slots.Count > most || last.Used < idleSince))
        {
            last.Unlink();
            slots.Remove(last.Key);
        }
    }

    private sealed class Slot(TKey key)
    {
        public TKey Key => key;

        public TState? State { get; set; }

        public long Batch { get; set; }

        public long Used { get; set; }

        /// <summary>The last batch that changed it.</summary>
        public long Changed { get; set; } = -1;

        public Slot Next { get; set; } = null!;

        public Slot Previous { get; set; } = null!;

        public void Unlink() => (Previous.Next, Next.Previous) = (Next, Previous);

        public void LinkAfter(Slot head)
        {
            (Previous, Next) = (head, head.Next);
            head.Next.Previous = this;
            head.Next = this;
        }
    }
}
