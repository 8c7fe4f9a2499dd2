using AkkaCrypto.Api.Caching;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Hocon.Binding;
using AkkaCrypto.Pipeline.Auth;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Storage.Redis;
using Npgsql;

namespace AkkaCrypto.Api.Auth;

/// <summary>The stored keys as a running service has them: followed, and open to the admin.</summary>
public sealed class StoredKeys : IAsyncDisposable
{
    private readonly KeyWatch _watch;

    private StoredKeys(KeyRing ring, KeyDesk desk, KeyWatch watch) => (Ring, Desk, _watch) = (ring, desk, watch);

    public KeyRing Ring { get; }

    public KeyDesk Desk { get; }

    /// <param name="dataDir">Where a pepper is made if none is set; null where the database is not this service's own.</param>
    /// <exception cref="SettingsException">The pepper can't be used, or is not the one of the stored keys.</exception>
    public static async Task<StoredKeys> StartAsync(
        AkkaCryptoSettings settings, string? dataDir, NpgsqlDataSource database, RedisConnection state, ISharedCache shared, AuditLog audit,
        TimeProvider time, ILoggerFactory logs, CancellationToken cancellationToken)
    {
        var keys = settings.Auth.Keys;
        var pepper = KeyPepper.Find(keys, dataDir);
        if (pepper is null)
        {
            logs.CreateLogger<StoredKeys>().LogWarning(
                "There are no stored API keys: neither AKKACRYPTO_KEY_PEPPER nor akkacrypto.auth.keys.pepper-file is set");
        }

        var store = new ApiKeyStore(database, pepper, keys, audit, time);
        var tiers = settings.Quota.Tiers.Keys.ToList();
        var ring = new KeyRing(store, pepper, keys, tiers, time, logs.CreateLogger<KeyRing>());
        var news = new KeyNews(state);
        var watch = await KeyWatch.StartAsync(ring, store, news, keys, time, logs.CreateLogger<KeyWatch>(), cancellationToken);
        return new StoredKeys(ring, new KeyDesk(store, ring, news, shared, keys, tiers, time), watch);
    }

    public ValueTask DisposeAsync() => _watch.DisposeAsync();
}
