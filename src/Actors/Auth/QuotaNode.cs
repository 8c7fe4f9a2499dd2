using System.Collections.Concurrent;
using AkkaCrypto.Storage.Redis;
using Microsoft.Extensions.Logging;

namespace AkkaCrypto.Actors.Auth;

/// <summary>
/// This node's part in all quotas: one <see cref="KeyQuota"/> for each API key that was used lately. Redis in its role as state has the
/// truth; without it (null) this process has.
/// </summary>
public sealed class QuotaNode : IAsyncDisposable
{
    /// <summary>Past so many keys at once further ones lease nothing and are not kept: each of their requests asks Redis.</summary>
    private const int MostKeys = 100_000;

    /// <summary>A key that wasn't used for so long gives back its slices and is forgotten.</summary>
    private static readonly TimeSpan PassivateAfter = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan ProbeEvery = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, KeyQuota> _keys = new(StringComparer.Ordinal);
    private readonly RedisConnection? _state;
    private readonly RedisQuota? _redis;
    private readonly SliceCollector? _collector;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stopping = new();
    private Task _upkeep = Task.CompletedTask;

    /// <param name="now">See <see cref="RedisQuota"/>.</param>
    internal QuotaNode(RedisConnection? state, TimeProvider time, ILogger log, Func<long>? now = null)
    {
        var node = Guid.NewGuid().ToString("N");
        (_state, _time, _log) = (state, time, log);
        _redis = state is null ? null : new RedisQuota(state, node, now);
        _collector = state is null ? null : new SliceCollector(state, node, GiveBackAsync, time, log);
    }

    /// <summary>A node that has the quotas to itself.</summary>
    public static QuotaNode Alone(TimeProvider time, ILogger<QuotaNode> log) => new(null, time, log);

    /// <summary>Returns also when Redis is away.</summary>
    public static Task<QuotaNode> StartAsync(RedisConnection state, TimeProvider time, ILogger<QuotaNode> log) =>
        new QuotaNode(state, time, log).ListenAsync();

    /// <summary>Takes what a request costs from all limits that hold for it, or from none. Completed at once where a leased slice
    /// decides.</summary>
    /// <param name="keyId">Of the API key; never the key.</param>
    /// <param name="rows">That the request asks for.</param>
    public ValueTask<QuotaVerdict> TakeAsync(string keyId, QuotaTier tier, QuotaRoute route, int rows = 0)
    {
        var mask = tier.MaskOf(route);
        return mask == 0 ? new ValueTask<QuotaVerdict>(QuotaVerdict.Unlimited) : KeyOf(keyId, tier).TakeAsync(mask, route.CostOf(rows));
    }

    /// <summary>How each limit of the key stands by the limiter's own count, over all nodes.</summary>
    /// <exception cref="RedisUnavailableException">Redis is away, so nobody knows.</exception>
    public Task<IReadOnlyList<LimitUsage>> UsageAsync(string keyId, QuotaTier tier) => KeyOf(keyId, tier).UsageAsync();

    /// <summary>Gives back what is left of all slices, for at most a second.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _upkeep.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // cancelled
        if (_collector is not null)
        {
            await _collector.DisposeAsync().ConfigureAwait(false);
        }

        try
        {
            await Task.WhenAll(_keys.Values.Select(key => key.CloseAsync())).WaitAsync(StopWithin, _time, CancellationToken.None)
                .ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            _log.LogDebug("Redis is away: what was leased lapses with its windows");
        }

        _stopping.Dispose();
    }

    internal async Task<QuotaNode> ListenAsync()
    {
        if (_collector is not null)
        {
            await _collector.StartAsync().ConfigureAwait(false);
            _upkeep = UpkeepAsync(_stopping.Token);
        }

        return this;
    }

    private KeyQuota KeyOf(string keyId, QuotaTier tier) =>
        _keys.TryGetValue(keyId, out var known) && known.Tier == tier ? known : MakeKey(keyId, tier, known);

    /// <param name="known">The key's quota under its tier before; null where there was none.</param>
    private KeyQuota MakeKey(string keyId, QuotaTier tier, KeyQuota? known)
    {
        if (known is null && _keys.Count >= MostKeys)
        {
            return NewKey(keyId, tier, leases: false);
        }

        var key = _keys.AddOrUpdate(
            keyId, _ => NewKey(keyId, tier), (_, other) => other.Tier == tier ? other : NewKey(keyId, tier));
        if (known is not null && known != key)
        {
            _ = known.CloseAsync();
        }

        return key;
    }

    private KeyQuota NewKey(string keyId, QuotaTier tier, bool leases = true) =>
        new(keyId, tier, _redis, _collector, _time, _log, leases);

    private Task GiveBackAsync(string keyId) => _keys.TryGetValue(keyId, out var key) ? key.CloseAsync() : Task.CompletedTask;

    /// <summary>Forgets idle keys, and looks whether Redis is back, so that no request has to wait for that.</summary>
    private async Task UpkeepAsync(CancellationToken cancellationToken)
    {
        var swept = _time.GetTimestamp();
        while (true)
        {
            await Task.Delay(ProbeEvery, _time, cancellationToken).ConfigureAwait(false);
            if (!_state!.IsAnswering)
            {
                await ProbeAsync().ConfigureAwait(false);
            }
            else if (_time.GetElapsedTime(swept) >= PassivateAfter)
            {
                swept = _time.GetTimestamp();
                Passivate();
            }
        }
    }

    private void Passivate()
    {
        foreach (var idle in _keys.Where(key => key.Value.IsIdle()).ToList())
        {
            _keys.TryRemove(idle);
            _ = idle.Value.CloseAsync();
        }
    }

    private async Task ProbeAsync()
    {
        try
        {
            await _state!.PingAsync().ConfigureAwait(false);
        }
        catch (Exception away) when (away is RedisUnavailableException or StackExchange.Redis.RedisServerException)
        {
            _log.LogDebug("Redis, which counts quotas, is still away: {Reason}", away.Message);
        }
    }
}
