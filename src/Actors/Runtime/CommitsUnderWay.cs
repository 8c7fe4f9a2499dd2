namespace AkkaCrypto.Actors.Runtime;

/// <summary>
/// A shard's commits that were begun and haven't ended: none, one, or two, of which the newer lands only if the older has. Used by the
/// shard's loop, but for <see cref="EndExpired"/>.
/// </summary>
internal sealed class CommitsUnderWay<TKey, TEvent, TCommand, TReply>
    where TKey : notnull
{
    private volatile Flight? older;
    private volatile Flight? newer;

    public bool IsEmpty => older is null;

    public bool IsFull => newer is not null;

    public bool IsOldestDone => older is { Commit.IsCompleted: true };

    /// <summary>Ends with the oldest commit.</summary>
    public Task Oldest => older?.Commit ?? Task.CompletedTask;

    public Batch<TKey, TEvent, TCommand, TReply>? OldestBatch => older?.Batch;

    public Batch<TKey, TEvent, TCommand, TReply>? NewestBatch => (newer ?? older)?.Batch;

    /// <summary>Puts a batch behind those that are here. It isn't sent yet: should anything fail first, nothing of it has landed.</summary>
    public void Begin(Batch<TKey, TEvent, TCommand, TReply> batch)
    {
        var flight = new Flight(batch);
        if (older is null)
        {
            older = flight;
        }
        else
        {
            newer = flight;
        }
    }

    /// <summary>The newest has been sent.</summary>
    public void Sent(Task commit) => (newer ?? older)!.Commit = commit;

    /// <summary>Waits for the oldest and answers its commands.</summary>
    public async Task LandAsync()
    {
        await older!.Commit;
        older.Batch.Answer();
        (older, newer) = (newer, null);
    }

    /// <summary>Something has failed, perhaps beside the commits: they must not run on into the shard's next life, and those that land are
    /// answered. The newer one has landed only if the older has too, whatever word of that came here.</summary>
    public async Task EndAsync()
    {
        await Task.WhenAll(Oldest, newer?.Commit ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (newer is { Commit.IsCompletedSuccessfully: true } landed)
        {
            landed.Batch.Answer();
            newer = null;
        }

        if (older is { Commit.IsCompletedSuccessfully: true })
        {
            await LandAsync();
        }
    }

    /// <summary>The commands of all whose callers still wait, oldest first; nothing is left here.</summary>
    public List<Envelope<TCommand, TReply>> TakeUnanswered()
    {
        var unanswered = new[] { older, newer }.SelectMany(flight => flight?.Batch.Unanswered() ?? []).ToList();
        (older, newer) = (null, null);
        return unanswered;
    }

    /// <summary>Tells those who have waited too long. From any thread.</summary>
    public void EndExpired(long now)
    {
        older?.Batch.EndExpired(now);
        newer?.Batch.EndExpired(now);
    }

    private sealed class Flight(Batch<TKey, TEvent, TCommand, TReply> batch)
    {
        private static readonly Task Unsent = Task.FromException(new InvalidOperationException("The batch was not sent."));

        public Batch<TKey, TEvent, TCommand, TReply> Batch => batch;

        public Task Commit { get; set; } = Unsent;
    }
}
