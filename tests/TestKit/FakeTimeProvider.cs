namespace AkkaCrypto.TestKit;

/// <summary>
/// A clock that only moves when told. Timers go off inside <see cref="Advance"/>, each at its own due time and in that order (in the order
/// of arming, if due together). Wait until the code under test has armed its timer before you advance: <see cref="AdvanceWhenArmedAsync"/>
/// does, so that tests need no sleeps.
/// </summary>
public sealed class FakeTimeProvider(DateTimeOffset start) : TimeProvider
{
    private readonly Lock gate = new();
    private readonly List<FakeTimer> armed = [];
    private readonly List<(int Timers, TaskCompletionSource Reached)> waiting = [];
    private DateTimeOffset now = start;
    private long armings;

    /// <summary>Starts at midnight UTC, 1 January 2026.</summary>
    public FakeTimeProvider()
        : this(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero))
    {
    }

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Timers that will go off if time advances far enough.</summary>
    public int ArmedTimers => Locked(() => armed.Count);

    public override DateTimeOffset GetUtcNow() => Locked(() => now);

    public override long GetTimestamp() => Locked(() => now.UtcTicks);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new FakeTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves the clock on, letting every timer go off that falls due on the way, also those armed on the way.</summary>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        var target = GetUtcNow() + by;
        while (TakeDue(target) is { } timer)
        {
            timer.GoOff();
        }

        lock (gate)
        {
            now = target > now ? target : now;
        }
    }

    /// <summary>Ends when at least so many timers are armed.</summary>
    public Task WhenArmedAsync(int timers = 1)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            waiting.Add((timers, reached));
        }

        TellWaiting();
        return reached.Task.Within($"{timers} timer(s) armed");
    }

    /// <summary>Waits until at least so many timers are armed, then advances.</summary>
    public async Task AdvanceWhenArmedAsync(TimeSpan by, int timers = 1)
    {
        await WhenArmedAsync(timers);
        Advance(by);
    }

    /// <summary>Waits until a timer is armed and advances exactly to the earliest. Returns by how much.</summary>
    public async Task<TimeSpan> AdvanceToNextTimerAsync()
    {
        await WhenArmedAsync();
        var by = Locked(() => armed.Min(timer => timer.Due) - now);
        Advance(by);
        return by;
    }

    private T Locked<T>(Func<T> read)
    {
        lock (gate)
        {
            return read();
        }
    }

    private FakeTimer? TakeDue(DateTimeOffset target)
    {
        lock (gate)
        {
            var next = armed.Where(timer => timer.Due <= target).MinBy(timer => (timer.Due, timer.Order));
            if (next is not null)
            {
                now = next.Due > now ? next.Due : now;
                Rearm(next, next.Period, next.Period);
            }

            return next;
        }
    }

    private void Arm(FakeTimer timer, TimeSpan dueTime, TimeSpan period)
    {
        lock (gate)
        {
            Rearm(timer, dueTime, period);
        }

        TellWaiting();
    }

    private void Rearm(FakeTimer timer, TimeSpan dueTime, TimeSpan period)
    {
        armed.Remove(timer);
        if (dueTime >= TimeSpan.Zero)
        {
            (timer.Due, timer.Period, timer.Order) = (now + dueTime, period > TimeSpan.Zero ? period : Timeout.InfiniteTimeSpan, armings++);
            armed.Add(timer);
        }
    }

    private void TellWaiting()
    {
        lock (gate)
        {
            foreach (var (_, reached) in waiting.Where(wait => wait.Timers <= armed.Count))
            {
                reached.TrySetResult();
            }

            waiting.RemoveAll(wait => wait.Reached.Task.IsCompleted);
        }
    }

    private sealed class FakeTimer(FakeTimeProvider clock, TimerCallback callback, object? state) : ITimer
    {
        private volatile bool disposed;

        public DateTimeOffset Due { get; set; }

        public TimeSpan Period { get; set; }

        public long Order { get; set; }

        public void GoOff() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (!disposed)
            {
                clock.Arm(this, dueTime, period);
            }

            return !disposed;
        }

        public void Dispose()
        {
            clock.Arm(this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            disposed = true;
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
