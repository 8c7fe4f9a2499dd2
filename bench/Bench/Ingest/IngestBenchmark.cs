using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Pipeline;
using AkkaCrypto.Pipeline.Market;
using Microsoft.Extensions.Logging.Abstractions;

namespace AkkaCrypto.Bench.Ingest;

/// <summary>
/// Trades into the indexed table, two writers over disjoint pairs, in rounds that interleave all ways so that the machine's moods meet all
/// of them:
/// raw COPY of ready bytes (the limit), the store from records, provider bytes to rows, a replay of all those bytes, and the peer's way.
/// </summary>
internal sealed class IngestBenchmark(BenchDatabase database, TimeProvider time)
{
    private const int Writers = 2;
    private const int TradesOfWriter = 100_000;
    private const int PeerTradesOfWriter = 10_000;
    private const int TableRounds = 4;
    private const int RowsOfFullTable = 20_000_000;
    private const int PairsOfFullTable = 20;

    private readonly PairCatalogue pairs = new(database.Source);
    private readonly Dictionary<string, List<double>> rates = [];
    private readonly Dictionary<string, List<ProcessorTime>> costs = [];
    private readonly Dictionary<int, PairNumbers> samples = [];

    public static async Task RunAsync(string results, IngestPlan plan, TimeProvider time, CancellationToken cancellationToken)
    {
        await using var database = await BenchDatabase.CreateAsync(time, cancellationToken);

        // As in the service: what the trades touch is recomputed behind the writers, on the same two processors.
        var candles = new CandleSettings(Every: TimeSpan.FromSeconds(1), Share: 0.25, Grace: TimeSpan.FromSeconds(10));
        await using var host = CandleHost.Start(
            new CandleBuilder(database.Source, time), () => candles, time, new Random(1), NullLogger<CandleHost>.Instance);
        var benchmark = new IngestBenchmark(database, time);
        for (var round = 0; round < plan.WarmingRounds + plan.Rounds; round++)
        {
            await benchmark.RoundAsync(round, cancellationToken);
            if (round == plan.WarmingRounds - 1)
            {
                benchmark.costs.Clear();
                benchmark.rates.Clear(); // all is compiled, the connections are open
            }
        }

        if (plan.FullTable)
        {
            await benchmark.FullTableAsync(cancellationToken);
        }

        await new IngestReport(benchmark.rates, benchmark.costs).WriteAsync(results, cancellationToken);
    }

    /// <summary>The pipeline's rate at an empty table, at one of 20 million rows, and at an empty one again, so that a drift of the machine
    /// meets both.</summary>
    private async Task FullTableAsync(CancellationToken cancellationToken)
    {
        await MeasureTableAsync(IngestReport.Empty, 1000, truncate: true, cancellationToken);
        await FillAsync(cancellationToken);
        await MeasureTableAsync(IngestReport.Full, 2000, truncate: false, cancellationToken);
        await MeasureTableAsync(IngestReport.Empty, 3000, truncate: true, cancellationToken);
    }

    private async Task MeasureTableAsync(string name, int firstRound, bool truncate, CancellationToken cancellationToken)
    {
        for (var round = firstRound; round < firstRound + TableRounds; round++)
        {
            if (truncate)
            {
                await ExecuteAsync("TRUNCATE market.trades", cancellationToken);
            }

            var prepared = await PrepareAsync(round, cancellationToken);
            await MeasureAsync(name, TradesOfWriter, writer => ExpectAsync(
                prepared.WriterOf(prepared.Store, "bytes", writer).WriteBytesAsync(prepared.Replies[writer], replay: false, cancellationToken),
                inserted: true));
        }
    }

    /// <summary>Older trades of twenty other pairs, by the server itself.</summary>
    private async Task FillAsync(CancellationToken cancellationToken)
    {
        var pair = 0;
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(async _ =>
        {
            for (var mine = Interlocked.Increment(ref pair); mine <= PairsOfFullTable; mine = Interlocked.Increment(ref pair))
            {
                await ExecuteAsync(
                    $"""
                    INSERT INTO market.trades
                        (time_ns, received_at, currency_pair_no, exchange_id, taker_side, time_digits, trade_id, price, quantity)
                    SELECT (1735689600000 + n * 20) * 1000000, now(), 1000000 + {mine}, 1, 1 + n % 2, 3, (1735689600000 + n * 20) || '001',
                        50000000 + n % 2000, 0.12345678 FROM generate_series(1, {RowsOfFullTable / PairsOfFullTable}) n
                    """, cancellationToken);
            }
        }));
        // What the filling left to do would come in the midst of what is measured.
        await ExecuteAsync("VACUUM (ANALYZE) market.trades", cancellationToken);
        await ExecuteAsync("CHECKPOINT", cancellationToken);
    }

    private async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        await using var command = database.Source.CreateCommand(sql);
        command.CommandTimeout = 600;
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The ways that are compared with each other take turns at being first, so that no way always meets what another left to
    /// do.</summary>
    private async Task RoundAsync(int round, CancellationToken cancellationToken)
    {
        var prepared = await PrepareAsync(round, cancellationToken);
        var ways = new (string Name, Func<int, Task> Write)[]
        {
            (IngestReport.Bytes, writer => ExpectAsync(
                prepared.WriterOf(prepared.Store, "bytes", writer).WriteBytesAsync(prepared.Replies[writer], replay: false, cancellationToken),
                inserted: true)),
            (IngestReport.Copy, writer => RawCopy.WriteAsync(database.Source, prepared.Encoded[writer], cancellationToken)),
            (IngestReport.Records, writer => ExpectAsync(
                prepared.WriterOf(prepared.Store, "records", writer).WriteAsync(prepared.Records[writer], cancellationToken),
                inserted: true)),
            (IngestReport.Driver, writer => DriverCopy.WriteAsync(
                database.Source, prepared.Imports[writer].Numbers, prepared.Imports[writer].InOrder, time.GetUtcNow(), cancellationToken)),
        };
        for (var turn = 0; turn < ways.Length; turn++)
        {
            var (name, write) = ways[(turn + round) % ways.Length];
            await MeasureAsync(name, TradesOfWriter, write);
        }

        // Another store, as after a restart: nothing remembered tells it that it has seen these replies.
        var restarted = new TradeStore(database.Source, pairs, time);
        await MeasureAsync(IngestReport.Replay, TradesOfWriter, writer => ExpectAsync(
            prepared.WriterOf(restarted, "bytes", writer).WriteBytesAsync(prepared.Replies[writer], replay: true, cancellationToken),
            inserted: false));
        await MeasureAsync(IngestReport.MultiRow, PeerTradesOfWriter, writer => PeersWay.WriteAsync(
            database.Source, prepared.Peers[writer], prepared.Records[writer][..PeerTradesOfWriter], time.GetUtcNow(), cancellationToken));
    }

    /// <summary>Everything that a round writes, each way under pairs of its own; nothing of this is measured.</summary>
    private async Task<Prepared> PrepareAsync(int round, CancellationToken cancellationToken)
    {
        string Target(string way, int writer) => $"{way}{round}w{writer}";
        string Pair(string way, int writer) => $"{Target(way, writer)}-krw";
        Task<PairNumbers> NumbersAsync(string way, int writer) => pairs.GetOrCreateAsync("coinone", Pair(way, writer), cancellationToken);
        List<byte[]> Replies(string way, int writer) => CoinoneReplies.Generate(Target(way, writer), TradesOfWriter, writer + 1);
        StoreWriter WriterOf(TradeStore store, string way, int writer) => new(database.Source, store, pairs, time, Pair(way, writer));

        var prepared = new Prepared(new TradeStore(database.Source, pairs, time), WriterOf);
        for (var writer = 0; writer < Writers; writer++)
        {
            var records = StoreWriter.Read(Replies("records", writer), Pair("records", writer));
            prepared.Replies.Add(Replies("bytes", writer));
            prepared.Records.Add(records);
            prepared.Imports.Add((
                await NumbersAsync("driver", writer), [.. records.OrderBy(trade => trade.TradeId, StringComparer.Ordinal)]));
            prepared.Peers.Add(await NumbersAsync("peer", writer));
            samples.TryAdd(writer, await SampleAsync(records, writer, cancellationToken));
            prepared.Encoded.Add(await RawCopy.EncodeAsync(
                database.Source, samples[writer], await NumbersAsync("copy", writer), cancellationToken));
        }

        return prepared;
    }

    /// <summary>The first round's records, stored once, as what COPY's own bytes are read from.</summary>
    private async Task<PairNumbers> SampleAsync(List<Trade> records, int writer, CancellationToken cancellationToken)
    {
        if (samples.TryGetValue(writer, out var stored))
        {
            return stored;
        }

        var numbers = await pairs.GetOrCreateAsync("coinone", $"sample{writer}-krw", cancellationToken);
        var inOrder = records.OrderBy(trade => trade.TradeId, StringComparer.Ordinal).ToList();
        await DriverCopy.WriteAsync(database.Source, numbers, inOrder, time.GetUtcNow(), cancellationToken);
        return numbers;
    }

    private sealed record Prepared(TradeStore Store, Func<TradeStore, string, int, StoreWriter> WriterOf)
    {
        public List<List<byte[]>> Replies { get; } = [];

        public List<List<Trade>> Records { get; } = [];

        public List<byte[]> Encoded { get; } = [];

        public List<(PairNumbers Numbers, List<Trade> InOrder)> Imports { get; } = [];

        public List<PairNumbers> Peers { get; } = [];
    }

    private async Task MeasureAsync(string way, int rowsOfWriter, Func<int, Task> write)
    {
        GC.Collect();
        var (start, before) = (time.GetTimestamp(), ProcessorTime.Now());
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(() => write(writer))));
        var (elapsed, used) = (time.GetElapsedTime(start), ProcessorTime.Now() - before);
        var rows = Writers * rowsOfWriter;
        Add(rates, way, rows / elapsed.TotalSeconds);
        Add(costs, way, used.Per(rows));
    }

    private static void Add<T>(Dictionary<string, List<T>> rounds, string way, T figure)
    {
        if (!rounds.TryAdd(way, [figure]))
        {
            rounds[way].Add(figure);
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
