namespace AkkaCrypto.Api.Auth;

/// <summary>
/// A count of the current UTC minute, exact under any number of threads. Minute and count stand in one word, so that a single
/// compare-and-set moves both: the minute in the upper 32 bits, the count in the lower.
/// </summary>
public sealed class MinuteWindow(int limit, TimeProvider time)
{
    public const int Seconds = 60;
    private long _state;

    /// <summary>Takes one, or refuses and takes none.</summary>
    public QuotaVerdict Take()
    {
        var (minute, reset) = Now();
        while (true)
        {
            var state = Volatile.Read(ref _state);
            // A clock that steps back stays in the window it has seen, else one window could be used twice.
            var current = Math.Max(minute, state >> 32);
            var used = state >> 32 == current ? (int)state : 0;
            if (used >= limit)
            {
                return new QuotaVerdict(false, limit, 0, reset + (int)((current - minute) * Seconds));
            }

            if (Interlocked.CompareExchange(ref _state, (current << 32) | (uint)(used + 1), state) == state)
            {
                return new QuotaVerdict(true, limit, limit - used - 1, reset);
            }
        }
    }

    /// <summary>Whether <see cref="Take"/> would refuse now, and until when. Takes nothing.</summary>
    public bool IsUsedUp(out QuotaVerdict refusal)
    {
        var (minute, reset) = Now();
        var state = Volatile.Read(ref _state);
        refusal = new QuotaVerdict(false, limit, 0, reset + (int)(Math.Max(0, (state >> 32) - minute) * Seconds));
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
