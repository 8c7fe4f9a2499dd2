using System.Globalization;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.OnChain;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.Pipeline.OnChain;
using AkkaCrypto.Pipeline.Ops;
using Npgsql;

namespace AkkaCrypto.Pipeline.Stages;

/// <summary>All stores that feeds write to.</summary>
public sealed record FeedStores(
    TradeStore Trades, OrderBookStore OrderBooks, PriceStore Prices, ChartStore Charts, OnChainStore OnChain, DeadLetterStore DeadLetters,
    FeedPositionStore Positions, GapRegister Gaps, ProviderCandleStore Candles, TickerStore Tickers, CoinStores Coins)
{
    /// <summary>All of them over one database.</summary>
    public static FeedStores Over(NpgsqlDataSource database, PairCatalogue pairs, TimeProvider time) => new(
        new TradeStore(database, pairs, time), new OrderBookStore(database, pairs, time), new PriceStore(database, time),
        new ChartStore(database, time), new OnChainStore(database, time), new DeadLetterStore(database), new FeedPositionStore(database),
        new GapRegister(database), new ProviderCandleStore(database, pairs, time), new TickerStore(database, pairs, time),
        new CoinStores(database, time));
}

/// <summary>
/// Knows where one dataset's replies are stored: what could not be read in the dead letters, the records with their progress in the
/// dataset's own store. Keeps no state.
/// </summary>
/// <param name="replayedAt">For replies that came long ago and are stored at this time: where they meet a value of a revisable series that
/// became known after they came, that value stays. Null: they have just come.</param>
public sealed class DatasetWriter(string provider, string dataset, FeedStores stores, DateTimeOffset? replayedAt = null)
{
    /// <summary>The datasets that have a store, by the name that feeds know them by.</summary>
    public static readonly IReadOnlySet<string> Stored = new HashSet<string>(StringComparer.Ordinal)
    {
        "trades", "orderbook", "simple_price", "market_chart", "onchain", "candles", "ticker",
        "coins_list", "coins_markets", "global", "ohlc", "currencies", "recent_chart", "coin_details", "coin_history", "coin_search",
    };

    /// <summary>
    /// Keeps what of the replies could not be read, each reply whole. The provider's own errors are no letters: they say that there was no
    /// data, and count as the feed's last error.
    /// </summary>
    public Task KeepLettersAsync(IReadOnlyList<NormalisedReply> replies, CancellationToken cancellationToken) =>
        stores.DeadLetters.KeepAsync([.. replies.Where(reply => reply.Unreadable > 0).Select(LetterOf)], cancellationToken);

    /// <summary>Keeps one reply whole that was read, but that the database refused.</summary>
    public Task SetAsideAsync(NormalisedReply reply, string reason, CancellationToken cancellationToken) => stores.DeadLetters.KeepAsync(
        [LetterOf(reply, new Refusal(RefusalCode.InvalidField, $"The database refused it: {reason}"))], cancellationToken);

    /// <summary>
    /// The replies as they are committed together: all in one transaction, but for charts, whose store takes one interval at a time, and
    /// that is the request's, not the records'.
    /// </summary>
    public IEnumerable<IReadOnlyList<NormalisedReply>> ByTransaction(IReadOnlyList<NormalisedReply> replies) => dataset == "market_chart"
        ? replies.GroupBy(reply => reply.Request.Context.Interval, StringComparer.Ordinal).Select(group => group.ToList())
        : [replies];

    /// <summary>Writes the replies' records and their series' progress in one transaction.</summary>
    /// <returns>What became of each record; what could not be read counts as rejected.</returns>
    /// <exception cref="PositionMovedException">Another writer moved a series on first; nothing was written.</exception>
    public async Task<IngestCounts> AppendAsync(
        IReadOnlyList<NormalisedReply> replies, IReadOnlyList<SeriesProgress> progress, CancellationToken cancellationToken)
    {
        var counts = await AppendRecordsAsync(replies, progress, cancellationToken).ConfigureAwait(false);
        var unreadable = replies.Sum(reply => reply.Unreadable);
        return counts with { Attempted = counts.Attempted + unreadable, Rejected = counts.Rejected + unreadable };
    }

    private Task<IngestCounts> AppendRecordsAsync(
        IReadOnlyList<NormalisedReply> replies, IReadOnlyList<SeriesProgress> progress, CancellationToken cancellationToken)
    {
        // The last needn't have come last: what is pushed waits for the REST reply that shows what came before it.
        var receivedAt = replies.Max(reply => reply.Reply.ReceivedAt);
        DateTimeOffset? seenAt = replayedAt is null ? null : receivedAt;
        return dataset switch
        {
            "trades" => stores.Trades.AppendAsync(RecordsOf<Trade>(replies), receivedAt, progress, cancellationToken),
            "orderbook" => stores.OrderBooks.AppendAsync(RecordsOf<OrderBook>(replies), receivedAt, progress, cancellationToken),
            "simple_price" => stores.Prices.AppendAsync(RecordsOf<AssetPrice>(replies), receivedAt, progress, cancellationToken),
            "market_chart" or "recent_chart" => stores.Charts.AppendAsync(
                replies[0].Request.Context.Interval!, RecordsOf<ChartPoint>(replies), replayedAt ?? receivedAt, progress, cancellationToken,
                seenAt),
            "onchain" => stores.OnChain.AppendAsync(
                RecordsOf<OnChainPoint>(replies), replayedAt ?? receivedAt, progress, cancellationToken, seenAt),
            "candles" => stores.Candles.AppendAsync(
                RecordsOf<Candle>(replies), replayedAt ?? receivedAt, progress, cancellationToken, seenAt),
            "ticker" => stores.Tickers.AppendAsync(RecordsOf<Ticker>(replies), receivedAt, progress, cancellationToken),
            "coins_list" => stores.Coins.Listed.AppendAsync(RecordsOf<AssetListing>(replies), receivedAt, progress, cancellationToken),
            "coins_markets" => stores.Coins.Markets.AppendAsync(RecordsOf<AssetPrice>(replies), receivedAt, progress, cancellationToken),
            "global" => stores.Coins.Global.AppendAsync(RecordsOf<GlobalMarket>(replies), receivedAt, progress, cancellationToken),
            "currencies" => stores.Coins.Currencies.AppendAsync(
                RecordsOf<AssetListing>(replies), receivedAt, progress, cancellationToken),
            "coin_details" or "coin_history" or "coin_search" => stores.Coins.Documents.AppendAsync(
                RecordsOf<CoinDocument>(replies), receivedAt, progress, cancellationToken),
            "ohlc" => stores.Coins.Ohlc.AppendAsync(
                [.. replies.SelectMany(AssetCandles)], replayedAt ?? receivedAt, progress, cancellationToken, seenAt),
            _ => throw new ArgumentOutOfRangeException(nameof(dataset), dataset, $"Only {string.Join(", ", Stored)} have a store."),
        };
    }

    /// <summary>A candle does not say its asset and currency: the request does.</summary>
    private static IEnumerable<AssetCandle> AssetCandles(NormalisedReply reply) => reply.Content.Records.OfType<Candle>()
        .Select(candle => new AssetCandle(reply.Request.Context.Asset!, reply.Request.Context.Currency!, candle));

    private DeadLetter LetterOf(NormalisedReply reply)
    {
        var refusals = reply.Content.Refusals.Where(refusal => !refusal.IsProviderError).ToList();
        var more = refusals.Count == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $" (and {refusals.Count - 1} more)");
        return LetterOf(reply, refusals[0] with { Message = refusals[0].Message + more });
    }

    private DeadLetter LetterOf(NormalisedReply reply, Refusal refusal) => new(
        new SeriesKey(provider, dataset, reply.Request.Series), reply.Reply.Origin, refusal, reply.Reply.Body, reply.Reply.ReceivedAt)
    {
        Context = reply.Request.Context,
    };

    private static List<T> RecordsOf<T>(IReadOnlyList<NormalisedReply> replies)
        where T : NormalisedRecord
    {
        var records = new List<T>(replies.Sum(reply => reply.Content.Records.Count));
        foreach (var reply in replies)
        {
            foreach (var record in reply.Content.Records)
            {
                if (record is T taken)
                {
                    records.Add(taken);
                }
            }
        }

        return records;
    }
}
