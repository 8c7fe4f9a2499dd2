using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.OnChain;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.Pipeline.OnChain;
using AkkaCrypto.TestKit.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StackExchange.Redis;

namespace AkkaCrypto.Api.Tests.Real;

/// <summary>
/// The whole service as it is composed for production, in this process: real PostgreSQL (a migrated database of its own), real Redis, real
/// Kestrel; only the clock is the test's, and no feeds run, so that every row is of the test's own making.
/// </summary>
public sealed class RealHost : IAsyncDisposable
{
    public const int MaxBody = 1 << 20;

    /// <summary>Of all hosts, so that none makes one in a data folder.</summary>
    private static readonly string SigningKey = MakeSigningKey();

    private readonly Composition _composition;
    private readonly IConnectionMultiplexer _redis;
    private (string Postgres, string Redis) _servers;

    private RealHost(Composition composition, WebApplication app, NpgsqlDataSource database, IConnectionMultiplexer redis, Clock clock)
    {
        (_composition, Database, _redis, Clock) = (composition, database, redis, clock);
        Client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri(app.Urls.Single()) };
        var pairs = new PairCatalogue(database);
        Prices = new PriceStore(database, clock);
        Charts = new ChartStore(database, clock);
        Trades = new TradeStore(database, pairs, clock);
        Books = new OrderBookStore(database, pairs, clock);
        Points = new OnChainStore(database, clock);
    }

    public HttpClient Client { get; }

    public Clock Clock { get; }

    /// <summary>Where the settings switched one on.</summary>
    public Uri? Simulator => _composition.Simulator;

    /// <summary>A way to the database of the test's own.</summary>
    public NpgsqlDataSource Database { get; }

    public IDatabase Redis => _redis.GetDatabase();

    public PriceStore Prices { get; }

    public ChartStore Charts { get; }

    public TradeStore Trades { get; }

    public OrderBookStore Books { get; }

    public OnChainStore Points { get; }

    /// <param name="change">Of the settings, where the service's own connection strings stand already.</param>
    /// <param name="beside">A host whose database and Redis this one shares, as another node or as the next start.</param>
    public static async Task<RealHost> StartAsync(
        ServerFixture servers, Func<AkkaCryptoSettings, AkkaCryptoSettings>? change = null, RealHost? beside = null)
    {
        var clock = beside?.Clock ?? new Clock();
        var (postgres, cache) = beside?._servers ?? (await servers.NewDatabaseAsync(), await servers.NewRedisCacheAsync());
        var settings = TestSettings.Create();
        settings = settings with
        {
            Node = new NodeSettings([NodeRole.Api]),
            OnDemand = settings.OnDemand with { Enabled = false },
            Http = settings.Http with { MaxBodyBytes = MaxBody, MaxConcurrentRequests = 1000, MaxConcurrentReads = 1000 },
            Ledger = settings.Ledger with { SigningKey = SigningKey },
            Postgres = settings.Postgres with { ConnectionString = postgres },
            Redis = settings.Redis with { Cache = cache, State = cache },
        };
        var (composition, app) = await Composition.StartAsync(
            change?.Invoke(settings) ?? settings, null, NullLoggerFactory.Instance, static _ => { }, clock, CancellationToken.None);
        await app.StartAsync();
        return new RealHost(composition, app, TestDatabase.Open(postgres), await ConnectionMultiplexer.ConnectAsync(cache), clock)
        {
            _servers = (postgres, cache),
        };
    }

    private static string MakeSigningKey()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return key.ExportPkcs8PrivateKeyPem();
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _composition.DisposeAsync();
        await Database.DisposeAsync();
        await _redis.CloseAsync(allowCommandsToComplete: false);
    }

    public Task<HttpResponseMessage> GetAsync(string path) => SendAsync(HttpMethod.Get, path, TestSettings.UserKey);

    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string key, HttpContent? content = null)
    {
        var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Content = content };
        request.Headers.Add("X-API-Key", key);
        return Client.SendAsync(request);
    }

    /// <summary>The body of a 200.</summary>
    public async Task<string> ReadAsync(string path)
    {
        using var response = await GetAsync(path);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"{path}: {(int)response.StatusCode} {text}");
        return text;
    }

    /// <summary>The answer of <c>POST /internal-api/coinone-worker/public/{dataset}</c> for a pair such as <c>btc-krw</c>.</summary>
    public Task<HttpResponseMessage> PostAsync(string dataset, string pair, string body)
    {
        var (target, quote) = (pair.Split('-')[0], pair.Split('-')[1]);
        return SendAsync(
            HttpMethod.Post, $"/internal-api/coinone-worker/public/{dataset}?quote={quote}&target={target}", TestSettings.AdminKey,
            ApiHost.Json(body));
    }

    /// <summary>The counts of a 200, as <c>attempted/inserted/skipped/differing/rejected</c>.</summary>
    public async Task<string> IngestAsync(string dataset, string pair, string body)
    {
        using var response = await PostAsync(dataset, pair, body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"{(int)response.StatusCode} {text}");
        var json = JsonDocument.Parse(text).RootElement;
        return string.Join('/', ((string[])["attempted", "inserted", "skipped", "differing", "rejected"])
            .Select(name => json.GetProperty(name).GetInt32()));
    }

    public async Task<T> ScalarAsync<T>(string sql, params object[] values)
    {
        await using var command = Database.CreateCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        return (T)(await command.ExecuteScalarAsync() ?? throw new InvalidOperationException($"No row: {sql}"));
    }

    /// <summary>How many rows each table of the service holds, as one text.</summary>
    public Task<string> RowsAsync() => ScalarAsync<string>(
        """
        SELECT concat_ws(' ', (SELECT count(*) FROM market.exchanges), (SELECT count(*) FROM market.currency_pairs),
            (SELECT count(*) FROM market.trades), (SELECT count(*) FROM market.order_book_snapshots),
            (SELECT count(*) FROM market.order_book_levels), (SELECT count(*) FROM market.simple_prices),
            (SELECT count(*) FROM market.chart_points), (SELECT count(*) FROM onchain.points), (SELECT count(*) FROM ops.dead_letters),
            (SELECT count(*) FROM ops.gaps), (SELECT count(*) FROM ops.feed_positions))
        """);

    public Task AddPriceAsync(string asset, string currency, decimal? price, decimal? marketCap = null, decimal? volume = null) =>
        Prices.AppendAsync(
        [new AssetPrice(asset, currency, price, marketCap, volume, -1.25m, ProviderTime.From(Clock.GetUtcNow(), 3))], Clock.GetUtcNow(), [],
        CancellationToken.None);

    public Task AddTradesAsync(params (string Id, TimeSpan Before)[] trades) => Trades.AppendAsync(
        [.. trades.Select(trade => new Trade(
            "coinone", "btc-krw", trade.Id, 140_000_000m, 0.00000001m, TakerSide.Buy, ProviderTime.From(Clock.Start - trade.Before, 3)))],
        Clock.GetUtcNow(), [], CancellationToken.None);

    public Task AddPointsAsync(params (DateTimeOffset Time, decimal? Value)[] points) => Points.AppendAsync(
        [.. points.Select(point => new OnChainPoint(
            "bitcoin", "exchange_netflow", "all_exchange", "day", ProviderTime.From(point.Time, 0), point.Value))],
        Clock.GetUtcNow(), [], CancellationToken.None);

    public Task AddChartAsync(string interval, params (DateTimeOffset Time, decimal? Price)[] points) => Charts.AppendAsync(
        interval, [.. points.Select(point => new ChartPoint("bitcoin", "usd", ProviderTime.From(point.Time, 3), point.Price, null, 5.10m))],
        Clock.GetUtcNow(), [], CancellationToken.None);
}

[CollectionDefinition(ServerFixture.Collection)]
public sealed class RealServers : ICollectionFixture<ServerFixture>;
