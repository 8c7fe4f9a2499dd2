namespace AkkaCrypto.Actors.Runtime;

/// <summary>What a shard's decisions need of its journal: the entities that aren't in memory, all with one load, and the certainty that
/// those are absent which a reply takes for absent.</summary>
internal sealed class EntityLoader<TKey, TState, TEvent>(IJournal<TKey, TState, TEvent> journal)
    where TKey : notnull
    where TState : class
{
    private readonly List<TKey> missing = [];
    private readonly List<TKey> absent = [];

    public EntityCache<TKey, TState> Cache { get; } = new();

    /// <summary>Marks the entities as used by the batch, and notes those that have to be loaded.</summary>
    public void Need(List<TKey> keys, long batch, long now)
    {
        foreach (var key in keys)
        {
            if (!Cache.Touch(key, batch, now))
            {
                missing.Add(key);
            }
        }
    }

    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        if (missing.Count > 0)
        {
            await journal.LoadAsync(missing, Cache.Put, cancellationToken);
            missing.Clear();
        }
    }

    /// <summary>Notes keys whose absence a reply rests on that no commit stands behind.</summary>
    public void Doubt(IReadOnlyList<TKey>? keys) => absent.AddRange(keys ?? []);

    /// <exception cref="StaleLoadException">One of them is there.</exception>
    public async Task ConfirmAsync(CancellationToken cancellationToken)
    {
        if (absent.Count > 0)
        {
            await journal.ConfirmAbsentAsync(absent, cancellationToken);
            absent.Clear();
        }
    }

    /// <summary>Forgets what was left when something failed.</summary>
    public void Clear()
    {
        missing.Clear();
        absent.Clear();
        Cache.Clear();
    }
}
