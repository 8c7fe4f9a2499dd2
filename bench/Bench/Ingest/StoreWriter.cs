using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.Pipeline.OnChain;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Pipeline.Stages;
using AkkaCrypto.Pipeline.Streams;
using Npgsql;

namespace AkkaCrypto.Bench.Ingest;

/// <summary>One feed's way to committed rows, with the pipeline's own stages: from provider bytes, or from records alone.</summary>
internal sealed class StoreWriter(NpgsqlDataSource database, TradeStore trades, PairCatalogue pairs, TimeProvider time, string pair)
{
    private const int BatchSize = 10_000; // as in reference.conf
    private const int Buffer = 64;

    private static readonly IProvider Coinone = Providers.Find("coinone")!;

    /// <summary>Normalised, buffered, gathered, followed and written as <c>IngestPipeline</c> does.</summary>
    /// <param name="replay">As a backfill: the feed's position stays.</param>
    public async Task<IngestCounts> WriteBytesAsync(IEnumerable<byte[]> replies, bool replay, CancellationToken cancellationToken)
    {
        var tracker = replay ? null : new SeriesTracker("coinone", "trades", windowSize: null, time);
        var writer = new DatasetWriter("coinone", "trades", Stores());
        var ask = new Ask(new SeriesRequest(pair, "/", "/", new ReplyContext(Pair: pair)), WholeHistory: false);
        var counts = default(IngestCounts);
        await Source.From(replies)
            .Select(body => Read(ask, new ProviderReply(body, 200, Cut: false, "GET /", time.GetUtcNow())))
            .Buffer(() => Buffer)
            .GroupedWeightedWithin(() => BatchSize, reply => reply.Weight, () => TimeSpan.FromMilliseconds(250), time)
            .SelectAsync(() => 1, (batch, stop) => WriteAsync(tracker, writer, batch, stop))
            .To(Sink.ForEach<IngestCounts>(batch => counts += batch))
            .RunAsync(cancellationToken);
        return counts;
    }

    public async Task<IngestCounts> WriteAsync(IReadOnlyList<Trade> records, CancellationToken cancellationToken)
    {
        var (counts, version) = (default(IngestCounts), 0L);
        foreach (var batch in records.Chunk(BatchSize))
        {
            var position = new FeedPosition(new SeriesKey("coinone", "trades", pair), batch[^1].Time, batch[^1].TradeId, version++);
            counts += await trades.AppendAsync(batch, time.GetUtcNow(), [new SeriesProgress(position, null)], cancellationToken);
        }

        return counts;
    }

    public static List<Trade> Read(IReadOnlyList<byte[]> replies, string pair)
    {
        var content = new Normalised();
        foreach (var reply in replies)
        {
            Coinone.Normalisers["trades"](reply, new ReplyContext(Pair: pair), content);
        }

        return [.. content.Records.Cast<Trade>()];
    }

    private static NormalisedReply Read(Ask ask, ProviderReply reply) =>
        new(ask, reply, ReplyReader.Read(Coinone.Normalisers["trades"], ask.Request.Context, reply));

    private static async Task<IngestCounts> WriteAsync(
        SeriesTracker? tracker, DatasetWriter writer, IReadOnlyList<NormalisedReply> batch, CancellationToken cancellationToken)
    {
        if (tracker is null)
        {
            return await writer.AppendAsync(batch, [], cancellationToken);
        }

        var followed = tracker.Follow(batch);
        var progress = tracker.ProgressOf(followed);
        var counts = await writer.AppendAsync(followed, progress, cancellationToken);
        tracker.Committed(progress);
        return counts;
    }

    private FeedStores Stores() => FeedStores.Over(database, pairs, time) with { Trades = trades };
}
