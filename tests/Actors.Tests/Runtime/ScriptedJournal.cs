using System.Collections.Concurrent;
using AkkaCrypto.Actors.Runtime;
using AkkaCrypto.TestKit;

namespace AkkaCrypto.Actors.Tests.Runtime;

/// <summary>What a commit meets.</summary>
public enum CommitFate
{
    Lands,
    IsLostBefore,
    LandsButIsLost,
    IsRefused,
    IsStale,
}

/// <summary>A database in memory for one shard of counters, whose commits wait for the test where it says so.</summary>
public sealed class ScriptedJournal : IJournal<string, Counter, Added>
{
    private readonly ConcurrentDictionary<string, Counter> stored = new();
    private readonly SemaphoreSlim arrived = new(0);
    private readonly SemaphoreSlim let = new(0);
    private readonly ConcurrentQueue<CommitFate> fates = new();
    private Task previous = Task.CompletedTask;
    private int inFlight;
    private long owned;

    /// <summary>True: each commit waits for <see cref="Let"/>.</summary>
    public bool Holds { get; set; }

    /// <summary>Refuses every commit with an event of this amount.</summary>
    public int? Forbidden { get; set; }

    public long Epoch { get; set; }

    public List<Commit<string, Counter, Added>> Commits { get; } = [];

    public List<string[]> Loads { get; } = [];

    public int MostInFlight { get; private set; }

    public int Total(string counter) => stored.TryGetValue(counter, out var state) ? state.Total : 0;

    public Counter State(string counter) => stored[counter];

    public Task WhenCommitArrivesAsync() => arrived.WaitAsync().Within("a commit");

    public void Let(CommitFate fate)
    {
        fates.Enqueue(fate);
        let.Release();
    }

    /// <summary>As somebody does whom the shard doesn't hear of.</summary>
    public void Put(string counter, Counter state) => stored[counter] = state;

    /// <summary>Lets those that wait meet these fates, and all that come after land without waiting.</summary>
    public void LetAll(params CommitFate[] next)
    {
        Array.ForEach(next, fates.Enqueue);
        Holds = false;
        let.Release(next.Length);
    }

    /// <summary>As another owner does.</summary>
    public void TakenByAnother() => Epoch++;

    public Task<long> TakeAsync(bool again, CancellationToken cancellationToken)
    {
        if (again && Epoch != owned)
        {
            throw new FencedException("it was taken");
        }

        owned = ++Epoch;
        previous = Task.CompletedTask;
        return Task.FromResult(owned);
    }

    public Task LoadAsync(IReadOnlyList<string> keys, Action<string, Counter> found, CancellationToken cancellationToken)
    {
        Loads.Add([.. keys]);
        foreach (var key in keys)
        {
            if (stored.TryGetValue(key, out var state))
            {
                found(key, state);
            }
        }

        return Task.CompletedTask;
    }

    public Task ConfirmAbsentAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) => keys.Any(stored.ContainsKey)
        ? Task.FromException(new StaleLoadException("an entity is there"))
        : Task.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    public Task CommitAsync(Commit<string, Counter, Added> commit, CancellationToken cancellationToken)
    {
        MostInFlight = Math.Max(MostInFlight, Interlocked.Increment(ref inFlight));
        arrived.Release();
        return previous = AfterAsync(previous, commit, cancellationToken);
    }

    private async Task AfterAsync(Task before, Commit<string, Counter, Added> commit, CancellationToken cancellationToken)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (Holds)
        {
            await let.WaitAsync(cancellationToken);
        }

        Interlocked.Decrement(ref inFlight);
        if (!Follows(commit))
        {
            throw new IOException("the one before it has not landed");
        }

        Land(commit, fates.TryDequeue(out var fate) ? fate : CommitFate.Lands);
    }

    /// <summary>Whether it was decided against what is stored.</summary>
    private bool Follows(Commit<string, Counter, Added> commit) => commit.Changed.All(change => Total(change.Key)
        == change.Value!.Total - commit.Events.Where(happening => happening.Key == change.Key).Sum(happening => happening.Event.Amount));

    private void Land(Commit<string, Counter, Added> commit, CommitFate fate)
    {
        if (commit.Epoch != Epoch)
        {
            throw new FencedException("another epoch");
        }

        switch (fate)
        {
            case CommitFate.IsLostBefore:
                throw new IOException("lost before it was written");
            case CommitFate.IsStale:
                throw new StaleLoadException("an entity is there");
            case CommitFate.IsRefused:
            case CommitFate.Lands when commit.Events.Any(happening => happening.Event.Amount == Forbidden):
                throw new CommitRefusedException("a rule of the database");
        }

        Commits.Add(commit);
        foreach (var (key, state) in commit.Changed)
        {
            stored[key] = state!;
        }

        if (fate == CommitFate.LandsButIsLost)
        {
            throw new IOException("written, but the word of it was lost");
        }
    }
}
