namespace AkkaCrypto.Pipeline.Streams;

/// <summary>
/// A deadline beside a task. One timer serves the whole run. Whether the deadline has passed is decided by the clock, never by the timer's
/// going off: a ring that was meant for an earlier deadline only makes the wait look at the clock again.
/// </summary>
internal sealed class Alarm : IDisposable
{
    private readonly TimeProvider time;
    private readonly ITimer timer;
    private TaskCompletionSource rung = NewBell();
    private bool armed;

    public Alarm(TimeProvider time)
    {
        this.time = time;
        timer = time.CreateTimer(
            static alarm => Volatile.Read(ref ((Alarm)alarm!).rung).TrySetResult(),
            this,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan);
    }

    /// <summary>True when <paramref name="task"/> has ended, false when <paramref name="limit"/> has passed since <paramref name="since"/>
    /// first.</summary>
    public async ValueTask<bool> EndsWithinAsync(Task task, long since, TimeSpan limit)
    {
        while (!task.IsCompleted)
        {
            var left = Left();
            if (left <= TimeSpan.Zero)
            {
                return false;
            }

            Arm(left);

            // The clock has moved on since it was read, by much where this thread was stopped, and the timer rings late by as much.
            if (Left() > TimeSpan.Zero)
            {
                await Task.WhenAny(task, rung.Task);
            }
        }

        return true;

        TimeSpan Left() => limit - time.GetElapsedTime(since);
    }

    /// <summary>No deadline is waited for until the next.</summary>
    public void Disarm()
    {
        if (armed)
        {
            armed = false;
            timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose() => timer.Dispose();

    private void Arm(TimeSpan left)
    {
        if (rung.Task.IsCompleted)
        {
            Volatile.Write(ref rung, NewBell());
            armed = false;
        }

        if (!armed)
        {
            armed = true;
            timer.Change(Waits.RoundUp(left), Timeout.InfiniteTimeSpan);
        }
    }

    private static TaskCompletionSource NewBell() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
