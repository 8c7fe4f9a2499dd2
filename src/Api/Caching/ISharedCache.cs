using AkkaCrypto.Storage.Redis;

namespace AkkaCrypto.Api.Caching;

/// <summary>The cache that all nodes share. It may forget anything and be away at any time; it never throws.</summary>
public interface ISharedCache
{
    /// <summary>The value, or null: not there, or the server away or late.</summary>
    Task<byte[]?> GetAsync(string key);

    /// <summary>The values of some keys, in their order, as <see cref="GetAsync"/> would give each, by one round trip.</summary>
    Task<byte[]?[]> GetAllAsync(IReadOnlyList<string> keys);

    Task SetAsync(string key, ReadOnlyMemory<byte> value, TimeSpan timeToLive);

    bool IsAnswering { get; }
}

/// <summary>
/// Redis in its cache role. While it is away every read is a miss at once; the try whether it is back runs behind them, so none of them
/// waits out its deadline.
/// </summary>
public sealed class RedisSharedCache(RedisCache redis) : ISharedCache
{
    private static readonly Task<byte[]?> Miss = Task.FromResult<byte[]?>(null);
    private int _isTrying;

    public bool IsAnswering => redis.IsAnswering;

    public Task<byte[]?> GetAsync(string key)
    {
        if (redis.IsAnswering)
        {
            return redis.GetAsync(key);
        }

        _ = TryAsync(key);
        return Miss;
    }

    public Task<byte[]?[]> GetAllAsync(IReadOnlyList<string> keys)
    {
        if (redis.IsAnswering)
        {
            return redis.GetAllAsync(keys);
        }

        _ = keys.Count > 0 ? TryAsync(keys[0]) : Task.CompletedTask;
        return Task.FromResult(new byte[]?[keys.Count]);
    }

    public Task SetAsync(string key, ReadOnlyMemory<byte> value, TimeSpan timeToLive)
    {
        if (redis.IsAnswering)
        {
            return redis.SetAsync(key, value, timeToLive);
        }

        _ = TryAsync(key);
        return Task.CompletedTask;
    }

    /// <summary>One at a time; the connection itself lets a call through once a second.</summary>
    private async Task TryAsync(string key)
    {
        if (Interlocked.Exchange(ref _isTrying, 1) == 0)
        {
            await redis.GetAsync(key);
            Volatile.Write(ref _isTrying, 0);
        }
    }
}
