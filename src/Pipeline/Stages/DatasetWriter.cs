using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.OnChain;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.Pipeline.OnChain;
using AkkaCrypto.Pipeline.Ops;

namespace AkkaCrypto.Pipeline.Stages;

/// <summary>All stores that feeds write to.</summary>
public sealed record FeedStores(
    TradeStore Trades, OrderBookStore OrderBooks, PriceStore Prices, ChartStore Charts, OnChainStore OnChain, DeadLetterStore DeadLetters,
    FeedPositionStore Positions, GapRegister Gaps);

/// <summary>
/// Writes gathered replies of one feed: refusals to the dead letters, then records and progress to the dataset's own store. One batch at a time,
/// for it knows each series' position as of the last commit.
/// </summary>
public sealed class DatasetWriter(string provider, string dataset, FeedStores stores)
{
    /// <summary>The datasets that have a store, by the name that feeds know them by.</summary>
    public static readonly IReadOnlySet<string> Stored =
        new HashSet<string>(StringComparer.Ordinal) { "trades", "orderbook", "simple_price", "market_chart", "onchain" };

    private readonly Dictionary<string, long> _versions = new(StringComparer.Ordinal);

    /// <summary>Starts from what is committed.</summary>
    public void Reset(IEnumerable<FeedPosition> committed)
    {
        _versions.Clear();
        foreach (var position in committed)
        {
            _versions[position.Series.Series] = position.Version;
        }
    }

    public async Task<IngestCounts> WriteAsync(IReadOnlyList<NormalisedReply> replies, CancellationToken cancellationToken)
    {
        var letters = replies.Select(LetterOf).OfType<DeadLetter>().ToList();
        if (letters.Count > 0)
        {
            await stores.DeadLetters.KeepAsync(letters, cancellationToken).ConfigureAwait(false);
        }

        var counts = default(IngestCounts);
        foreach (var group in ByTransaction(replies))
        {
            var progress = ProgressOf(group);
            counts += await AppendAsync(group, progress, cancellationToken).ConfigureAwait(false);
            foreach (var moved in progress.Select(step => step.Position).OfType<FeedPosition>())
            {
                _versions[moved.Series.Series] = moved.Version + 1;
            }
        }

        var refused = replies.Sum(reply => reply.Content.Refusals.Count(refusal => !refusal.IsProviderError));
        return counts with { Attempted = counts.Attempted + refused, Rejected = counts.Rejected + refused };
    }

    // One transaction for all, but for charts: the store takes one interval at a time, and that is the request's, not the records'.
    private IEnumerable<IReadOnlyList<NormalisedReply>> ByTransaction(IReadOnlyList<NormalisedReply> replies) => dataset == "market_chart"
        ? replies.GroupBy(reply => reply.Request.Context.Interval, StringComparer.Ordinal).Select(group => group.ToList())
        : [replies];

    private Task<IngestCounts> AppendAsync(
        IReadOnlyList<NormalisedReply> replies, IReadOnlyList<SeriesProgress> progress, CancellationToken cancellationToken)
    {
        var receivedAt = replies[^1].Reply.ReceivedAt;
        return dataset switch
        {
            "trades" => stores.Trades.AppendAsync(RecordsOf<Trade>(replies), receivedAt, progress, cancellationToken),
            "orderbook" => stores.OrderBooks.AppendAsync(RecordsOf<OrderBook>(replies), receivedAt, progress, cancellationToken),
            "simple_price" => stores.Prices.AppendAsync(RecordsOf<AssetPrice>(replies), receivedAt, progress, cancellationToken),
            "market_chart" => stores.Charts.AppendAsync(
                replies[0].Request.Context.Interval!, RecordsOf<ChartPoint>(replies), receivedAt, progress, cancellationToken),
            "onchain" => stores.OnChain.AppendAsync(RecordsOf<OnChainPoint>(replies), receivedAt, progress, cancellationToken),
            _ => throw new ArgumentOutOfRangeException(nameof(dataset), dataset, $"Only {string.Join(", ", Stored)} have a store."),
        };
    }

    // Several replies of one series may meet in a batch: its position moves once, to the furthest, and every gap is kept.
    private List<SeriesProgress> ProgressOf(IReadOnlyList<NormalisedReply> replies)
    {
        var progress = replies.Where(reply => reply.Missed is not null).Select(reply => new SeriesProgress(null, reply.Missed)).ToList();
        foreach (var series in replies.Where(reply => reply.Furthest is not null).GroupBy(reply => reply.Request.Series, StringComparer.Ordinal))
        {
            var furthest = series.Max(reply => reply.Furthest!.Value);
            var key = new SeriesKey(provider, dataset, series.Key);
            progress.Add(new SeriesProgress(new FeedPosition(key, furthest.Time, furthest.Id, _versions.GetValueOrDefault(series.Key)), null));
        }

        return progress;
    }

    // The provider's own errors are no letters: they say that there was no data, and count as the feed's last error.
    private DeadLetter? LetterOf(NormalisedReply reply)
    {
        var refusals = reply.Content.Refusals.Where(refusal => !refusal.IsProviderError).ToList();
        if (refusals.Count == 0)
        {
            return null;
        }

        var first = refusals[0] with { Message = refusals.Count == 1 ? refusals[0].Message : $"{refusals[0].Message} (and {refusals.Count - 1} more)" };
        return new DeadLetter(
            new SeriesKey(provider, dataset, reply.Request.Series), reply.Reply.Origin, first, reply.Reply.Body, reply.Reply.ReceivedAt);
    }

    private static List<T> RecordsOf<T>(IReadOnlyList<NormalisedReply> replies)
        where T : NormalisedRecord
    {
        var records = new List<T>(replies.Sum(reply => reply.Content.Records.Count));
        foreach (var reply in replies)
        {
            records.AddRange(reply.Content.Records.OfType<T>());
        }

        return records;
    }
}
