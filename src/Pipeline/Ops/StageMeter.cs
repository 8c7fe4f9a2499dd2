using AkkaCrypto.Contracts.Ops;

namespace AkkaCrypto.Pipeline.Ops;

/// <summary>How much is inside one stage of a feed's graph at this moment, and how long what has left it was there. Safe for concurrent
/// use.</summary>
public sealed class StageMeter(string stage, TimeProvider time)
{
    private long _inside;
    private long _left;
    private long _ticks;

    /// <summary>One element comes in.</summary>
    /// <returns>To be given to <see cref="Leave"/>.</returns>
    public long Enter()
    {
        Interlocked.Increment(ref _inside);
        return time.GetTimestamp();
    }

    /// <summary>One element goes on, or is given up.</summary>
    public void Leave(long entered)
    {
        Interlocked.Decrement(ref _inside);
        Interlocked.Increment(ref _left);
        Interlocked.Add(ref _ticks, time.GetElapsedTime(entered).Ticks);
    }

    /// <summary>The graph has ended: whatever was inside was discarded with it.</summary>
    public void Emptied() => Interlocked.Exchange(ref _inside, 0);

    public StageStatus Status() => new(
        stage, Math.Max(0, Interlocked.Read(ref _inside)), Interlocked.Read(ref _left), TimeSpan.FromTicks(Interlocked.Read(ref _ticks)));
}
