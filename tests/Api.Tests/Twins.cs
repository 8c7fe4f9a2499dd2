using System.Collections.Concurrent;
using AkkaCrypto.Api.Caching;
using AkkaCrypto.Api.Internal;
using AkkaCrypto.Api.Market;
using AkkaCrypto.Api.Ops;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.OnChain;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.Pipeline.Ops;

namespace AkkaCrypto.Api.Tests;

/// <summary>The database's reads over lists; counts every read, and fails all of them when told to.</summary>
public sealed class MemoryReads : IMarketReads
{
    private int _reads;

    public List<AssetPrice> Prices { get; } = [];

    public Dictionary<string, List<ChartBucket>> Charts { get; } = [];

    public List<Trade> Trades { get; } = [];

    public List<OrderBook> Books { get; } = [];

    public List<Candle> Candles { get; } = [];

    /// <summary>Of the newest trade in any page of candles.</summary>
    public ProviderTime CandlesTime { get; set; } = ProviderTime.From(Clock.Start, 3);

    /// <summary>What candles were asked for last.</summary>
    public CandleQuery? Asked { get; private set; }

    /// <summary>Of every book.</summary>
    public BookState BooksState { get; set; } = BookState.Valid;

    /// <inheritdoc cref="StatedBook.ConfirmedAt"/>
    public DateTimeOffset? BooksConfirmedAt { get; set; }

    public List<OnChainPoint> Points { get; } = [];

    /// <summary>What every read throws; null: reads answer.</summary>
    public Exception? Trouble { get; set; }

    /// <summary>Reads wait for it before they answer.</summary>
    public Task Held { get; set; } = Task.CompletedTask;

    public int Reads => Volatile.Read(ref _reads);

    public async Task<IReadOnlyList<AssetPrice>> PricesAsync(
        IReadOnlyList<string> assets, IReadOnlyList<string> currencies, CancellationToken cancellationToken)
    {
        await EnterAsync();
        return [.. Prices.Where(price => assets.Contains(price.Asset) && currencies.Contains(price.Currency))];
    }

    public async Task<IReadOnlyList<ChartBucket>> ChartAsync(
        string asset, string currency, string interval, DateTimeOffset? from, DateTimeOffset? asOf, CancellationToken cancellationToken)
    {
        await EnterAsync();
        return [.. Charts.GetValueOrDefault($"{asset}/{currency}/{interval}", [])
            .Where(bucket => (from is null || bucket.Start >= from) && (asOf is null || bucket.KnownAt <= asOf))];
    }

    public async Task<IReadOnlyList<ChartBucket>> ChartPageAsync(
        string asset, string currency, string interval, DateTimeOffset? from, DateTimeOffset? asOf, int most,
        CancellationToken cancellationToken) =>
        [.. (await ChartAsync(asset, currency, interval, from, asOf, cancellationToken)).Take(most)];

    public async Task<CandlePage> CandlesAsync(CandleQuery query, PageRequest page, CancellationToken cancellationToken)
    {
        await EnterAsync();
        Asked = query;
        var candles = Candles.Where(
            candle => candle.Exchange == query.Exchange && candle.Pair == query.Pair && candle.Interval == query.Interval);
        var paged = PageOf([.. candles], candle => candle.OpenTime.UnixNanoseconds, _ => "", page);
        return new CandlePage(new Page<NormalisedRecord>([.. paged.Records], paged.Next), paged.Records.Count == 0 ? null : CandlesTime);
    }

    public async Task<Page<Trade>> TradesAsync(string exchange, string pair, PageRequest page, CancellationToken cancellationToken)
    {
        await EnterAsync();
        return PageOf([.. Trades.Where(trade => trade.Exchange == exchange && trade.Pair == pair)], trade => trade.Time.UnixNanoseconds,
            trade => trade.TradeId, page);
    }

    public async Task<StatedBook?> OrderBookAsync(
        string exchange, string pair, DateTimeOffset? at, CancellationToken cancellationToken)
    {
        await EnterAsync();
        return Books.LastOrDefault(
            book => book.Exchange == exchange && book.Pair == pair && (at is null || book.Time!.Value.ToDateTimeOffset() <= at)) is { } book
            ? new StatedBook(book, BooksState, BooksConfirmedAt)
            : null;
    }

    public async Task<bool> KnowsPairAsync(string exchange, string pair, CancellationToken cancellationToken)
    {
        await EnterAsync();
        return Trades.Any(trade => trade.Exchange == exchange && trade.Pair == pair);
    }

    public async Task<Page<OnChainPoint>> OnChainAsync(
        string asset, string metric, string source, string interval, PageRequest page, DateTimeOffset? asOf,
        CancellationToken cancellationToken)
    {
        await EnterAsync();
        return PageOf(
            [.. Points.Where(
                point => point.Asset == asset && point.Metric == metric && point.Source == source && point.Interval == interval)],
            point => point.Time.UnixNanoseconds, _ => "", page);
    }

    public Task PingAsync(CancellationToken cancellationToken) => EnterAsync();

    private async Task EnterAsync()
    {
        Interlocked.Increment(ref _reads);
        await Held;
        if (Trouble is not null)
        {
            throw Trouble;
        }
    }

    /// <summary>Forwards pages only, which is all that the routes' own tests need of a cursor.</summary>
    private static Page<T> PageOf<T>(List<T> all, Func<T, long> time, Func<T, string> id, PageRequest page)
    {
        var after = page.Cursor?.TimeNs ?? long.MinValue;
        var inRange = all.Where(record => time(record) > after && InRange(time(record), page)).ToList();
        var taken = page.From is null && page.Cursor is null ? inRange.TakeLast(page.Limit).ToList() : inRange.Take(page.Limit).ToList();
        var next = taken.Count > 0 && taken.Count < inRange.Count ? new PageCursor(true, time(taken[^1]), id(taken[^1])) : null;
        return new Page<T>(taken, next);
    }

    private static bool InRange(long timeNs, PageRequest page)
    {
        var time = DateTimeOffset.UnixEpoch.AddTicks(timeNs / 100);
        return (page.From is null || time >= page.From) && (page.To is null || time < page.To);
    }
}

public sealed class MemoryCache : ISharedCache
{
    private int _reads;

    public ConcurrentDictionary<string, byte[]> Values { get; } = new();

    public ConcurrentDictionary<string, TimeSpan> TimesToLive { get; } = new();

    public bool IsAnswering { get; set; } = true;

    public Task<byte[]?> GetAsync(string key)
    {
        Interlocked.Increment(ref _reads);
        return Task.FromResult(IsAnswering ? Values.GetValueOrDefault(key) : null);
    }

    public Task<byte[]?[]> GetAllAsync(IReadOnlyList<string> keys) => Task.WhenAll(keys.Select(GetAsync));

    public int Reads => Volatile.Read(ref _reads);

    public Task SetAsync(string key, ReadOnlyMemory<byte> value, TimeSpan timeToLive)
    {
        if (IsAnswering)
        {
            Values[key] = value.ToArray();
            TimesToLive[key] = timeToLive;
        }

        return Task.CompletedTask;
    }
}

/// <summary>The gap register over a list.</summary>
public sealed class MemoryGaps : IGapReads
{
    private readonly List<RegisteredGap> _gaps = [];

    /// <summary>Adds one more open gap of Coinone's trades, or one in another state.</summary>
    public void Add(long id, GapState state = GapState.Open, string pair = "btc-krw") => _gaps.Add(new RegisteredGap(
        id,
        new Gap(
            new SeriesKey("coinone", "trades", pair), ProviderTime.From(Clock.Start, 3), "a",
            ProviderTime.From(Clock.Start.AddMinutes(5), 3), "b", "window passed", Clock.Start),
        state, 2, Clock.Start, Clock.Start.AddHours(1), state == GapState.Filled ? Clock.Start : null, "no answer"));

    public Task<IReadOnlyList<RegisteredGap>> ListAsync(
        GapFilter filter, long after, int limit, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<RegisteredGap>>(
            [.. _gaps.Where(gap => gap.Id > after && (filter.State is { } state ? gap.State == state : gap.State != GapState.Filled)
                && (filter.Series ?? gap.Interval.Series.Series) == gap.Interval.Series.Series).Take(limit)]);
}

/// <summary>Answers every reply with what the test set, and keeps what it was given.</summary>
public sealed class ScriptedIntake : IReplyIntake
{
    public ReplyIngestResult Result { get; set; } = new(new PairNumbers(1, 2), new IngestCounts(200, 199, 1, 0, 0, 0), null);

    public ConcurrentQueue<(string Dataset, string Pair, int Bytes)> Taken { get; } = new();

    public Task<ReplyIngestResult> IngestAsync(
        string dataset, ReplyContext context, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        Taken.Enqueue((dataset, context.Pair!, body.Length));
        return Task.FromResult(Result);
    }

    public Task<ReplyIngestResult> FetchAsync(string dataset, string pair, CancellationToken cancellationToken)
    {
        Taken.Enqueue((dataset, pair, -1));
        return Task.FromResult(Result);
    }
}
