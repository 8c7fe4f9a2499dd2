using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.Storage.Embedded;
using AkkaCrypto.Storage.Postgres;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace AkkaCrypto.Bench;

/// <summary>A fresh database with the project's tables, on a private PostgreSQL as the service starts it; gone at the end.</summary>
internal sealed class BenchDatabase : IAsyncDisposable
{
    private readonly string _folder;
    private readonly EmbeddedServers _servers;

    private BenchDatabase(string folder, EmbeddedServers servers, NpgsqlDataSource source) =>
        (_folder, _servers, Source) = (folder, servers, source);

    public NpgsqlDataSource Source { get; }

    /// <summary>Of the same database, for sources with settings of their own.</summary>
    public string ConnectionString => _servers.PostgresConnectionString!;

    /// <summary>Where one was asked for.</summary>
    public string RedisState => _servers.RedisState!;

    public static async Task<BenchDatabase> CreateAsync(
        TimeProvider time, CancellationToken cancellationToken, bool withRedisState = false)
    {
        var folder = Directory.CreateTempSubdirectory("akkacrypto-bench-").FullName;
        if (OperatingSystem.IsLinux())
        {
            // As root the server runs as another user, who has to pass through.
            File.SetUnixFileMode(folder, File.GetUnixFileMode(folder) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        }

        var options = new EmbeddedServersOptions(folder, Postgres: true, withRedisState, RedisCache: false, RedisCacheMaxMemoryBytes: 0);
        var servers = await EmbeddedServers.StartAsync(options, time, NullLogger<EmbeddedServers>.Instance, cancellationToken);
        var source = PostgresDatabase.Build(
            new PostgresOptions(servers.PostgresConnectionString!, 16, TimeSpan.FromMinutes(2), "akkacrypto-bench"),
            MarketNumberTypes.UseMarketNumbers);
        await Migrations.ApplyAsync(source, Migrations.ShippedDirectory, cancellationToken);
        return new BenchDatabase(folder, servers, source);
    }

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        await _servers.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
