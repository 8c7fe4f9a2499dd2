using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Hocon;
using AkkaCrypto.Hocon.Binding;
using AkkaCrypto.Pipeline;
using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.Storage.Embedded;
using AkkaCrypto.Storage.Postgres;
using AkkaCrypto.Storage.Redis;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace AkkaCrypto.Cli;

/// <summary>
/// What a verb needs of the service's own world: its settings, its database, its Redis. With embedded servers it uses those of the service
/// that runs on the data folder, and starts them itself when none does; then they end with the verb.
/// </summary>
internal sealed class ServiceConnection : IAsyncDisposable
{
    /// <summary>The options that say which service is meant, for <see cref="Options.Parse"/>.</summary>
    public static readonly IReadOnlyList<string> OptionNames = ["--profile", "--config", "--data"];

    /// <summary>Their lines in a verb's help.</summary>
    public const string OptionHelp =
        """
          --profile NAME  demo (default), live or env: as the service was started
          --config FILE   HOCON laid over the profile
          --data DIR      the service's data folder (default: the setting data-dir, ./data)
        """;

    /// <summary>A service that is just starting or stopping is waited for: recovery of its servers included.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(250);

    private readonly EmbeddedServers? _own;
    private readonly ILoggerFactory _logs;
    private readonly Uri? _simulator;
    private RedisConnection? _state;
    private RedisConnection? _cache;

    private ServiceConnection(AkkaCryptoSettings settings, EmbeddedServers? own, Uri? simulator, ILoggerFactory logs)
    {
        (Settings, _own, _simulator, _logs) = (settings, own, simulator, logs);
        var postgres = settings.Postgres;
        Database = PostgresDatabase.Build(
            new PostgresOptions(postgres.ConnectionString!, postgres.MaxPoolSize, postgres.CommandTimeout, "akkacrypto-cli"),
            MarketNumberTypes.UseMarketNumbers);
    }

    /// <summary>With the addresses of the servers in use.</summary>
    public AkkaCryptoSettings Settings { get; }

    public NpgsqlDataSource Database { get; }

    /// <summary>The data folder where the database in use is the service's own; null where it is somebody else's.</summary>
    public string? OwnDataDir { get; private init; }

    /// <summary>
    /// Opens the database of the service that the options mean, migrated; Redis is connected to when first asked for.
    /// </summary>
    /// <param name="mayBegin">Whether a data folder on which no service has run yet is begun here: for verbs that put something into it.
    /// Any other verb would tell of an empty one what the service's own does not hold.</param>
    /// <exception cref="ServiceConnectionException">The settings don't hold, or servers can't be started or reached; the message says
    /// all.</exception>
    public static async Task<ServiceConnection> OpenAsync(
        IReadOnlyDictionary<string, string> options, Surroundings surroundings, CancellationToken cancellationToken, bool mayBegin = false)
    {
        EmbeddedServers? own = null;
        ServiceConnection? opened = null;
        var logs = NullLoggerFactory.Instance;
        try
        {
            var settings = Load(options, surroundings);
            if (!mayBegin)
            {
                await RefuseNoDataAsync(settings, logs, cancellationToken);
            }

            (own, var addresses) = await FindServersAsync(settings, logs, cancellationToken);
            var simulator = await SimulatorAddress.FindAsync(settings.DataDir, cancellationToken);
            opened = new ServiceConnection(ServiceAddresses.PutServers(settings, addresses), own, simulator, logs)
            {
                OwnDataDir = settings.Postgres.ConnectionString is null ? settings.DataDir : null,
            };
            var database = opened.Database;
            var (timeout, log) = (settings.Postgres.StartTimeout, logs.CreateLogger<ServiceConnection>());
            await PostgresDatabase.WaitUntilReadyAsync(database, timeout, TimeProvider.System, log, cancellationToken);
            await new DatabaseStart(timeout, TimeProvider.System, log).RunAsync(
                "the migrations", () => Migrations.ApplyAsync(database, Migrations.ShippedDirectory, cancellationToken), cancellationToken);
            return opened;
        }
        catch (Exception refused)
        {
            await (opened?.DisposeAsync() ?? own?.DisposeAsync() ?? ValueTask.CompletedTask);
            if (refused is HoconException or SettingsException or EmbeddedServerException or DatabaseUnavailableException
                or MigrationException or ArgumentException)
            {
                throw new ServiceConnectionException(refused.Message, refused);
            }

            throw;
        }
    }

    /// <summary>Redis in its role as state. Its calls fail by themselves when it is away.</summary>
    public async Task<RedisConnection> StateAsync() => _state ??= await ConnectAsync(Settings.Redis.State!, "state");

    /// <inheritdoc cref="StateAsync"/>
    public async Task<RedisConnection> CacheAsync() => _cache ??= await ConnectAsync(Settings.Redis.Cache!, "cache");

    /// <summary>The settings with the providers' addresses, for verbs that ask them.</summary>
    /// <exception cref="ServiceConnectionException">A provider is the demo's simulator, which runs only inside a running demo.</exception>
    public AkkaCryptoSettings SettingsForAsking()
    {
        try
        {
            return ServiceAddresses.PutProviders(Settings, _simulator);
        }
        catch (SettingsException missing)
        {
            throw new ServiceConnectionException(
                "The demo's providers are simulated inside the running service: start ./run on the same data folder first.", missing);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        await (_state?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_cache?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_own?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    private static AkkaCryptoSettings Load(IReadOnlyDictionary<string, string> options, Surroundings surroundings)
    {
        var settings = ServiceSettings.Load(
            surroundings.HoconFolder, options.GetValueOrDefault("--profile", "demo"), options.GetValueOrDefault("--config"),
            surroundings.Environment).OrThrow();
        var data = options.GetValueOrDefault("--data", settings.DataDir);
        return data.Length > 0
            ? settings with { DataDir = Path.GetFullPath(data) }
            : throw new UsageException("--data is empty: expected a folder.");
    }

    private static async Task RefuseNoDataAsync(AkkaCryptoSettings settings, ILoggerFactory logs, CancellationToken cancellationToken)
    {
        if (settings.Postgres.ConnectionString is null && !await EmbeddedServers.HoldsDatabaseAsync(
            settings.DataDir, logs.CreateLogger<EmbeddedServers>(), cancellationToken))
        {
            throw new EmbeddedServerException(
                $"{settings.DataDir} holds no service's data: expected the folder that it was started on; see --data and --profile.");
        }
    }

    private static async Task<(EmbeddedServers? Own, ServerAddresses? Addresses)> FindServersAsync(
        AkkaCryptoSettings settings, ILoggerFactory logs, CancellationToken cancellationToken)
    {
        var (postgres, redis) = (settings.Postgres, settings.Redis);
        if (postgres.ConnectionString is not null && redis.State is not null && redis.Cache is not null)
        {
            return (null, null);
        }

        var options = new EmbeddedServersOptions(
            settings.DataDir, postgres.ConnectionString is null, redis.State is null, redis.Cache is null, redis.CacheMaxMemoryBytes);
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                var own = await EmbeddedServers.StartAsync(
                    options, TimeProvider.System, logs.CreateLogger<EmbeddedServers>(), cancellationToken);
                return (own, own.Addresses);
            }
            catch (EmbeddedServerException taken) when (taken.FolderInUse && TimeProvider.System.GetElapsedTime(started) < LongestWait)
            {
                // Its service runs, or starts, or stops: then its servers answer soon, or the folder is free.
                if (await EmbeddedServers.FindRunningAsync(options, logs.CreateLogger<EmbeddedServers>(), cancellationToken) is { } running)
                {
                    return (null, running);
                }

                await Task.Delay(Poll, TimeProvider.System, cancellationToken);
            }
        }
    }

    private Task<RedisConnection> ConnectAsync(string address, string name) => RedisConnection.ConnectAsync(
        new RedisOptions(address, Settings.Redis.CallTimeout, name), TimeProvider.System, _logs.CreateLogger<RedisConnection>());
}

/// <summary>The service's settings or servers can't be used: a verb prints the message and answers <see cref="ExitCode.Failed"/>.</summary>
internal sealed class ServiceConnectionException(string message, Exception inner) : Exception(message, inner);
