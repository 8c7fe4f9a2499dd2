using System.Security.Cryptography;
using AkkaCrypto.Actors.Auth;
using AkkaCrypto.Api.Auth;
using AkkaCrypto.Api.Caching;
using AkkaCrypto.Api.CoinGecko;
using AkkaCrypto.Api.Internal;
using AkkaCrypto.Api.Ledger;
using AkkaCrypto.Api.Logs;
using AkkaCrypto.Api.Market;
using AkkaCrypto.Api.Ops;
using AkkaCrypto.Api.Streaming;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Hocon.Live;
using AkkaCrypto.Pipeline;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Feeds.Budgets;
using AkkaCrypto.Pipeline.History;
using AkkaCrypto.Pipeline.Market;
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
    private bool _ownsPostgres;
    private StopGrace? _grace;

    private Composition(ILoggerFactory logs, TimeProvider time) => (_logs, _time) = (logs, time);

    /// <summary>The simulator's address, where one was started.</summary>
    public Uri? Simulator { get; private set; }

    /// <summary>What each feed of this process is doing; none where it runs none.</summary>
    public Func<IReadOnlyList<FeedStatus>> Feeds { get; private set; } = static () => [];

    /// <summary>
    /// Starts everything and gives the HTTP surface, not yet listening. What was started before a failure is stopped again.
    /// </summary>
    /// <param name="configuration">Followed for edits; null where the settings were made in code.</param>
    /// <param name="logFiles">What <c>/logs/export</c> reads and each request is written to; its owner ends it, after this.</param>
    public static async Task<(Composition Composition, WebApplication App)> StartAsync(
        AkkaCryptoSettings settings, ServiceConfiguration? configuration, ILoggerFactory logs, Action<ILoggingBuilder> logging,
        TimeProvider time, CancellationToken cancellationToken, LogFiles? logFiles = null)
    {
        var composition = new Composition(logs, time);
        try
        {
            var adjust = await composition.StartServersAsync(settings, cancellationToken);
            var live = new LiveSettings<AkkaCryptoSettings>(adjust(settings));
            composition._grace = new StopGrace(() => live.Current.Http.ShutdownGrace, time);
            var parts = await composition.WireAsync(live, configuration, adjust, cancellationToken);
            composition.Started(Telemetry.Start(settings, parts));
            var app = ServiceHost.Build(live.Current, parts with { Logs = logFiles }, logging);
            composition._started.Push(app);
            composition._started.Push(new Draining(app, composition._grace));
            if (parts.Live is { } hub)
            {
                // Before the server stops, which waits for its requests.
                composition._started.Push(new Stopping(hub.Clients.Stop));
            }

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
        _grace?.Begin();
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
        _ownsPostgres = postgres.ConnectionString is null;
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
            Started(await SimulatorAddress.TellAsync(settings.DataDir, Simulator, cancellationToken));
        }

        return edited => ServiceAddresses.Put(edited, servers?.Addresses, Simulator);
    }

    private async Task<ServiceParts> WireAsync(
        LiveSettings<AkkaCryptoSettings> live, ServiceConfiguration? configuration, Func<AkkaCryptoSettings, AkkaCryptoSettings> adjust,
        CancellationToken cancellationToken)
    {
        var settings = live.Current;
        var start = new DatabaseStart(settings.Postgres.StartTimeout, _time, _logs.CreateLogger<DatabaseStart>());
        var database = await OpenDatabaseAsync(settings.Postgres, start, cancellationToken);
        var audit = new AuditLog(database, _time);
        // Before the feeds: what was paused stays paused.
        var tuning = configuration is null ? null
            : await TuneAsync(configuration, new StreamPatches(database), audit, live, adjust, start, cancellationToken);
        var redis = await ConnectAsync(settings.Redis, settings.Redis.Cache!, "cache");
        var state = await ConnectAsync(settings.Redis, settings.Redis.State!, "state");
        var shared = new RedisSharedCache(new RedisCache(redis, _logs.CreateLogger<RedisCache>()));
        var dataDir = _ownsPostgres ? settings.DataDir : null;
        var keys = Started(await start.RunAsync("the stored keys", () => StoredKeys.StartAsync(
            settings, dataDir, database, state, shared, audit, _time, _logs, cancellationToken), cancellationToken));
        var pairs = new PairCatalogue(database);
        var room = new DeadLetterRoom(database, () => live.Current.DeadLetters, _time);
        var letters = new DeadLetterStore(database, room);
        var stores = FeedStores.Over(database, pairs, _time) with { DeadLetters = letters };
        var candles = new CandleStore(database, pairs, () => live.Current.Candles, _time);
        var hub = await StartHubAsync(database, pairs, live, start, cancellationToken);
        var reads = new GuardedReads(
            new StoredReads(database, pairs, stores.Prices, stores.Charts, stores.Trades, stores.OrderBooks, stores.OnChain, candles),
            OpenGate(settings.Postgres));
        var disk = new DiskWatch(
            () => live.Current.Disk, () => DiskWatch.FreeBytesOf(settings.DataDir), _time, _logs.CreateLogger<DiskWatch>());
        var feeds = new FeedCatalogue(() => live.Current, NewTransport, _time, NewRandom(), state, () => disk.Alarm);
        var (changes, instruments) = (new SeriesChanges(), new ApiInstruments(() => feeds.UserRequests));
        Started(new Stopping(instruments.Dispose));
        var prices = new LatestPrices(shared, reads, settings.Cache.Prices, settings.MaxAge.Prices, _time, instruments);
        Started(GovernorHeartbeat.Start(feeds.Governors, _time));
        Func<IReadOnlyList<ScheduleStatus>> schedules = static () => [];
        if (settings.Node.Roles.Contains(NodeRole.Feeds))
        {
            StartUpkeep(live, database, disk);
            (Feeds, schedules) = StartFeeds(live, database, feeds, stores, prices, changes, hub);
        }

        var ledger = settings.Node.Roles.Contains(NodeRole.Wallets)
            ? Started(await LedgerHost.StartAsync(live, start, _grace!, _time, _logs, cancellationToken)).Ledger : null;
        var ingest = new ReplyIngest(feeds, stores, pairs, _time);
        var fetch = new OnDemandFetch(ingest, state, () => live.Current.OnDemand, _time);
        return new ServiceParts(reads, shared, new PipelineIntake(ingest, changes), Feeds, new StoredGaps(stores.Gaps), schedules, _time)
        {
            CoinGecko = new CoinGeckoParts(
                new StoredCoins(stores.Coins), new CoinDemand(feeds, fetch, () => live.Current.OnDemand, _time)),
            Quotas = Started(await QuotaNode.StartAsync(state, _time, _logs.CreateLogger<QuotaNode>())),
            Keys = keys.Ring, KeyDesk = keys.Desk, Tokens = FollowTokens(settings), Audit = audit,
            Changes = changes, Instruments = instruments,
            OnDemand = new OnDemand(feeds, fetch, new CandleCatchUp(database, pairs, _time), () => live.Current.OnDemand, _time),
            Governors = () => [.. feeds.Governors.Select(governor => governor.Status())],
            DeadLetters = new DeadLetters(letters, new DeadLetterReplay(stores, _time), audit, _logs.CreateLogger<DeadLetters>()),
            Ledger = ledger,
            LedgerSettings = () => live.Current.Ledger,
            Live = hub, Pairs = pairs,
            Streams = tuning is null ? null : new Streams(tuning),
        };
    }

    private async Task<StreamTuning> TuneAsync(
        ServiceConfiguration configuration, StreamPatches patches, AuditLog audit, LiveSettings<AkkaCryptoSettings> live,
        Func<AkkaCryptoSettings, AkkaCryptoSettings> adjust, DatabaseStart start, CancellationToken cancellationToken) =>
        Started(await start.RunAsync(
            "the settings of streams",
            () => StreamTuning.StartAsync(
                configuration, patches, audit, live, adjust, _time, _logs.CreateLogger<StreamTuning>(), cancellationToken),
            cancellationToken));

    private void StartUpkeep(LiveSettings<AkkaCryptoSettings> live, NpgsqlDataSource database, DiskWatch disk)
    {
        var retention = new Retention(database, () => live.Current.Retention, _time, _logs.CreateLogger<Retention>());
        Run("retention", retention.RunAsync);
        Run("disk watch", disk.RunAsync);
        Started(CandleHost.Start(
            new CandleBuilder(database, _time), () => live.Current.Candles, _time, NewRandom(), _logs.CreateLogger<CandleHost>()));
    }

    private async Task<NpgsqlDataSource> OpenDatabaseAsync(
        PostgresSettings settings, DatabaseStart start, CancellationToken cancellationToken)
    {
        var database = Started(PostgresDatabase.Build(
            new PostgresOptions(settings.ConnectionString!, settings.MaxPoolSize, settings.CommandTimeout, "akkacrypto"),
            MarketNumberTypes.UseMarketNumbers));
        var log = _logs.CreateLogger<Composition>();
        await PostgresDatabase.WaitUntilReadyAsync(database, settings.StartTimeout, _time, log, cancellationToken);
        var applied = await start.RunAsync(
            "the migrations", () => Migrations.ApplyAsync(database, Migrations.ShippedDirectory, cancellationToken), cancellationToken);
        if (applied.Count > 0)
        {
            log.LogInformation("Migrated the database: {Migrations}", string.Join(", ", applied));
        }

        return database;
    }

    /// <summary>Its own connection, for the pool may be busy with slow reads.</summary>
    private DatabaseGate OpenGate(PostgresSettings settings)
    {
        var apart = Started(PostgresDatabase.Build(
            new PostgresOptions(settings.ConnectionString!, 1, settings.CommandTimeout, "akkacrypto-watch")));
        return Started(new DatabaseGate(
            async cancellationToken =>
            {
                await using var command = apart.CreateCommand("SELECT 1");
                await command.ExecuteScalarAsync(cancellationToken);
            }, _time));
    }

    private (Func<IReadOnlyList<FeedStatus>> Feeds, Func<IReadOnlyList<ScheduleStatus>> Schedules) StartFeeds(
        LiveSettings<AkkaCryptoSettings> live, NpgsqlDataSource database, FeedCatalogue feeds, FeedStores stores, LatestPrices prices,
        SeriesChanges changes, LiveHub? hub)
    {
        var publisher = Started(new PricePublisher(prices));
        CommittedBatch publish = (feed, replies) =>
        {
            changes.Stored(feed, replies);
            publisher.Publish(feed, replies);
            hub?.Wake();
        };
        var pipeline = new IngestPipeline(stores, publish, _time, NewRandom(), _logs.CreateLogger<IngestPipeline>());
        var host = Started(FeedHost.Start(feeds, pipeline, _logs.CreateLogger<FeedHost>()));
        var upkeep = Started(HistoryUpkeep.Start(feeds, database, stores, publish, () => live.Current, _time, _logs));
        return (host.Statuses, upkeep.Schedules);
    }

    private BearerTokens? FollowTokens(AkkaCryptoSettings settings)
    {
        var tokens = BearerTokens.Of(settings.Auth.Jwt, [.. settings.Quota.Tiers.Keys], _time, _logs.CreateLogger<BearerTokens>());
        if (tokens is not null)
        {
            Run("keys of bearer tokens", tokens.FollowAsync);
        }

        return tokens;
    }

    private async Task<RedisConnection> ConnectAsync(RedisSettings settings, string connectionString, string role) =>
        Started(await RedisConnection.ConnectAsync(
            new RedisOptions(connectionString, settings.CallTimeout, role), _time, _logs.CreateLogger<RedisConnection>()));

    /// <summary>Every node keeps the log of commits; where there are clients, they follow it.</summary>
    private async Task<LiveHub?> StartHubAsync(
        NpgsqlDataSource database, PairCatalogue pairs, LiveSettings<AkkaCryptoSettings> live, DatabaseStart start,
        CancellationToken cancellationToken)
    {
        var commits = new CommitLog(database, _time);
        await start.RunAsync("the log of commits", () => commits.OpenAsync(cancellationToken), cancellationToken);
        Run("commit log", new CommitLogKeeper(
            commits, () => live.Current.Streaming, _time, _logs.CreateLogger<CommitLogKeeper>()).RunAsync);
        if (!live.Current.Node.Roles.Contains(NodeRole.Api))
        {
            return null;
        }

        var clients = new StreamClients(() => live.Current.Streaming, _time);
        return Started(await start.RunAsync(
            "the live streams",
            () => LiveHub.StartAsync(
                commits, new CommitLogReader(database, pairs), clients, () => live.Current.Streaming, _time,
                _logs.CreateLogger<LiveHub>(), cancellationToken),
            cancellationToken));
    }

    private void Watch(
        ServiceConfiguration? configuration, LiveSettings<AkkaCryptoSettings> live, Func<AkkaCryptoSettings, AkkaCryptoSettings> adjust)
    {
        if (configuration is not null)
        {
            Started(new Stopping(configuration.Watch(live, adjust, _time, _logs.CreateLogger<ServiceConfiguration>()).Dispose));
        }
    }

    private void Run(string name, Func<CancellationToken, Task> worker) =>
        Started(new Background(name, worker, _logs.CreateLogger<Background>()));

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

    /// <summary>To dispose of a server alone would cut its requests off: stopped, it takes no more and waits for them, for the
    /// grace.</summary>
    private sealed class Draining(WebApplication app, StopGrace grace) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            using var over = new CancellationTokenSource(grace.Left, TimeProvider.System);
            await app.StopAsync(over.Token);
        }
    }

    private sealed class Stopping(Action stop) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            stop();
            return ValueTask.CompletedTask;
        }
    }
}
