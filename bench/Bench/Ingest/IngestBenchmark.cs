using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Market;

namespace AkkaCrypto.Bench.Ingest;

/// <summary>
/// Trades into the indexed table, two writers over disjoint pairs, in rounds that interleave all ways so that the machine's moods meet all
/// of them:
/// raw COPY of ready bytes (the limit), the store from records, provider bytes to rows, a replay of all those bytes, and the peer's way.
/// </summary>
internal sealed class IngestBenchmark(BenchDatabase database, TimeProvider time)
{
    private const int Writers = 2;
    private const int WarmingRounds = 2;
    private const int Rounds = 7;
    private const int TradesOfWriter = 50_000;
    private const int PeerTradesOfWriter = 6_000;

    private readonly PairCatalogue pairs = new(database.Source);
    private readonly Dictionary<string, List<double>> rates = [];

    public static async Task RunAsync(string results, TimeProvider time, CancellationToken cancellationToken)
    {
        await using var database = await BenchDatabase.CreateAsync(time, cancellationToken);
        var benchmark = new IngestBenchmark(database, time);
        for (var round = 0; round < WarmingRounds + Rounds; round++)
        {
            await benchmark.RoundAsync(round, cancellationToken);
            if (round == WarmingRounds - 1)
            {
                benchmark.rates.Clear(); // all is compiled, the connections are open
            }
        }

        await new IngestReport(benchmark.rates).WriteAsync(results, cancellationToken);
    }

    private async Task RoundAsync(int round, CancellationToken cancellationToken)
    {
        var store = new TradeStore(database.Source, pairs, time);
        string Target(string way, int writer) => $"{way}{round}w{writer}";
        string Pair(string way, int writer) => $"{Target(way, writer)}-krw";
        StoreWriter Writer(TradeStore of, string way, int writer) => new(database.Source, of, pairs, time, Pair(way, writer));
        List<byte[]>[] Replies(string way) =>
            [.. Enumerable.Range(0, Writers).Select(writer => CoinoneReplies.Generate(Target(way, writer), TradesOfWriter, writer + 1))];

        var replies = Replies("bytes");
        await MeasureAsync(IngestReport.Bytes, TradesOfWriter, writer => ExpectAsync(
            Writer(store, "bytes", writer).WriteBytesAsync(replies[writer], replay: false, cancellationToken), inserted: true));

        var records = Replies("records").Select((replies, writer) => StoreWriter.Read(replies, Pair("records", writer))).ToArray();
        await MeasureAsync(IngestReport.Records, TradesOfWriter, writer => ExpectAsync(
            Writer(store, "records", writer).WriteAsync(records[writer], cancellationToken), inserted: true));

        var encoded = new byte[Writers][];
        for (var writer = 0; writer < Writers; writer++)
        {
            var from = await pairs.GetOrCreateAsync("coinone", Pair("records", writer), cancellationToken);
            var to = await pairs.GetOrCreateAsync("coinone", Pair("copy", writer), cancellationToken);
            encoded[writer] = await RawCopy.EncodeAsync(database.Source, from, to, cancellationToken);
        }

        await MeasureAsync(IngestReport.Copy, TradesOfWriter, writer =>
            RawCopy.WriteAsync(database.Source, encoded[writer], cancellationToken));

        var imports = new (PairNumbers Numbers, List<Trade> InOrder)[Writers];
        for (var writer = 0; writer < Writers; writer++)
        {
            imports[writer] = (
                await pairs.GetOrCreateAsync("coinone", Pair("driver", writer), cancellationToken),
                [.. records[writer].OrderBy(trade => trade.TradeId, StringComparer.Ordinal)]);
        }

        await MeasureAsync(IngestReport.Driver, TradesOfWriter, writer => DriverCopy.WriteAsync(
            database.Source, imports[writer].Numbers, imports[writer].InOrder, time.GetUtcNow(), cancellationToken));

        // Another store, as after a restart: nothing remembered tells it that it has seen these replies.
        var restarted = new TradeStore(database.Source, pairs, time);
        await MeasureAsync(IngestReport.Replay, TradesOfWriter, writer => ExpectAsync(
            Writer(restarted, "bytes", writer).WriteBytesAsync(replies[writer], replay: true, cancellationToken), inserted: false));

        var numbers = new PairNumbers[Writers];
        for (var writer = 0; writer < Writers; writer++)
        {
            numbers[writer] = await pairs.GetOrCreateAsync("coinone", Pair("peer", writer), cancellationToken);
        }

        await MeasureAsync(IngestReport.MultiRow, PeerTradesOfWriter, writer => PeersWay.WriteAsync(
            database.Source, numbers[writer], records[writer][..PeerTradesOfWriter], time.GetUtcNow(), cancellationToken));
    }

    private async Task MeasureAsync(string way, int rowsOfWriter, Func<int, Task> write)
    {
        GC.Collect();
        var start = time.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(() => write(writer))));
        var rate = Writers * rowsOfWriter / time.GetElapsedTime(start).TotalSeconds;
        if (!rates.TryAdd(way, [rate]))
        {
            rates[way].Add(rate);
        }
    }

    private static async Task ExpectAsync(Task<IngestCounts> writing, bool inserted)
    {
        var counts = await writing;
        if ((inserted ? counts.Inserted : counts.Skipped) != TradesOfWriter)
        {
            throw new InvalidOperationException($"The benchmark measured something else than it says: {counts}.");
        }
    }
}
