using AkkaCrypto.Storage.Redis;

namespace AkkaCrypto.Api.Caching;

/// <summary>The cache that all nodes share. It may forget anything and be away at any time; it never throws.</summary>
public interface ISharedCache
{
    /// <summary>The value, or null: not there, or the server away or late.</summary>
    Task<byte[]?> GetAsync(string key);

    Task SetAsync(string key, ReadOnlyMemory<byte> value, TimeSpan timeToLive);

    bool IsAnswering { get; }
}

/// <summary>Redis in its cache role.</summary>
public sealed class RedisSharedCache(RedisCache redis) : ISharedCache
{
    public bool IsAnswering => redis.IsAnswering;

    public Task<byte[]?> GetAsync(string key) => redis.GetAsync(key);

    public Task SetAsync(string key, ReadOnlyMemory<byte> value, TimeSpan timeToLive) => redis.SetAsync(key, value, timeToLive);
}
