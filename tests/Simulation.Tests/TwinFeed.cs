using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.Pipeline.OnChain;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Pipeline.Stages;
using AkkaCrypto.Simulator;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Feeds;
using AkkaCrypto.TestKit.Servers;
using Npgsql;

namespace AkkaCrypto.Simulation.Tests;

/// <summary>A provider's twin over real HTTP, the feeds that ask it, and a database: all on one fake clock.</summary>
internal sealed class TwinFeed : IAsyncDisposable
{
    public const long Seed = 20_260_101;

    public static readonly DateTimeOffset Start = new(2026, 3, 14, 15, 9, 26, 535, TimeSpan.Zero);

    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(60) };
    private readonly NpgsqlDataSource _database;
    private readonly string _base;

    private TwinFeed(SimulatorServer server, FakeTimeProvider time, NpgsqlDataSource database, string baseUrl)
    {
        (Server, Time, _database, _base) = (server, time, database, baseUrl);
        var pairs = new PairCatalogue(database);
        Stores = FeedStores.Over(database, pairs, time);
    }

    public SimulatorServer Server { get; }

    public FakeTimeProvider Time { get; }

    public FeedStores Stores { get; }

    /// <param name="path">Of the provider's API below the simulator's address.</param>
    public static async Task<TwinFeed> StartAsync(string path, string connectionString)
    {
        var time = new FakeTimeProvider(Start);
        var server = await SimulatorServer.StartAsync(new SimulatorOptions(Seed), time);
        return new TwinFeed(server, time, TestDatabase.Open(connectionString), server.Address.ToString().TrimEnd('/') + path);
    }

    /// <summary>Runs the real graph of one feed until the condition holds; the clock goes on meanwhile.</summary>
    public async Task<FeedStatus> RunAsync(string provider, string dataset, Func<FeedStatus, bool> until, params string[] settings)
    {
        var read = TestSettings.Read([$"akkacrypto.feeds.{provider}.base-url = \"{_base}\"", .. settings]);
        using var catalogue = new FeedCatalogue(() => read, () => new SocketsHttpHandler(), Time, new Random(1));
        var feed = catalogue.Find(provider, dataset)!;
        var pipeline = new IngestPipeline(Stores, (_, _) => { }, Time, new Random(1), new RecordingLog<IngestPipeline>());
        using var stop = new CancellationTokenSource();
        var running = pipeline.Of(feed).RunAsync(stop.Token);
        await Eventually.HoldsAsync(
            () =>
            {
                Assert.False(running.IsFaulted, running.Exception?.ToString());
                Time.Advance(Step);
                return until(feed.Status());
            },
            null, $"{feed} has come so far; it is {feed.Status()}");
        await stop.CancelAsync();
        await running.ContinueWith(static _ => { }, TaskScheduler.Default).Within("the cancelled graph stops");
        return feed.Status();
    }

    /// <summary>Walks a series' past page by page, as the feed's history says, and gives every record of every page.</summary>
    public async Task<List<NormalisedRecord>> WalkAsync(
        string provider, string dataset, string series, DateTimeOffset from, DateTimeOffset to, params string[] settings)
    {
        var feed = Providers.Find(provider)!;
        var polled = feed.Polled[dataset];
        var datasets = TestSettings.Read(settings).Feeds[provider].Datasets;
        var configured = datasets.GetValueOrDefault(dataset.Replace('_', '-')) ?? datasets["trades"];
        var range = new HistoryRange(polled.Series(configured).Single(request => request.Series == series), from, to);
        var all = new List<NormalisedRecord>();
        for (var page = polled.History!.First(range); page is not null;)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, _base + page.Path);
            feed.Authorise(request, "key");
            using var response = await _http.SendAsync(request);
            var body = await response.Content.ReadAsByteArrayAsync();
            var read = ReplyReader.Read(
                feed.Normalisers[dataset], page.Context,
                new ProviderReply(body, (int)response.StatusCode, false, page.Path, Time.GetUtcNow()));
            Assert.True(read.Refusals.Count == 0, $"{page.Path}: {read.Refusals.FirstOrDefault()}");
            all.AddRange(read.Records);
            page = polled.History.Next(range, page, read.Records);
            Time.Advance(TimeSpan.FromSeconds(1)); // the twin's own limit
        }

        return all;
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _database.DisposeAsync();
        await Server.DisposeAsync();
    }
}
