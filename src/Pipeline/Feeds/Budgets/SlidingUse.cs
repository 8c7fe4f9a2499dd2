namespace AkkaCrypto.Pipeline.Feeds.Budgets;

/// <summary>What was used in one sliding window, in its buckets; at most Span / Grain of them. Times are milliseconds of any clock that
/// never goes back. Not safe for concurrent use.</summary>
internal sealed class SlidingUse(BudgetWindow window)
{
    private readonly long _grain = (long)window.Grain.TotalMilliseconds;
    private readonly long _kept = (long)(window.Length + window.Margin).TotalMilliseconds;
    private readonly LinkedList<(long Bucket, long Weight)> _buckets = new();
    private long _sum;

    /// <summary>The weight that the window may still hold at <paramref name="now"/>.</summary>
    public long SumAt(long now)
    {
        while (_buckets.First is { } oldest && Leaves(oldest.Value.Bucket) <= now)
        {
            _sum -= oldest.Value.Weight;
            _buckets.RemoveFirst();
        }

        return _sum;
    }

    public void Add(long now, long weight)
    {
        var bucket = now / _grain;
        if (_buckets.Last is { } newest && newest.Value.Bucket == bucket)
        {
            newest.Value = (bucket, newest.Value.Weight + weight);
        }
        else
        {
            _buckets.AddLast((bucket, weight));
        }

        _sum += weight;
    }

    /// <summary>Milliseconds until no more than <paramref name="most"/> is left in the window; 0 is now.</summary>
    /// <param name="most">Below zero it never comes to that: then the whole of <see cref="BudgetWindow.Span"/>.</param>
    public long WaitUntil(long now, long most)
    {
        var left = SumAt(now);
        if (left <= most)
        {
            return 0;
        }

        foreach (var (bucket, weight) in _buckets)
        {
            left -= weight;
            if (left <= most)
            {
                return Leaves(bucket) - now;
            }
        }

        return _kept + _grain;
    }

    public void Clear()
    {
        _buckets.Clear();
        _sum = 0;
    }

    // A bucket's end, and not its beginning, has to have left: its last use may have been there.
    private long Leaves(long bucket) => ((bucket + 1) * _grain) + _kept;
}
