using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace AkkaCrypto.Storage.Redis;

/// <summary>
/// Redis in its cache role: everything in it may vanish, so nothing here throws when the server is away or late; a read is then a miss and
/// a write is given up. Every call has the configured deadline. After a call that wasn't answered, calls are skipped for
/// <see cref="RedisConnection.SkipFor"/> (1 s), so that a server which is gone costs one deadline a second and not one per read.
/// </summary>
public sealed class RedisCache(RedisConnection connection, ILogger<RedisCache> log)
{
    /// <summary>Whether the last call was answered in time.</summary>
    public bool IsAnswering => connection.IsAnswering;

    /// <summary>The value, or null: not there, or Redis away or late.</summary>
    public async Task<byte[]?> GetAsync(string key)
    {
        try
        {
            return await connection.CallAsync(database => database.StringGetAsync(key));
        }
        catch (Exception e) when (e is RedisUnavailableException or RedisServerException)
        {
            Log(e, key);
            return null;
        }
    }

    /// <summary>The values of some keys, in their order, together under one deadline; null as <see cref="GetAsync"/> is.</summary>
    public async Task<byte[]?[]> GetAllAsync(IReadOnlyList<string> keys)
    {
        Task<RedisValue>[] gets = [];
        try
        {
            await connection.CallAsync(database =>
            {
                // Each key by a command of its own: together in one, they would all have to lie in one slot.
                var batch = database.CreateBatch();
                gets = [.. keys.Select(key => batch.StringGetAsync(key))];
                batch.Execute();
                return Task.WhenAll(gets);
            });
        }
        catch (RedisUnavailableException e)
        {
            Log(e, string.Join(", ", keys.Take(1)));
            return new byte[]?[keys.Count];
        }
        catch (RedisServerException)
        {
            // Of the one key or the other: told below, and the rest is there.
        }

        return [.. gets.Select((get, i) => ValueOf(get, keys[i]))];
    }

    /// <summary>Sets value and TTL in one command. False when Redis was away or late.</summary>
    /// <param name="ttl">More than zero, for every key has an end.</param>
    public async Task<bool> SetAsync(string key, ReadOnlyMemory<byte> value, TimeSpan ttl)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(ttl, TimeSpan.Zero);
        try
        {
            return await connection.CallAsync(database => database.StringSetAsync(key, value.ToArray(), ttl));
        }
        catch (Exception e) when (e is RedisUnavailableException or RedisServerException)
        {
            Log(e, key);
            return false;
        }
    }

    private byte[]? ValueOf(Task<RedisValue> get, string key)
    {
        if (get.IsCompletedSuccessfully)
        {
            return get.Result;
        }

        Log(get.Exception!.InnerException!, key);
        return null;
    }

    /// <summary>
    /// That Redis is away is told once, by the connection. An error that it answers with is told each time: it is of this key.
    /// </summary>
    private void Log(Exception e, string key)
    {
        if (e is RedisServerException)
        {
            log.LogWarning("Redis refused a call for {Key}: {Reason}", key, e.Message);
        }
        else
        {
            log.LogDebug("{Key} is not cached: {Reason}", key, e.Message);
        }
    }
}
