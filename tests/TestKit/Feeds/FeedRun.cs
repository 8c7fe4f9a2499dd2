using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Hocon.Live;
using AkkaCrypto.Pipeline;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.Pipeline.OnChain;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Pipeline.Stages;
using Npgsql;

namespace AkkaCrypto.TestKit.Feeds;

/// <summary>
/// The real graph of one feed, from its client to the database, over a scripted provider and a fake clock:
/// <code>await using var run = new FeedRun(database, "coinone", "trades", "akkacrypto.feeds.coinone.datasets.trades.pairs =
/// [btc-krw]").Start();</code>
/// </summary>
public sealed class FeedRun : IAsyncDisposable
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    private readonly string[] _settings;
    private readonly LiveSettings<AkkaCryptoSettings> _live;
    private readonly FeedCatalogue _catalogue;
    private readonly IngestPipeline _pipeline;
    private readonly ConcurrentQueue<NormalisedReply> _committed = new();
    private CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    /// <param name="settings">HOCON over hocon/reference.conf.</param>
    public FeedRun(NpgsqlDataSource database, string provider, string dataset, params string[] settings)
    {
        _settings = settings;
        _live = new LiveSettings<AkkaCryptoSettings>(TestSettings.Read(settings));
        Provider = new ScriptedProvider(Time);
        _catalogue = new FeedCatalogue(() => _live.Current, () => Provider, Time, new Random(1));
        Feed = _catalogue.Find(provider, dataset)!;
        var pairs = new PairCatalogue(database);
        Stores = new FeedStores(
            new TradeStore(database, pairs, Time), new OrderBookStore(database, pairs, Time), new PriceStore(database, Time),
            new ChartStore(database, Time), new OnChainStore(database, Time), new DeadLetterStore(database),
            new FeedPositionStore(database),
            new GapRegister(database), new CoinStores(database, Time));
        _pipeline = new IngestPipeline(Stores, Publish, Time, new Random(1), Log);
    }

    public FakeTimeProvider Time { get; } = new();

    public ScriptedProvider Provider { get; }

    public Feed Feed { get; private set; }

    public FeedStores Stores { get; }

    public RecordingLog<IngestPipeline> Log { get; } = new();

    public FeedStatus Status => Feed.Status();

    /// <summary>Every reply that was committed, in the order of the commits.</summary>
    public IReadOnlyList<NormalisedReply> Committed => [.. _committed];

    /// <summary>Called in the graph with every batch before it is recorded; throws, waits or does nothing.</summary>
    public Action<IReadOnlyList<NormalisedReply>> OnCommit { get; set; } = _ => { };

    /// <summary>Reads replies as <paramref name="normaliser"/> does instead of the provider's own.</summary>
    public FeedRun ReadBy(Func<Normaliser, Normaliser> normaliser)
    {
        var feed = Feed;
        var provider = new RewrittenProvider(Providers.Find(feed.Provider)!, feed.Dataset, normaliser);
        Feed = new Feed(provider, feed.Dataset, feed.Client, () => feed.Settings, () => feed.Stream, feed.Health);
        return this;
    }

    public FeedRun Start()
    {
        _stop = new CancellationTokenSource();
        _running = _pipeline.Of(Feed).RunAsync(_stop.Token);
        return this;
    }

    /// <summary>Cancels the graph as the end of the process does, and returns when all of it has stopped.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running.ContinueWith(static _ => { }, TaskScheduler.Default).Within("the cancelled graph stops");
        _stop.Dispose();
    }

    /// <summary>Lays HOCON over the settings in force, as an edit of the file does.</summary>
    public void Change(params string[] edits) => _live.Publish(TestSettings.Read([.. _settings, .. edits]));

    /// <summary>
    /// Lets the clock run until the condition holds, by <paramref name="step"/> (null: 100 ms) at each look. The graph runs beside it, so
    /// when something happened by this clock is good to some seconds only.
    /// </summary>
    public Task UntilAsync(Func<bool> condition, TimeSpan? step = null, [CallerArgumentExpression(nameof(condition))] string what = "") =>
        Eventually.HoldsAsync(
            () =>
            {
                Assert.False(_running.IsFaulted, _running.Exception?.ToString());
                Time.Advance(step ?? Step);
                return condition();
            },
            null, what);

    public async ValueTask DisposeAsync()
    {
        if (!_running.IsCompleted)
        {
            await StopAsync();
        }

        _catalogue.Dispose();
    }

    private void Publish(Feed feed, IReadOnlyList<NormalisedReply> replies)
    {
        OnCommit(replies);
        foreach (var reply in replies)
        {
            _committed.Enqueue(reply);
        }
    }

    private sealed class RewrittenProvider(IProvider inner, string dataset, Func<Normaliser, Normaliser> rewrite) : IProvider
    {
        public string Name => inner.Name;

        public IReadOnlyDictionary<string, Normaliser> Normalisers { get; } =
            new Dictionary<string,
            Normaliser>(inner.Normalisers, StringComparer.Ordinal) { [dataset] = rewrite(inner.Normalisers[dataset]) };

        public IReadOnlyDictionary<string, IPolledDataset> Polled => inner.Polled;

        public void Authorise(HttpRequestMessage request, string? apiKey) => inner.Authorise(request, apiKey);
    }
}
