using System.Numerics;
using AkkaCrypto.Storage.Redis;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace AkkaCrypto.Actors.Auth;

/// <summary>
/// This node's part in one API key's quota: an entity. Requests of fixed windows are decided from the slices that it has leased, without a
/// round trip. What slices can't decide goes into its mailbox, and one loop asks the script for all that wait there at once,
/// gives back what slices have left, and leases the next ones. So nothing is ever admitted that Redis didn't give.
/// </summary>
internal sealed partial class KeyQuota
{
    /// <summary>Requests that one call of the script decides.</summary>
    private const int Batch = 256;

    /// <summary>Bound of the mailbox; one more is told that nobody can count it (503).</summary>
    private const int MostWaiting = 16_384;

    private readonly string _id;
    private readonly RedisQuota? _redis;
    private readonly SliceCollector? _collector;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly QuotaLimit[] _limits;
    private readonly RedisKey[] _keys;
    private readonly LimitView[] _views;
    private readonly SliceSizes _sizes;
    private readonly CountWithoutRedis _without;
    private readonly Lock _gate = new();
    private readonly Lock _several = new();
    private readonly Queue<Waiter> _waiting = new();
    private List<Closing> _closing = [];
    private bool _running;
    private volatile bool _touched = true;

    /// <param name="redis">Null: this process alone has the quota.</param>
    /// <param name="collector">Null: no other node leases anything.</param>
    /// <param name="leases">False: each request is decided by the script.</param>
    public KeyQuota(
        string id, QuotaTier tier, RedisQuota? redis, SliceCollector? collector, TimeProvider time, ILogger log, bool leases = true)
    {
        (_id, Tier, _redis, _collector, _time, _log) = (id, tier, redis, collector, time, log);
        _limits = tier.Limits;
        _keys = Array.ConvertAll(_limits, limit => (RedisKey)limit.RedisKey(id));
        _views = [.. _limits.Select(_ => LimitView.Nothing)];
        _sizes = new SliceSizes(_limits, leases, time);
        _without = new CountWithoutRedis(tier, redis is null, time);
    }

    public QuotaTier Tier { get; }

    /// <summary>Decides, and takes what the request costs from all of the limits or from none.</summary>
    /// <param name="mask">The limits, as bits.</param>
    public ValueTask<QuotaVerdict> TakeAsync(int mask, int cost)
    {
        if (!_touched)
        {
            _touched = true;
        }

        return mask == 0 ? new ValueTask<QuotaVerdict>(QuotaVerdict.Unlimited)
            : _redis is null ? new ValueTask<QuotaVerdict>(_without.Take(mask, cost))
            : TryDecide(mask, cost, out var verdict) ? new ValueTask<QuotaVerdict>(verdict)
            : new ValueTask<QuotaVerdict>(Enqueue(new Waiter(mask, cost)));
    }

    /// <summary>Gives back what is left of the slices and tells what is owed, so that other nodes can use the one and Redis knows what was
    /// spent.</summary>
    /// <param name="hold">For so long no node leases of these limits; zero doesn't say.</param>
    /// <returns>Whether Redis was told; if not, what was left is lost with its window.</returns>
    public Task<bool> CloseAsync(TimeSpan hold = default)
    {
        if (_redis is null || (hold == default && !HasSlice && !Owes))
        {
            return Task.FromResult(true);
        }

        var closing = new Closing(hold);
        lock (_gate)
        {
            _closing.Add(closing);
        }

        Run();
        return closing.Told.Task;
    }

    /// <summary>How each limit stands, after the slices of all nodes were collected.</summary>
    /// <exception cref="RedisUnavailableException">Redis is away, so nobody knows.</exception>
    public async Task<IReadOnlyList<LimitUsage>> UsageAsync()
    {
        if (_redis is null)
        {
            return _without.Usage();
        }

        if (!await CloseAsync(SliceCollector.UsageHold).ConfigureAwait(false))
        {
            throw new RedisUnavailableException("What this node has used could not be told.");
        }

        if (_collector is not null)
        {
            await _collector.CollectAsync(_id, SliceCollector.UsageDeadline).ConfigureAwait(false);
        }

        var answer = await _redis.AskAsync(_limits, _keys, new LimitReport[_limits.Length], [], TimeSpan.Zero).ConfigureAwait(false);
        return [.. _limits.Select(limit =>
        {
            var known = answer.Limit(limit.Index);
            return new LimitUsage(limit, limit.Burst - known.Left, known.Left, Seconds(known.Reset));
        })];
    }

    /// <summary>Whether nothing was asked since the last call of this, nobody waits, and nothing is counted here alone.</summary>
    public bool IsIdle()
    {
        lock (_gate)
        {
            var idle = !_touched && !_running && _waiting.Count == 0 && (_redis is null || !_without.Counts);
            _touched = false;
            return idle;
        }
    }

    private bool Owes => Array.Exists(_limits, limit => _without.Owed(limit.Index) > 0);

    private bool HasSlice => Array.Exists(_views, view => view.Left > 0);

    /// <summary>Milliseconds in whole seconds, rounded up.</summary>
    internal static int Seconds(long milliseconds) => (int)((Math.Max(0, milliseconds) + 999) / 1000);

    private bool TryDecide(int mask, int cost, out QuotaVerdict verdict)
    {
        var views = default(LimitViews);
        var refusable = false;
        for (var i = 0; mask >> i != 0; i++)
        {
            views[i] = Volatile.Read(ref _views[i]);
            refusable |= (mask & (1 << i)) != 0 && _limits[i].CostOf(cost) >= views[i].RefusedCost;
        }

        if (refusable && IsRefused(ref views, mask, cost, out verdict))
        {
            return true;
        }

        verdict = default;
        if ((mask & Tier.ScriptOnly) != 0)
        {
            return false;
        }

        if (BitOperations.IsPow2(mask))
        {
            return TryTake(ref views, mask, cost, out verdict);
        }

        // No slice is closed between what is taken of one limit and given back because of another: it would be lost with its window.
        lock (_several)
        {
            return TryTake(ref views, mask, cost, out verdict);
        }
    }

    private bool TryTake(ref LimitViews views, int mask, int cost, out QuotaVerdict verdict)
    {
        var standings = default(Standings);
        var (taken, lapsesAt) = (0, long.MaxValue);
        for (var i = 0; mask >> i != 0; i++)
        {
            if ((mask & (1 << i)) == 0)
            {
                continue;
            }

            if (!views[i].TryTake(_limits[i].CostOf(cost), out var left))
            {
                break;
            }

            taken |= 1 << i;
            lapsesAt = Math.Min(lapsesAt, views[i].LapsesAt);
            standings[i] = new Standing((int)(views[i].Elsewhere + left), 0);
        }

        // Read after the units were taken: so what was taken in time was taken in its window.
        var now = _time.GetTimestamp();
        var allowed = taken == mask && now < lapsesAt;
        for (var i = 0; mask >> i != 0; i++)
        {
            if (allowed)
            {
                standings[i] = new Standing(standings[i].Remaining, SecondsUntil(views[i].ResetAt, now));
            }
            else if ((taken & (1 << i)) != 0)
            {
                views[i].Give(_limits[i].CostOf(cost));
            }
        }

        verdict = allowed ? new QuotaVerdict(QuotaOutcome.Allowed, Tier, mask, standings, 0) : default;
        return allowed;
    }

    /// <summary>What Redis has refused stays refused until it may have room again, without asking for each.</summary>
    private bool IsRefused(ref LimitViews views, int mask, int cost, out QuotaVerdict verdict)
    {
        var now = _time.GetTimestamp();
        var standings = default(Standings);
        var (known, retryAt) = (0, 0L);
        for (var i = 0; mask >> i != 0; i++)
        {
            var view = views[i];
            if ((mask & (1 << i)) == 0 || view.ResetAt == 0)
            {
                continue;
            }

            known |= 1 << i;
            standings[i] = new Standing((int)(view.Elsewhere + view.Left), SecondsUntil(view.ResetAt, now));
            if (_limits[i].CostOf(cost) >= view.RefusedCost && now < view.RefusedUntil)
            {
                retryAt = Math.Max(retryAt, view.RetryAt);
            }
        }

        verdict = new QuotaVerdict(QuotaOutcome.Refused, Tier, known, standings, Math.Max(1, SecondsUntil(retryAt, now)));
        return retryAt > 0;
    }

    private int SecondsUntil(long at, long now) =>
        (int)Math.Max(0, (at - now + _time.TimestampFrequency - 1) / _time.TimestampFrequency);

    private Task<QuotaVerdict> Enqueue(Waiter waiter)
    {
        lock (_gate)
        {
            if (_waiting.Count >= MostWaiting)
            {
                return Task.FromResult(CountWithoutRedis.Unavailable);
            }

            _waiting.Enqueue(waiter);
        }

        Run();
        return waiter.Verdict.Task;
    }

    private sealed class Waiter(int mask, int cost)
    {
        public int Mask => mask;

        public int Cost => cost;

        /// <summary>Whether the other nodes' slices were collected for it, which is done once.</summary>
        public bool Collected { get; set; }

        public TaskCompletionSource<QuotaVerdict> Verdict { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private sealed class Closing(TimeSpan hold)
    {
        public TimeSpan Hold => hold;

        public TaskCompletionSource<bool> Told { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
