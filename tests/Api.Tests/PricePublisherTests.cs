using AkkaCrypto.Api.Caching;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Api.Market;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Pipeline.Stages;
using AkkaCrypto.TestKit;

namespace AkkaCrypto.Api.Tests;

/// <summary>The branch of the newest prices: it conflates, it goes only forwards, and it never holds the durable branch back.</summary>
public sealed class PricePublisherTests : IAsyncDisposable
{
    private static readonly IProvider CoinGecko = Providers.Find("coingecko")!;
    private static readonly AkkaCryptoSettings Settings = TestSettings.Create();
    private readonly GatedCache _cache = new();
    private readonly ProviderClient _client;
    private readonly PricePublisher _publisher;

    public PricePublisherTests()
    {
        var timeToLive = new CacheTtlSettings(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1), TimeSpan.Zero, TimeSpan.Zero);
        _publisher = new PricePublisher(
            new LatestPrices(_cache, new MemoryReads(), timeToLive, TimeSpan.FromMinutes(5), TimeProvider.System, new ApiInstruments()));
        _client = new ProviderClient(
            CoinGecko, () => Settings.Feeds["coingecko"], new SocketsHttpHandler(), TimeProvider.System, new Random(1));
    }

    public async ValueTask DisposeAsync()
    {
        _cache.Gate.TrySetResult();
        await _publisher.DisposeAsync();
        _client.Dispose();
    }

    [Fact]
    public async Task Committed_prices_are_in_the_cache()
    {
        _cache.Gate.SetResult();
        Publish(Price("bitcoin", 100, second: 1), Price("ethereum", 5, second: 1));
        await _publisher.DisposeAsync();

        Assert.Equal([100m, 5m], [Cached("bitcoin"), Cached("ethereum")]);
    }

    [Fact]
    public async Task While_the_cache_stands_still_commits_go_on_at_once_and_only_the_newest_price_of_each_waits()
    {
        // Returns from every call although nothing is taken: were the durable branch held back, this loop would not end.
        for (var second = 1; second <= 10_000; second++)
        {
            Publish(Price("bitcoin", second, second));
        }

        _cache.Gate.SetResult();
        await _publisher.DisposeAsync();

        Assert.InRange(_cache.Writes, 1, 200);
    }

    [Fact]
    public async Task A_slow_cache_gets_the_newest_price_when_it_answers()
    {
        Publish(Price("bitcoin", 1, second: 1));
        await _cache.Entered.Task.Within("the cache is written to");
        for (var second = 2; second <= 50; second++)
        {
            Publish(Price("bitcoin", second, second));
        }

        _cache.Gate.SetResult();
        await _publisher.DisposeAsync();

        Assert.Equal(50m, Cached("bitcoin"));
        Assert.InRange(_cache.Writes, 2, 49);
    }

    [Fact]
    public async Task A_late_price_never_takes_the_cache_back()
    {
        _cache.Gate.SetResult();
        Publish(Price("bitcoin", 100, second: 10));
        await _cache.Entered.Task.Within("the cache is written to");
        Publish(Price("bitcoin", 90, second: 9));
        await _publisher.DisposeAsync();

        Assert.Equal(100m, Cached("bitcoin"));
        Assert.Equal(1, _cache.Writes);
    }

    [Fact]
    public async Task Other_datasets_and_prices_without_time_or_value_are_not_published()
    {
        _cache.Gate.SetResult();
        Publish("market_chart", Price("bitcoin", 100, second: 1));
        Publish(Price("ethereum", 5, second: 1) with { Time = null }, Price("ripple", 5, second: 1) with { Price = null });
        await _publisher.DisposeAsync();

        Assert.Empty(_cache.Values);
    }

    private void Publish(params AssetPrice[] prices) => Publish("simple_price", prices);

    private void Publish(string dataset, params AssetPrice[] prices)
    {
        var feed = new Feed(
            CoinGecko, dataset, _client, () => Settings.Feeds["coingecko"].Datasets["simple-price"], () => Settings.StreamDefaults,
            new FeedHealth("coingecko", dataset, null, TimeProvider.System));
        var content = new Normalised();
        content.Records.AddRange(prices);
        var ask = new Ask(new SeriesRequest("all", "/", "/", new ReplyContext()), WholeHistory: false);
        var reply = new ProviderReply(default, 200, Cut: false, "GET /", DateTimeOffset.UnixEpoch);
        _publisher.Publish(feed, [new NormalisedReply(ask, reply, content)]);
    }

    private MarketNumber? Cached(string asset) => PriceText.Decode(_cache.Values[PriceText.Key(asset, "usd")], asset, "usd")!.Price;

    private static AssetPrice Price(string asset, decimal price, int second) =>
        new(asset, "usd", price, null, null, null, ProviderTime.FromUnixSeconds(second));

    /// <summary>Takes nothing until its gate opens.</summary>
    private sealed class GatedCache : ISharedCache
    {
        private readonly Lock _lock = new();
        private int _writes;

        public TaskCompletionSource Gate { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Entered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Dictionary<string, byte[]> Values { get; } = [];

        public int Writes => Volatile.Read(ref _writes);

        public bool IsAnswering => true;

        public Task<byte[]?> GetAsync(string key) => Task.FromResult(Values.GetValueOrDefault(key));

        public Task<byte[]?[]> GetAllAsync(IReadOnlyList<string> keys) => Task.WhenAll(keys.Select(GetAsync));

        public async Task SetAsync(string key, ReadOnlyMemory<byte> value, TimeSpan timeToLive)
        {
            Entered.TrySetResult();
            await Gate.Task;
            lock (_lock)
            {
                _writes++;
                Values[key] = value.ToArray();
            }
        }
    }
}
