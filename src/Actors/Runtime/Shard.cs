using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Settings;
using Microsoft.Extensions.Logging;

namespace AkkaCrypto.Actors.Runtime;

/// <summary>
/// One loop, one writer. It drains its mailbox, decides every command against the states in memory, commits all that was decided in one
/// piece, and only then answers. While one commit is under way the next batch is decided against the states as that commit leaves them, and
/// a large one is sent right behind it: safe, for nothing of the next batch is committed or answered before that commit has succeeded, and
/// if it doesn't, both are decided anew from what is loaded then.
/// </summary>
internal sealed class Shard<TKey, TState, TCommand, TEvent, TReply>(
    IEntityBehaviour<TKey, TState, TCommand, TEvent, TReply> behaviour, IJournal<TKey, TState, TEvent> journal,
    Func<ActorSettings> settings, TimeProvider time, ILogger log, string name)
    where TKey : notnull
    where TState : class
{
    private const int WorthASwitch = 128;

    /// <summary>
    /// Turns of the thread pool that a batch waits for one more command. Those who were answered just now are about to ask again; without
    /// it the first of them would be committed alone, and the rest after it.
    /// </summary>
    private const int Patience = 2;

    private readonly Mailbox<Envelope<TCommand, TReply>> mailbox = new(() => settings().Mailbox);
    private readonly EntityLoader<TKey, TState, TEvent> entities = new(journal);
    private readonly Queue<Envelope<TCommand, TReply>> again = new();
    private readonly List<Envelope<TCommand, TReply>> taken = [];
    private readonly List<TKey> keys = [];
    private readonly CommitsUnderWay<TKey, TEvent, TCommand, TReply> underWay = new();
    private volatile Batch<TKey, TEvent, TCommand, TReply>? gathering;
    private long epoch;
    private long batches;
    private int alone;
    private bool hasTaken;

    public ShardMeter Meter { get; } = new(time);

    public int Depth => mailbox.Count;

    /// <summary>So many wake a shard that waits for its commit: fewer are not worth the switch, and are decided when it is done.</summary>
    private int WorthDeciding => Math.Min(WorthASwitch, settings().SendAhead);

    /// <summary>Null: the command is on its way. Otherwise why not.</summary>
    public AskOutcome? Post(Envelope<TCommand, TReply> envelope)
    {
        if (Meter.State == ShardState.Lost)
        {
            return AskOutcome.Unavailable;
        }

        var refused = mailbox.Post(envelope);
        if (refused == AskOutcome.MailboxFull)
        {
            Meter.MailboxFull();
        }

        return refused;
    }

    /// <summary>Takes no more; <see cref="RunAsync"/> ends when what was taken is answered.</summary>
    public void Close() => mailbox.Close();

    /// <summary>Tells those whose deadline has passed, wherever their command is. From any thread.</summary>
    public void EndExpired()
    {
        var now = time.GetTimestamp();
        mailbox.Remove(envelope => envelope.IsAbandoned || envelope.IsExpired(now))
            .ForEach(envelope => envelope.End(AskOutcome.DeadlinePassed));
        underWay.EndExpired(now);
        gathering?.EndExpired(now);
    }

    /// <summary>Runs until the shard is closed and drained, or another owner has taken it.</summary>
    /// <param name="stopping">Cuts off what isn't answered yet.</param>
    public async Task RunAsync(CancellationToken stopping)
    {
        for (var failures = 0; ;)
        {
            var before = Meter.Commits;
            try
            {
                await LiveAsync(stopping);
                End(ShardState.Stopped, AskOutcome.Stopping);
                return;
            }
            catch (FencedException lost)
            {
                log.LogWarning("{Shard} has another owner: {Reason}", name, lost.Message);
                End(ShardState.Lost, AskOutcome.Unavailable);
                return;
            }
            catch (Exception) when (stopping.IsCancellationRequested)
            {
                End(ShardState.Stopped, AskOutcome.Stopping);
                return;
            }
            catch (Exception failure)
            {
                failures = Meter.Commits > before ? 1 : failures + 1;
                await RecoverAsync(failure, failures, stopping);
            }
        }
    }

    private async Task RecoverAsync(Exception failure, int failures, CancellationToken stopping)
    {
        Meter.Failed();
        await underWay.EndAsync();
        // What can't be closed is the newest, what can't be committed the oldest.
        var blamed = failure is UnclosableException ? underWay.NewestBatch : underWay.OldestBatch;
        var culprit = failure is CommitRefusedException && blamed is { Count: 1 } ? blamed[0] : null;
        // It was alone in its commit, so it is the one; those behind it go on.
        var isRefused = culprit is not null && Refuse(culprit, failure);
        KeepUnanswered();
        switch (failure)
        {
            case StaleLoadException:
                return;
            case UnclosableException when isRefused || culprit is null:
                alone = again.Count;
                return;
            case CommitRefusedException:
                log.LogCritical(failure, "{Shard} could not commit {Command}: the database refuses it",
                    name, culprit is null ? $"one of {again.Count} commands" : $"{culprit.Command}");
                alone = again.Count;
                return;
            default:
                var pause = settings().PauseAfter(failures);
                log.LogWarning(failure, "{Shard} has lost its journal and takes it again in {Pause}", name, pause);
                await Task.Delay(pause, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return;
        }
    }

    /// <summary>Whether the entity has an answer to that; otherwise it is a bug.</summary>
    private bool Refuse(Envelope<TCommand, TReply> culprit, Exception failure)
    {
        if (failure is UnclosableException && behaviour.Unclosable(culprit.Command) is { } reply)
        {
            culprit.Decided = reply;
            culprit.Answer();
            return true;
        }

        culprit.End(AskOutcome.Failed);
        return false;
    }

    private void KeepUnanswered()
    {
        var unanswered = underWay.TakeUnanswered().Concat(gathering?.Unanswered() ?? []).Concat(again).ToList();
        again.Clear();
        unanswered.ForEach(again.Enqueue);
        gathering = null;
    }

    private void End(ShardState state, AskOutcome outcome)
    {
        Meter.State = state;
        mailbox.Close();
        KeepUnanswered();
        mailbox.Remove(_ => true).Concat(again).ToList().ForEach(envelope => envelope.End(outcome));
        again.Clear();
        entities.Clear();
    }

    /// <summary>From taking the shard to its end or a failure.</summary>
    private async Task LiveAsync(CancellationToken stopping)
    {
        epoch = await journal.TakeAsync(hasTaken, stopping);
        hasTaken = true;
        entities.Clear();
        Meter.Taken(epoch);
        while (await GatherAsync(stopping) is { } batch)
        {
            if (batch.Events.Count == 0)
            {
                batch.Answer();
            }
            else
            {
                underWay.Begin(batch);
                gathering = null;
                await CloseAsync(batch, stopping);
                underWay.Sent(CommitAsync(batch, stopping));
            }
        }
    }

    /// <summary>Decides what is there until no commit is under way, or only one and the batch is large. Null: closed and drained.</summary>
    private async Task<Batch<TKey, TEvent, TCommand, TReply>?> GatherAsync(CancellationToken stopping)
    {
        var batch = new Batch<TKey, TEvent, TCommand, TReply>(++batches);
        gathering = batch;
        var patience = Patience;
        while (true)
        {
            var most = alone > 0 ? 1 : underWay.IsFull ? settings().MaxBatch : Math.Min(settings().MaxBatch, settings().SendAhead);
            if (underWay.IsOldestDone)
            {
                await LandAsync();
            }

            if (Take(batch, most))
            {
                await DecideAsync(batch, batch.Count - taken.Count, stopping);
                patience = Patience;
            }
            else if (!underWay.IsFull && alone == 0 && batch.Count >= settings().SendAhead && batch.Events.Count > 0)
            {
                return batch;
            }
            else if (!underWay.IsEmpty)
            {
                await (batch.Count >= most
                    ? underWay.Oldest : Task.WhenAny(underWay.Oldest, mailbox.WaitAsync(WorthDeciding)));
            }
            else if (batch.Count > 0 && batch.Count < most && patience-- > 0)
            {
                await Task.Yield();
            }
            else if (batch.Count > 0)
            {
                alone = Math.Max(0, alone - 1);
                return batch;
            }
            else if (mailbox.IsDone)
            {
                return null;
            }
            else
            {
                await mailbox.WaitAsync(atLeast: 1).WaitAsync(stopping);
            }
        }
    }

    private async Task LandAsync()
    {
        await underWay.LandAsync();
        var current = settings();
        var idle = time.GetTimestamp() - (long)(current.IdleAfter.TotalSeconds * time.TimestampFrequency);
        // What a commit under way changed must not be loaded before it has landed.
        entities.Cache.Passivate(current.MaxActive, idle, underWay.OldestBatch?.Number ?? batches);
        Meter.Active(entities.Cache.Count);
    }

    private bool Take(Batch<TKey, TEvent, TCommand, TReply> batch, int most)
    {
        taken.Clear();
        while (batch.Count + taken.Count < most && again.TryDequeue(out var repeated))
        {
            taken.Add(repeated);
        }

        if (taken.Count == 0 && (underWay.IsEmpty || mailbox.Count >= WorthDeciding))
        {
            mailbox.Take(most - batch.Count, taken);
        }

        batch.Add(taken);
        return taken.Count > 0;
    }

    private async Task DecideAsync(Batch<TKey, TEvent, TCommand, TReply> batch, int from, CancellationToken stopping)
    {
        var (stamp, waited) = (time.GetTimestamp(), 0L);
        for (var i = from; i < batch.Count; i++)
        {
            waited += stamp - batch[i].Posted;
            if (!batch[i].IsExpired(stamp))
            {
                Touch(batch[i], batch.Number, stamp);
            }
        }

        await entities.LoadAsync(stopping);
        var now = time.GetUtcNow();
        for (var i = from; i < batch.Count; i++)
        {
            if (batch[i].IsExpired(stamp))
            {
                batch[i].End(AskOutcome.DeadlinePassed);
            }
            else if (!batch[i].IsAbandoned)
            {
                Decide(batch, batch[i], now);
            }
        }

        await entities.ConfirmAsync(stopping);
        Meter.Decided(batch.Count - from, waited);
    }

    private void Touch(Envelope<TCommand, TReply> envelope, long batch, long stamp)
    {
        keys.Clear();
        try
        {
            behaviour.Touch(envelope.Command, keys);
        }
        catch (Exception bug)
        {
            log.LogCritical(bug, "{Shard} could not read {Command}", name, envelope.Command);
            envelope.End(AskOutcome.Failed);
            return;
        }

        entities.Need(keys, batch, stamp);
    }

    private void Decide(Batch<TKey, TEvent, TCommand, TReply> batch, Envelope<TCommand, TReply> envelope, DateTimeOffset now)
    {
        Decision<TKey, TEvent, TReply> decision;
        try
        {
            decision = behaviour.Decide(entities.Cache, envelope.Command, now);
        }
        catch (Exception bug)
        {
            // Nothing was applied, so its neighbours are none the worse.
            log.LogCritical(bug, "{Shard} could not decide {Command}", name, envelope.Command);
            envelope.End(AskOutcome.Failed);
            return;
        }

        envelope.Decided = decision.IsStale ? throw new StaleLoadException("A state may be out of date.") : decision.Reply;
        if (decision.Events.Count == 0)
        {
            entities.Doubt(decision.Absent);
        }
        else
        {
            batch.Absent.AddRange(decision.Absent ?? []);
        }

        Apply(batch, decision.Events);
    }

    private void Apply(Batch<TKey, TEvent, TCommand, TReply> batch, IReadOnlyList<Happening<TKey, TEvent>> events)
    {
        for (var i = 0; i < events.Count; i++)
        {
            var (key, happened) = events[i];
            batch.Events.Add(events[i]);
            if (entities.Cache.Change(key, behaviour.Apply(entities.Cache[key], happened), batch.Number))
            {
                batch.Changed.Add(key);
            }
        }
    }

    private async Task CloseAsync(Batch<TKey, TEvent, TCommand, TReply> batch, CancellationToken stopping)
    {
        keys.Clear();
        behaviour.TouchAtClose(batch.Events, keys);
        entities.Need(keys, batch.Number, time.GetTimestamp());
        await entities.LoadAsync(stopping);
        var more = new List<Happening<TKey, TEvent>>();
        try
        {
            behaviour.Close(entities.Cache, batch.Events, time.GetUtcNow(), more);
        }
        catch (Exception cannotClose) when (cannotClose is not StaleLoadException)
        {
            entities.Doubt(batch.Absent);
            await entities.ConfirmAsync(stopping);
            throw new UnclosableException("What was decided can't be closed: " + cannotClose.Message, cannotClose);
        }

        Apply(batch, more);
    }

    private async Task CommitAsync(Batch<TKey, TEvent, TCommand, TReply> batch, CancellationToken stopping)
    {
        // Taken now: the next batch goes on changing the states.
        var changed = batch.Changed.ConvertAll(key => KeyValuePair.Create(key, entities.Cache[key]));
        var since = time.GetTimestamp();
        await journal.CommitAsync(new(epoch, time.GetUtcNow(), batch.Events, changed), stopping);
        Meter.Committed(batch.Count, since);
    }
}
