using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Actors.Auth;

/// <summary>
/// What a key gets while Redis is away, by its tier: a count of this node's own up to its share, everything, or nothing. What was counted
/// meanwhile is owed, and told to Redis when it is back. The share is of each window, however often Redis comes and goes within it.
/// </summary>
/// <param name="alone">Whether there is no Redis at all: then this count is the whole limit.</param>
internal sealed class CountWithoutRedis(QuotaTier tier, bool alone, TimeProvider time)
{
    /// <summary>Nobody can say.</summary>
    public static readonly QuotaVerdict Unavailable = new(QuotaOutcome.Unavailable, null, 0, default, 0);

    private static readonly QuotaVerdict Uncounted = new(QuotaOutcome.Allowed, null, 0, default, 0);

    private readonly LocalCount[] _counts =
        [.. tier.Limits.Select(limit => new LocalCount(limit, alone ? 1 : tier.LocalShare))];

    /// <summary>What of it Redis doesn't know of yet.</summary>
    private readonly LocalCount[] _owed = [.. tier.Limits.Select(limit => new LocalCount(limit, 1))];

    private readonly Lock _gate = new();

    public QuotaVerdict Take(int mask, int cost) =>
        alone || tier.WithoutRedis == WithoutRedis.Local ? Count(mask, cost)
        : tier.WithoutRedis == WithoutRedis.Allow ? Uncounted
        : Unavailable;

    /// <summary>Whether anything still counts here: another count in its place would give the share of a window twice.</summary>
    public bool Counts
    {
        get
        {
            lock (_gate)
            {
                var now = Now;
                return Array.Exists(_counts, count => count.Used(now) > 0);
            }
        }
    }

    /// <summary>Units of the limit that Redis doesn't know of.</summary>
    public long Owed(int limit)
    {
        lock (_gate)
        {
            return alone ? 0 : _owed[limit].Used(Now);
        }
    }

    /// <summary>What was owed of these limits is told. Where the call that told it seemed to fail it is told twice: that admits too few,
    /// never too many.</summary>
    /// <param name="mask">The limits, as bits.</param>
    public void Told(int mask)
    {
        lock (_gate)
        {
            for (var i = 0; mask >> i != 0; i++)
            {
                if ((mask & (1 << i)) != 0)
                {
                    _owed[i].Clear();
                }
            }
        }
    }

    /// <summary>How each limit stands by this count.</summary>
    public IReadOnlyList<LimitUsage> Usage()
    {
        lock (_gate)
        {
            var now = Now;
            return [.. tier.Limits.Zip(_counts, (limit, count) => new LimitUsage(
                limit, count.Used(now), count.Remaining(now), KeyQuota.Seconds(count.Reset(now))))];
        }
    }

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    private QuotaVerdict Count(int mask, int cost)
    {
        lock (_gate)
        {
            var (now, wait) = (Now, 0L);
            for (var i = 0; mask >> i != 0; i++)
            {
                wait = (mask & (1 << i)) == 0 ? wait : Math.Max(wait, _counts[i].Wait(cost, now));
            }

            var standings = default(Standings);
            for (var i = 0; mask >> i != 0; i++)
            {
                if ((mask & (1 << i)) == 0)
                {
                    continue;
                }

                if (wait == 0)
                {
                    _counts[i].Add(cost, now);
                    if (!alone)
                    {
                        _owed[i].Add(cost, now);
                    }
                }

                standings[i] = new Standing((int)_counts[i].Remaining(now), KeyQuota.Seconds(_counts[i].Reset(now)));
            }

            return wait == 0
                ? new QuotaVerdict(QuotaOutcome.Allowed, tier, mask, standings, 0)
                : new QuotaVerdict(QuotaOutcome.Refused, tier, mask, standings, Math.Max(1, KeyQuota.Seconds(wait)));
        }
    }
}
