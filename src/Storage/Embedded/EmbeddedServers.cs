using Microsoft.Extensions.Logging;

namespace AkkaCrypto.Storage.Embedded;

/// <param name="Directory">Folder of all server data, made when missing.</param>
public sealed record EmbeddedServersOptions(
    string Directory, bool Postgres, bool RedisState, bool RedisCache, long RedisCacheMaxMemoryBytes);

/// <summary>Connection strings of the servers; null for a kind that was not asked for.</summary>
/// <param name="Postgres">Of Npgsql.</param>
/// <param name="RedisState">Of StackExchange.Redis, as <paramref name="RedisCache"/>.</param>
public sealed record ServerAddresses(string? Postgres, string? RedisState, string? RedisCache);

/// <param name="Pid">Null while the server is being started again.</param>
public sealed record EmbeddedServer(ServerKind Kind, int? Pid, int Port);

/// <summary>
/// Private PostgreSQL and Redis servers as child processes on free loopback ports, each with a random password kept in the data folder. A
/// server that dies is started again on its port. What a killed service left running on the folder is ended before the start, in order,
/// so nothing that was acknowledged is lost. Linux only: processes are recognised by /proc.
/// </summary>
public sealed class EmbeddedServers : IAsyncDisposable
{
    private readonly DataFolder _folder;
    private readonly IReadOnlyList<SupervisedServer> _servers;
    private int _disposed;

    private EmbeddedServers(DataFolder folder, IReadOnlyList<SupervisedServer> servers) => (_folder, _servers) = (folder, servers);

    /// <summary>Npgsql connection string; null where no server of the kind was asked for, as below.</summary>
    public string? PostgresConnectionString => Find(ServerKind.Postgres)?.ConnectionString;

    public string? RedisState => Find(ServerKind.RedisState)?.ConnectionString;

    public string? RedisCache => Find(ServerKind.RedisCache)?.ConnectionString;

    public ServerAddresses Addresses => new(PostgresConnectionString, RedisState, RedisCache);

    /// <summary>The folder in use: the wanted one, or the fallback when the servers' user can't reach that.</summary>
    public string Directory => _folder.Path;

    public IReadOnlyList<EmbeddedServer> Processes => [.. _servers.Select(s => new EmbeddedServer(s.Kind, s.Pid, s.Port))];

    /// <summary>Returns when all that were asked for answer.</summary>
    /// <exception cref="EmbeddedServerException">
    /// A program isn't installed, the folder is in use by another service or can't be used, or a server ended at once; the message says
    /// which and why.
    /// </exception>
    public static async Task<EmbeddedServers> StartAsync(
        EmbeddedServersOptions options, TimeProvider time, ILogger<EmbeddedServers> log, CancellationToken cancellationToken)
    {
        var folder = await OpenAsync(options.Directory, time, log, cancellationToken);
        var starting = Definitions(folder, options.RedisCacheMaxMemoryBytes)
            .Where(server => IsWanted(server.Kind, options))
            .Select(server => SupervisedServer.StartAsync(server, folder.User, LoopbackPort.Free, time, log, cancellationToken))
            .ToList();
        try
        {
            return new EmbeddedServers(folder, await Task.WhenAll(starting));
        }
        catch
        {
            // WhenAll has waited for every one of them: those that did start must not outlive the failure.
            foreach (var server in starting.Where(s => s.IsCompletedSuccessfully))
            {
                await (await server).DisposeAsync();
            }

            folder.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Where the servers of the service that runs on the folder are, for another process beside it; null while one of those that are
    /// wanted doesn't answer. Takes no lock and starts nothing.
    /// </summary>
    /// <exception cref="EmbeddedServerException">This user can't use the folder.</exception>
    public static async Task<ServerAddresses?> FindRunningAsync(
        EmbeddedServersOptions options, ILogger<EmbeddedServers> log, CancellationToken cancellationToken)
    {
        using var folder = await DataFolder.VisitAsync(options.Directory, log, cancellationToken);
        var addresses = new Dictionary<ServerKind, string>();
        foreach (var server in Definitions(folder, options.RedisCacheMaxMemoryBytes).Where(server => IsWanted(server.Kind, options)))
        {
            if (server.LastPort() is not { } port || !await server.IsReadyAsync(port, cancellationToken))
            {
                return null;
            }

            addresses.Add(server.Kind, await server.ConnectionStringAsync(port, cancellationToken));
        }

        return new ServerAddresses(
            addresses.GetValueOrDefault(ServerKind.Postgres), addresses.GetValueOrDefault(ServerKind.RedisState),
            addresses.GetValueOrDefault(ServerKind.RedisCache));
    }

    /// <summary>Whether PostgreSQL has ever been started on the folder. Makes nothing.</summary>
    public static async Task<bool> HoldsDatabaseAsync(string directory, ILogger<EmbeddedServers> log, CancellationToken cancellationToken)
    {
        if (!System.IO.Directory.Exists(directory))
        {
            return false;
        }

        using var folder = await DataFolder.VisitAsync(directory, log, cancellationToken);
        return Definitions(folder, redisCacheMaxMemoryBytes: 0).Single(server => server.Kind == ServerKind.Postgres).IsMade;
    }

    /// <summary>Ends what a killed service left running on the folder, and starts nothing.</summary>
    /// <exception cref="EmbeddedServerException">A running service uses the folder.</exception>
    public static async Task ClearAsync(
        string directory, TimeProvider time, ILogger<EmbeddedServers> log, CancellationToken cancellationToken) =>
        (await OpenAsync(directory, time, log, cancellationToken)).Dispose();

    /// <summary>
    /// Completes when the server answers under another pid than this one, as it does some moments after that one was killed.
    /// </summary>
    /// <returns>The new pid.</returns>
    public Task<int> WhenRestartedAsync(ServerKind kind, int previousPid, CancellationToken cancellationToken) =>
        (Find(kind) ?? throw new ArgumentException($"No {kind} was started.", nameof(kind)))
            .WhenRestartedAsync(previousPid, cancellationToken);

    /// <summary>Ends all servers in order, together, within about 5 s.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            await Task.WhenAll(_servers.Select(s => s.DisposeAsync().AsTask()));
            _folder.Dispose();
        }
    }

    /// <summary>For tests: leaves everything as a killed service does, servers running and the folder's lock free.</summary>
    internal async Task AbandonAsync()
    {
        _disposed = 1;
        await Task.WhenAll(_servers.Select(s => s.AbandonAsync()));
        _folder.Dispose();
    }

    /// <summary>The folder, locked, with no server running on it: also none that isn't wanted this time.</summary>
    private static async Task<DataFolder> OpenAsync(string directory, TimeProvider time, ILogger log, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new EmbeddedServerException("Embedded servers run on Linux only: give connection strings of running servers.");
        }

        var folder = await DataFolder.OpenAsync(directory, log, cancellationToken);
        try
        {
            var servers = Definitions(folder, redisCacheMaxMemoryBytes: 0);
            await Task.WhenAll(servers.Select(s => new ServerProcesses(s, time, log).EndLeftoversAsync(cancellationToken)));
            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    private static ServerDefinition[] Definitions(DataFolder folder, long redisCacheMaxMemoryBytes) =>
    [
        new PostgresDefinition(folder),
        new RedisDefinition(ServerKind.RedisState, folder, maxMemoryBytes: null),
        new RedisDefinition(ServerKind.RedisCache, folder, redisCacheMaxMemoryBytes),
    ];

    private static bool IsWanted(ServerKind kind, EmbeddedServersOptions options) => kind switch
    {
        ServerKind.Postgres => options.Postgres,
        ServerKind.RedisState => options.RedisState,
        ServerKind.RedisCache => options.RedisCache,
    };

    private SupervisedServer? Find(ServerKind kind) => _servers.FirstOrDefault(s => s.Kind == kind);
}
