using AkkaCrypto.Contracts.Ops;

namespace AkkaCrypto.Actors.Runtime;

/// <summary>What a shard counts. Written by its loop (refusals by any caller), read by anybody.</summary>
internal sealed class ShardMeter(TimeProvider time)
{
    private long full;
    private long commands;
    private long commits;
    private long committedCommands;
    private long failures;
    private long waited;
    private long committing;
    private long epoch;
    private int active;
    private int state;

    public ShardState State
    {
        get => (ShardState)Volatile.Read(ref state);
        set => Volatile.Write(ref state, (int)value);
    }

    public long Commits => Volatile.Read(ref commits);

    public void MailboxFull() => Interlocked.Increment(ref full);

    public void Taken(long newEpoch)
    {
        Volatile.Write(ref epoch, newEpoch);
        State = ShardState.Running;
    }

    public void Failed()
    {
        Interlocked.Increment(ref failures);
        State = ShardState.Taking;
    }

    /// <param name="decided">How many.</param>
    /// <param name="ticks">That they waited, summed, in ticks of the clock's timestamp.</param>
    public void Decided(int decided, long ticks)
    {
        Interlocked.Add(ref commands, decided);
        Interlocked.Add(ref waited, ticks);
    }

    public void Committed(int inCommit, long since)
    {
        Interlocked.Increment(ref commits);
        Interlocked.Add(ref committedCommands, inCommit);
        Interlocked.Add(ref committing, time.GetTimestamp() - since);
    }

    public void Active(int entities) => Volatile.Write(ref active, entities);

    public ShardStatus Status(string region, int shard, int depth) => new(
        region, shard, State, Volatile.Read(ref epoch), depth, Volatile.Read(ref full), Volatile.Read(ref active),
        Volatile.Read(ref commands), Volatile.Read(ref commits), Volatile.Read(ref committedCommands), Volatile.Read(ref failures),
        time.GetElapsedTime(0, Volatile.Read(ref waited)), time.GetElapsedTime(0, Volatile.Read(ref committing)));
}
