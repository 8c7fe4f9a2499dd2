using System.Security.Cryptography;
using AkkaCrypto.Api.Caching;
using AkkaCrypto.Api.Internal;
using AkkaCrypto.Api.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Hocon.Live;
using AkkaCrypto.Pipeline;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.Pipeline.OnChain;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Pipeline.Stages;
using AkkaCrypto.Simulator;
using AkkaCrypto.Storage.Embedded;
using AkkaCrypto.Storage.Postgres;
using AkkaCrypto.Storage.Redis;
using Npgsql;

namespace AkkaCrypto.Api.Hosting;

/// <summary>
/// The running service: what was started for it, in the order it was started, and stopped in the reverse. The only place where parts are
/// wired.
/// </summary>
public sealed class Composition : IAsyncDisposable
{
    private readonly Stack<IAsyncDisposable> _started = new();
    private readonly ILoggerFactory _logs;
    private readonly TimeProvider _time;

    private Composition(ILoggerFactory logs, TimeProvider time) => (_logs, _time) = (logs, time);

    /// <summary>The simulator's address, where one was started.</summary>
    public Uri? Simulator { get; private set; }

    /// <summary>
    /// Starts everything and gives the HTTP surface, not yet listening. What was started before a failure is stopped again.
    /// </summary>
    /// <param name="configuration">Followed for edits; null where the settings were made in code.</param>
    public static async Task<(Composition Composition, WebApplication App)> StartAsync(
        AkkaCryptoSettings settings, ServiceConfiguration? configuration, ILoggerFactory logs, Action<ILoggingBuilder> logging,
        TimeProvider time, CancellationToken cancellationToken)
    {
        var composition = new Composition(logs, time);
        try
        {
            var adjust = await composition.StartServersAsync(settings, cancellationToken);
            var live = new LiveSettings<AkkaCryptoSettings>(adjust(settings));
            var parts = await composition.WireAsync(live, cancellationToken);
            var app = ServiceHost.Build(live.Current, parts, logging);
            composition._started.Push(app);
            composition.Watch(configuration, live, adjust);
            return (composition, app);
        }
        catch
        {
            await composition.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        while (_started.TryPop(out var part))
        {
            await part.DisposeAsync();
        }
    }

    /// <summary>
    /// Starts a private server for each connection string that is not configured, and the simulator where it is on; gives what puts their
    /// addresses into settings.
    /// </summary>
    private async Task<Func<AkkaCryptoSettings, AkkaCryptoSettings>> StartServersAsync(
        AkkaCryptoSettings settings, CancellationToken cancellationToken)
    {
        var (postgres, redis) = (settings.Postgres, settings.Redis);
        EmbeddedServers? servers = null;
        if (postgres.ConnectionString is null || redis.State is null || redis.Cache is null)
        {
            var options = new EmbeddedServersOptions(
                settings.DataDir, postgres.ConnectionString is null, redis.State is null, redis.Cache is null, redis.CacheMaxMemoryBytes);
            servers = Started(await EmbeddedServers.StartAsync(options, _time, _logs.CreateLogger<EmbeddedServers>(), cancellationToken));
        }

        if (settings.Simulator.Enabled)
        {
            var options = new SimulatorOptions(settings.Simulator.Seed, settings.Simulator.Port, settings.Simulator.Pace);
            Simulator = Started(await SimulatorServer.StartAsync(options, _time, cancellationToken)).Address;
        }

        return edited => ServiceAddresses.Put(edited, servers, Simulator);
    }

    private async Task<ServiceParts> WireAsync(LiveSettings<AkkaCryptoSettings> live, CancellationToken cancellationToken)
    {
        var settings = live.Current;
        var database = await OpenDatabaseAsync(settings.Postgres, cancellationToken);
        var redis = Started(await RedisConnection.ConnectAsync(
            new RedisOptions(settings.Redis.Cache!, settings.Redis.CallTimeout, "cache"), _time, _logs.CreateLogger<RedisConnection>()));
        var shared = new RedisSharedCache(new RedisCache(redis, _logs.CreateLogger<RedisCache>()));
        var pairs = new PairCatalogue(database);
        var stores = new FeedStores(
            new TradeStore(database, pairs, _time), new OrderBookStore(database, pairs, _time), new PriceStore(database, _time),
            new ChartStore(database, _time), new OnChainStore(database, _time), new DeadLetterStore(database),
            new FeedPositionStore(database), new GapRegister(database), new CoinStores(database, _time));
        var reads = new StoredReads(database, pairs, stores.Prices, stores.Charts, stores.Trades, stores.OrderBooks, stores.OnChain);
        var prices = new LatestPrices(shared, reads, settings.Cache.Prices, settings.MaxAge.Prices, _time);

        var feeds = new FeedCatalogue(() => live.Current, NewTransport, _time, NewRandom());
        Func<IReadOnlyList<FeedStatus>> statuses = settings.Node.Roles.Contains(NodeRole.Feeds)
            ? StartFeeds(feeds, stores, prices).Statuses
            : static () => [];
        return new ServiceParts(reads, shared, new PipelineIntake(new ReplyIngest(feeds, stores, pairs, _time)), statuses, _time);
    }

    private async Task<NpgsqlDataSource> OpenDatabaseAsync(PostgresSettings settings, CancellationToken cancellationToken)
    {
        var database = Started(PostgresDatabase.Build(
            new PostgresOptions(settings.ConnectionString!, settings.MaxPoolSize, settings.CommandTimeout, "akkacrypto")));
        var log = _logs.CreateLogger<Composition>();
        await PostgresDatabase.WaitUntilReadyAsync(database, settings.StartTimeout, _time, log, cancellationToken);
        var applied = await Migrations.ApplyAsync(database, Migrations.ShippedDirectory, cancellationToken);
        if (applied.Count > 0)
        {
            log.LogInformation("Migrated the database: {Migrations}", string.Join(", ", applied));
        }

        return database;
    }

    private FeedHost StartFeeds(FeedCatalogue feeds, FeedStores stores, LatestPrices prices)
    {
        var publisher = Started(new PricePublisher(prices));
        var pipeline = new IngestPipeline(stores, publisher.Publish, _time, NewRandom(), _logs.CreateLogger<IngestPipeline>());
        return Started(FeedHost.Start(feeds, pipeline, _logs.CreateLogger<FeedHost>()));
    }

    private void Watch(
        ServiceConfiguration? configuration, LiveSettings<AkkaCryptoSettings> live, Func<AkkaCryptoSettings, AkkaCryptoSettings> adjust)
    {
        if (configuration is not null)
        {
            Started(new Watching(configuration.Watch(live, adjust, _time, _logs.CreateLogger<ServiceConfiguration>())));
        }
    }

    private T Started<T>(T part)
        where T : IAsyncDisposable
    {
        _started.Push(part);
        return part;
    }

    // Connections are renewed now and then, so that a provider's moved address is noticed.
    private static SocketsHttpHandler NewTransport() => new()
    {
        AutomaticDecompression = System.Net.DecompressionMethods.All,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        ConnectTimeout = TimeSpan.FromSeconds(5),
        AllowAutoRedirect = false,
        UseProxy = true,
    };

    private static Random NewRandom() => new(RandomNumberGenerator.GetInt32(int.MaxValue));

    private sealed class Watching(IDisposable watcher) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            watcher.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
