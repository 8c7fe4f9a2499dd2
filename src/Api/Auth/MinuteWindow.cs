namespace AkkaCrypto.Api.Auth;

/// <summary>
/// A count of the current UTC minute, exact under any number of threads. Minute and count stand in one word, so that a single
/// compare-and-set moves both: the minute in the upper 32 bits, the count in the lower.
/// </summary>
public sealed class MinuteWindow(int limit, TimeProvider time)
{
    public const int Seconds = 60;
    private long _state;

    /// <summary>Takes one, or, where the limit is reached, none.</summary>
    public bool Take()
    {
        var (minute, _) = Now();
        while (true)
        {
            var state = Volatile.Read(ref _state);
            // A clock that steps back stays in the window it has seen, else one window could be used twice.
            var current = Math.Max(minute, state >> 32);
            var used = state >> 32 == current ? (int)state : 0;
            if (used >= limit)
            {
                return false;
            }

            if (Interlocked.CompareExchange(ref _state, (current << 32) | (uint)(used + 1), state) == state)
            {
                return true;
            }
        }
    }

    /// <summary>Whether <see cref="Take"/> would take none now, and for how many seconds more. Takes nothing.</summary>
    public bool IsUsedUp(out int resetSeconds)
    {
        var (minute, reset) = Now();
        var state = Volatile.Read(ref _state);
        resetSeconds = reset + (int)(Math.Max(0, (state >> 32) - minute) * Seconds);
        return state >> 32 >= minute && (int)state >= limit;
    }

    /// <summary>The minute, and the seconds until it ends, rounded up: who waits that long is served.</summary>
    private (long Minute, int ResetSeconds) Now()
    {
        var milliseconds = time.GetUtcNow().ToUnixTimeMilliseconds();
        var minute = milliseconds / (Seconds * 1000);
        return (minute, (int)((((minute + 1) * Seconds * 1000) - milliseconds + 999) / 1000));
    }
}
