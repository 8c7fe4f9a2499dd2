using AkkaCrypto.Api.Caching;
using AkkaCrypto.Api.CoinGecko;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Api.Internal;
using AkkaCrypto.Api.Market;
using AkkaCrypto.Api.Ops;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.OnChain;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.Pipeline.Ops;

namespace AkkaCrypto.Bench.Reads;

/// <summary>A market of prices and charts that are always new. What else could be read is refused.</summary>
public sealed class FixedMarket : IMarketReads, ICoinReads, ISharedCache, IReplyIntake, IGapReads
{
    private const string PricesOnly = "This benchmark reads prices and charts only.";

    /// <summary>90 days of hours.</summary>
    private const int ChartPoints = 2160;

    /// <param name="shared">Null: a cache that keeps nothing.</param>
    public static ServiceParts Parts(ISharedCache? shared = null)
    {
        var market = new FixedMarket();
        return new ServiceParts(market, shared ?? market, market, static () => [], market, static () => [], TimeProvider.System)
        {
            CoinGecko = new CoinGeckoParts(
                market, new CoinDemand(null, null, static () => throw new NotSupportedException(PricesOnly), TimeProvider.System)),
        };
    }

    public bool IsAnswering => true;

    public Task<IReadOnlyList<RegisteredGap>> ListAsync(
        GapFilter filter, long after, int limit, CancellationToken cancellationToken) => throw new NotSupportedException(PricesOnly);

    public Task<IReadOnlyList<AssetPrice>> PricesAsync(
        IReadOnlyList<string> assets, IReadOnlyList<string> currencies, CancellationToken cancellationToken)
    {
        var time = ProviderTime.From(TimeProvider.System.GetUtcNow(), 0);
        return Task.FromResult<IReadOnlyList<AssetPrice>>(
            [.. from asset in assets from currency in currencies select new AssetPrice(
                asset, currency, 97000.12345678m, null, null, null, time)]);
    }

    public Task<IReadOnlyList<AssetListing>> ListedAsync() => Task.FromResult<IReadOnlyList<AssetListing>>(
        [new AssetListing("bitcoin", "btc", "Bitcoin"), new AssetListing("ethereum", "eth", "Ethereum")]);

    public Task<IReadOnlyList<string>> CurrenciesAsync() => Task.FromResult<IReadOnlyList<string>>(["usd", "krw"]);

    public Task<IReadOnlyList<AssetPrice>> MarketsAsync(string currency, IReadOnlyList<string>? assets) =>
        Task.FromResult<IReadOnlyList<AssetPrice>>([]);

    public Task<IReadOnlyList<AssetPrice>> MarketPricesAsync(IReadOnlyList<string> assets, IReadOnlyList<string> currencies) =>
        Task.FromResult<IReadOnlyList<AssetPrice>>([]);

    public Task<IReadOnlyList<OhlcPoint>> OhlcAsync(string asset, string currency, string interval, DateTimeOffset from) =>
        throw new NotSupportedException(PricesOnly);

    public Task<IReadOnlyList<GlobalMarket>> GlobalAsync() => throw new NotSupportedException(PricesOnly);

    public Task<StoredDocument?> DocumentAsync(string dataset, string name) => throw new NotSupportedException(PricesOnly);

    public Task<byte[]?> GetAsync(string key) => Task.FromResult<byte[]?>(null);

    public Task<byte[]?[]> GetAllAsync(IReadOnlyList<string> keys) => Task.FromResult(new byte[]?[keys.Count]);

    public Task SetAsync(string key, ReadOnlyMemory<byte> value, TimeSpan timeToLive) => Task.CompletedTask;

    public Task PingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<IReadOnlyList<ChartBucket>> ChartAsync(
        string asset, string currency, string interval, DateTimeOffset? from, DateTimeOffset? asOf, CancellationToken cancellationToken)
    {
        var now = TimeProvider.System.GetUtcNow();
        var current = new DateTimeOffset(now.UtcTicks / TimeSpan.TicksPerHour * TimeSpan.TicksPerHour, TimeSpan.Zero);
        return Task.FromResult<IReadOnlyList<ChartBucket>>([.. Enumerable.Range(0, ChartPoints).Select(i => new ChartBucket(
            current.AddHours(i + 1 - ChartPoints), 97000.12345678m + i, 1_921_000_000_000.25m + i, 45_000_000_000.5m + i, now))]);
    }

    public Task<IReadOnlyList<ChartBucket>> ChartPageAsync(
        string asset, string currency, string interval, DateTimeOffset? from, DateTimeOffset? asOf, int most,
        CancellationToken cancellationToken) => throw new NotSupportedException(PricesOnly);

    public Task<Page<Trade>> TradesAsync(string exchange, string pair, PageRequest page, CancellationToken cancellationToken) =>
        throw new NotSupportedException(PricesOnly);

    public Task<CandlePage> CandlesAsync(CandleQuery query, PageRequest page, CancellationToken cancellationToken) =>
        throw new NotSupportedException(PricesOnly);

    public Task<StatedBook?> OrderBookAsync(string exchange, string pair, DateTimeOffset? at, CancellationToken cancellationToken) =>
        throw new NotSupportedException(PricesOnly);

    public Task<bool> KnowsPairAsync(string exchange, string pair, CancellationToken cancellationToken) =>
        throw new NotSupportedException(PricesOnly);

    public Task<Page<OnChainPoint>> OnChainAsync(
        string asset, string metric, string source, string interval, PageRequest page, DateTimeOffset? asOf,
        CancellationToken cancellationToken) =>
        throw new NotSupportedException(PricesOnly);

    public Task<ReplyIngestResult> IngestAsync(
        string dataset, ReplyContext context, ReadOnlyMemory<byte> body, CancellationToken cancellationToken) =>
        throw new NotSupportedException(PricesOnly);

    public Task<ReplyIngestResult> FetchAsync(string dataset, string pair, CancellationToken cancellationToken) =>
        throw new NotSupportedException(PricesOnly);
}
