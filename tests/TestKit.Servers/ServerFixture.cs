using AkkaCrypto.Storage.Embedded;
using AkkaCrypto.Storage.Postgres;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StackExchange.Redis;

namespace AkkaCrypto.TestKit.Servers;

/// <summary>
/// Real PostgreSQL and Redis for one test assembly, by the launcher that the service uses, in a temporary folder; started when the first
/// test asks for one, ended with the collection. Each test assembly declares the collection once:
/// <code>
/// [CollectionDefinition(ServerFixture.Collection)]
/// public sealed class Servers : ICollectionFixture&lt;ServerFixture&gt;;
/// </code>
/// and its classes stand in it: <c>[Collection(ServerFixture.Collection)]</c>, most of them with <see cref="DatabaseFixture"/> as class
/// fixture.
/// </summary>
public sealed class ServerFixture : IAsyncLifetime
{
    public const string Collection = "servers";

    /// <summary>As many as Redis has by default: so many test classes may use one at once.</summary>
    private const int RedisDatabases = 16;
    private const string Template = "migrated";
    private const long CacheBytes = 64L * 1024 * 1024;

    private readonly Lazy<Task<EmbeddedServers>> _servers;
    private readonly Lazy<Task> _template;
    private TemporaryFolder? _folder;
    private int _databases;
    private int _redisDatabases;

    public ServerFixture()
    {
        _servers = new Lazy<Task<EmbeddedServers>>(StartAsync);
        _template = new Lazy<Task>(MakeTemplateAsync);
    }

    /// <summary>The servers themselves, for tests that kill or pause them.</summary>
    public Task<EmbeddedServers> Servers => _servers.Value;

    /// <summary>A database of the caller's own, with all migrations applied.</summary>
    /// <returns>Its connection string.</returns>
    public async Task<string> NewDatabaseAsync()
    {
        await _template.Value;
        return await CreateDatabaseAsync($"TEMPLATE {Template}");
    }

    /// <summary>A database of the caller's own with nothing in it.</summary>
    public Task<string> NewEmptyDatabaseAsync() => CreateDatabaseAsync("TEMPLATE template0");

    /// <summary>Connection string of an empty cache of the caller's own. After 16 of them the first one comes again, emptied.</summary>
    public async Task<string> NewRedisCacheAsync() => await EmptiedAsync((await Servers).RedisCache!);

    /// <inheritdoc cref="NewRedisCacheAsync"/>
    public async Task<string> NewRedisStateAsync() => await EmptiedAsync((await Servers).RedisState!);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        // A failed start has been reported to the tests that asked for it, and left nothing running.
        if (_servers is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
        {
            await (await _servers.Value).DisposeAsync();
        }

        _folder?.Dispose();
    }

    private async Task<EmbeddedServers> StartAsync()
    {
        foreach (var abandoned in TemporaryFolder.TakeAbandoned())
        {
            using (abandoned)
            {
                await EmbeddedServers.ClearAsync(
                    abandoned.Path, TimeProvider.System, NullLogger<EmbeddedServers>.Instance, CancellationToken.None);
            }
        }

        _folder = new TemporaryFolder();
        var options = new EmbeddedServersOptions(_folder.Path, Postgres: true, RedisState: true, RedisCache: true, CacheBytes);
        return await EmbeddedServers.StartAsync(options, TimeProvider.System, NullLogger<EmbeddedServers>.Instance, CancellationToken.None);
    }

    private async Task MakeTemplateAsync()
    {
        var connectionString = await CreateDatabaseAsync("TEMPLATE template0", Template);
        // Nothing may be connected to a template while it is copied, so nothing of it may stay in a pool.
        await using var database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false });
        await Migrations.ApplyAsync(database, Migrations.ShippedDirectory, CancellationToken.None);
    }

    private async Task<string> CreateDatabaseAsync(string options, string? name = null)
    {
        name ??= $"test_{Interlocked.Increment(ref _databases)}";
        var connection = new NpgsqlConnectionStringBuilder((await Servers).PostgresConnectionString);
        var unpooled = new NpgsqlConnectionStringBuilder(connection.ConnectionString) { Pooling = false };
        await using (var database = NpgsqlDataSource.Create(unpooled))
        await using (var command = database.CreateCommand($"CREATE DATABASE {name} {options}"))
        {
            await command.ExecuteNonQueryAsync();
        }

        connection.Database = name;
        return connection.ConnectionString;
    }

    private async Task<string> EmptiedAsync(string connectionString)
    {
        var number = Interlocked.Increment(ref _redisDatabases) % RedisDatabases;
        var own = $"{connectionString},defaultDatabase={number}";
        using var redis = await ConnectionMultiplexer.ConnectAsync(own);
        await redis.GetDatabase().ExecuteAsync("FLUSHDB");
        return own;
    }
}
