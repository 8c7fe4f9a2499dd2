using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Actors.Auth;

/// <summary>
/// Counts one limit in this process, as the script does in Redis: while Redis is away, and where there is none. Not safe for threads.
/// </summary>
/// <param name="share">Of the limit, what this count lets through; at least one unit.</param>
internal sealed class LocalCount(QuotaLimit limit, double share)
{
    private readonly long _capacity = Math.Max(1, (long)(limit.Capacity * share));
    private readonly long _burst = Math.Max(1, (long)(limit.Burst * share));
    private readonly List<(long Part, long Units)> _parts = [];
    private long _start;
    private long _used;

    /// <summary>Milliseconds until there is room for so much; 0 where there is now.</summary>
    /// <param name="now">Milliseconds since 1970.</param>
    public long Wait(long cost, long now)
    {
        Advance(now);
        var excess = _used + (Costs(cost) * Unit) - (_burst * Unit);
        if (excess <= 0)
        {
            return 0;
        }

        switch (limit.Algorithm)
        {
            case QuotaAlgorithm.Fixed:
                return _start + limit.Length - now;
            case QuotaAlgorithm.Gcra:
                return (excess + _capacity - 1) / _capacity;
            default:
                foreach (var (part, units) in _parts)
                {
                    excess -= units;
                    if (excess <= 0)
                    {
                        return LeavesAt(part) - now;
                    }
                }

                return limit.Length;
        }
    }

    public void Add(long cost, long now)
    {
        Advance(now);
        _used += Costs(cost) * Unit;
        if (limit.Algorithm == QuotaAlgorithm.Sliding)
        {
            var part = _start / Grain;
            if (_parts is [.., var newest] && newest.Part == part)
            {
                _parts[^1] = (part, newest.Units + Costs(cost));
            }
            else
            {
                _parts.Add((part, Costs(cost)));
            }
        }
    }

    /// <summary>Units that still count.</summary>
    public long Used(long now)
    {
        Advance(now);
        return (_used + Unit - 1) / Unit;
    }

    public long Remaining(long now)
    {
        Advance(now);
        return Math.Max(0, ((_burst * Unit) - _used) / Unit);
    }

    /// <summary>Milliseconds until all of it is there again.</summary>
    public long Reset(long now)
    {
        Advance(now);
        return limit.Algorithm switch
        {
            QuotaAlgorithm.Fixed => _start + limit.Length - now,
            QuotaAlgorithm.Gcra => (_used + _capacity - 1) / _capacity,
            _ => _parts.Count == 0 ? 0 : LeavesAt(_parts[^1].Part) - now,
        };
    }

    public void Clear()
    {
        (_start, _used) = (0, 0);
        _parts.Clear();
    }

    /// <summary>GCRA counts in units × milliseconds of its window, so that it drains by a whole number each millisecond.</summary>
    private long Unit => limit.Algorithm == QuotaAlgorithm.Gcra ? limit.Length : 1;

    private long Grain => limit.Length / QuotaLimit.SlidingParts;

    private long Costs(long cost) => Math.Min(cost, _burst);

    private long LeavesAt(long part) => ((part + 1) * Grain) + limit.Length;

    /// <summary>A clock that was set back goes on from where it was in windows, and drains nothing.</summary>
    private void Advance(long now)
    {
        switch (limit.Algorithm)
        {
            case QuotaAlgorithm.Fixed:
                var start = now - (now % limit.Length);
                _used = start > _start ? 0 : _used;
                _start = Math.Max(start, _start);
                break;
            case QuotaAlgorithm.Gcra:
                _used = Math.Max(0, _used - (Math.Max(0, now - (_start == 0 ? now : _start)) * _capacity));
                _start = now;
                break;
            default:
                _start = Math.Max(now, _start);
                while (_parts is [var oldest, ..] && LeavesAt(oldest.Part) <= _start)
                {
                    _used -= oldest.Units;
                    _parts.RemoveAt(0);
                }

                break;
        }
    }
}
