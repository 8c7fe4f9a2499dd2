using System.Collections.Frozen;
using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Api.Auth;

/// <summary>What the quota says of one request. A limit of 0 means that the caller has none.</summary>
/// <param name="Remaining">After this request, within the window.</param>
/// <param name="ResetSeconds">Until the window ends, rounded up: who waits that long is served.</param>
public readonly record struct QuotaVerdict(bool Allowed, int Limit, int Remaining, int ResetSeconds)
{
    public static readonly QuotaVerdict Unlimited = new(true, 0, 0, 0);
}

/// <summary>
/// Requests a minute over all routes, by the tier of the caller's key, in fixed windows that begin with the UTC minute. The count is exact
/// and per node: N nodes allow N times the limit. Admins have no quota.
/// </summary>
public sealed class Quota
{
    public const int WindowSeconds = 60;
    private readonly TimeProvider _time;
    private readonly FrozenDictionary<string, Window> _windows;

    public Quota(AuthSettings auth, QuotaSettings quota, TimeProvider time)
    {
        _time = time;
        _windows = auth.ApiKeys
            .Where(key => key.Role != ApiRole.Admin && quota.Tiers.GetValueOrDefault(key.Tier)?.RequestsPerMinute is not null)
            .ToFrozenDictionary(key => key.Id, key => new Window(quota.Tiers[key.Tier].RequestsPerMinute!.Value), StringComparer.Ordinal);
    }

    /// <summary>Takes one request from the caller's window, or refuses and takes none.</summary>
    public QuotaVerdict Take(Caller caller)
    {
        if (!_windows.TryGetValue(caller.Id, out var window))
        {
            return QuotaVerdict.Unlimited;
        }

        var milliseconds = _time.GetUtcNow().ToUnixTimeMilliseconds();
        var minute = milliseconds / (WindowSeconds * 1000);
        var reset = (int)((((minute + 1) * WindowSeconds * 1000) - milliseconds + 999) / 1000);
        return window.Take(minute, reset);
    }

    /// <summary>Minute and count in one word, so that a single compare-and-set moves both: minute in the upper 32 bits, count in the lower.</summary>
    private sealed class Window(int limit)
    {
        private long _state;

        public QuotaVerdict Take(long minute, int reset)
        {
            while (true)
            {
                var state = Volatile.Read(ref _state);
                // A clock that steps back stays in the window it has seen, else one window could be used twice.
                var current = Math.Max(minute, state >> 32);
                var used = state >> 32 == current ? (int)state : 0;
                if (used >= limit)
                {
                    return new QuotaVerdict(false, limit, 0, reset + (int)((current - minute) * WindowSeconds));
                }

                if (Interlocked.CompareExchange(ref _state, (current << 32) | (uint)(used + 1), state) == state)
                {
                    return new QuotaVerdict(true, limit, limit - used - 1, reset);
                }
            }
        }
    }
}
