using System.Numerics;
using AkkaCrypto.Actors.Auth;
using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Actors.Tests.Auth;

/// <summary>What a limit means, said as plainly as can be: every unit with its time, and a question over all of them.</summary>
internal sealed class LimitModel(QuotaLimit limit)
{
    private readonly List<(long At, long Units)> _taken = [];

    /// <summary>GCRA's theoretical arrival time, in ms × units per window.</summary>
    private BigInteger _arrival;

    public QuotaLimit Limit => limit;

    public bool Fits(long cost, long now) => Remaining(now) >= limit.CostOf(cost);

    public void Take(long cost, long now) => Add(limit.CostOf(cost), now);

    /// <summary>Units as they are: leased, or given back where negative.</summary>
    public void Add(long units, long now)
    {
        _taken.Add((now, units));
        if (limit.Algorithm == QuotaAlgorithm.Gcra)
        {
            _arrival = BigInteger.Max(_arrival, (BigInteger)now * limit.Capacity) + ((BigInteger)units * limit.Length);
        }
    }

    public long Remaining(long now) => limit.Algorithm switch
    {
        QuotaAlgorithm.Fixed => limit.Capacity - _taken.Where(unit => unit.At / limit.Length == now / limit.Length).Sum(unit => unit.Units),
        QuotaAlgorithm.Sliding => limit.Capacity - _taken.Where(unit => Leaves(unit.At) > now).Sum(unit => unit.Units),
        _ => GcraRemaining(now),
    };

    /// <summary>The first millisecond from now on in which so much fits; found by looking at each at which something can change.</summary>
    public long Wait(long cost, long now)
    {
        if (Fits(cost, now))
        {
            return 0;
        }

        return limit.Algorithm switch
        {
            QuotaAlgorithm.Fixed => (((now / limit.Length) + 1) * limit.Length) - now,
            QuotaAlgorithm.Sliding =>
                _taken.Select(unit => Leaves(unit.At)).Where(at => at > now).Order().First(at => Fits(cost, at)) - now,
            _ => GcraWait(cost, now),
        };
    }

    /// <summary>The most units that any stretch of the window's length holds.</summary>
    public long LargestStretch() => _taken.Max(
        first => _taken.Where(unit => unit.At >= first.At && unit.At < first.At + limit.Length).Sum(unit => unit.Units));

    private long Leaves(long at)
    {
        var part = limit.Length / QuotaLimit.SlidingParts;
        return (((at / part) + 1) * part) + limit.Length;
    }

    private long GcraRemaining(long now)
    {
        var ahead = BigInteger.Max(0, _arrival - ((BigInteger)now * limit.Capacity));
        return (long)((((BigInteger)limit.Burst * limit.Length) - ahead) / limit.Length);
    }

    private long GcraWait(long cost, long now)
    {
        var until = _arrival - ((BigInteger)(limit.Burst - limit.CostOf(cost)) * limit.Length);
        var wait = until - ((BigInteger)now * limit.Capacity);
        return (long)((wait + limit.Capacity - 1) / limit.Capacity);
    }
}
