using System.Globalization;
using AkkaCrypto.Bench.Ingest;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Pipeline;
using AkkaCrypto.Pipeline.Market;
using Microsoft.Extensions.Logging.Abstractions;

namespace AkkaCrypto.Bench.Memory;

/// <summary>
/// A day of five million trades through the pipeline's own stages, two writers over disjoint pairs, as fast as the database takes them,
/// with candles recomputed behind them: the largest working set of the process meanwhile, which must stay under 300 MB. Replies are made
/// when they are asked for, as bodies come from a provider, and the garbage collector is set as in the service. The database's own memory
/// is not this process's.
/// </summary>
internal sealed class MemoryBench(TimeProvider time)
{
    private const int Writers = 2;
    private const int Trades = 5_000_000;
    private const int QuickTrades = 500_000;
    private const double Megabyte = 1_000_000;
    private const double MostMegabytes = 300;

    private static readonly TimeSpan SampleEvery = TimeSpan.FromMilliseconds(50);

    private long largest;

    public static async Task RunAsync(string results, bool isQuick, TimeProvider time, CancellationToken cancellationToken)
    {
        await using var database = await BenchDatabase.CreateAsync(time, cancellationToken);
        var candles = new CandleSettings(Every: TimeSpan.FromSeconds(1), Share: 0.25, Grace: TimeSpan.FromSeconds(10));
        await using var host = CandleHost.Start(
            new CandleBuilder(database.Source, time), () => candles, time, new Random(1), NullLogger<CandleHost>.Instance);
        var bench = new MemoryBench(time);
        var (trades, before) = (isQuick ? QuickTrades : Trades, Environment.WorkingSet / Megabyte);
        var start = time.GetTimestamp();
        var inserted = await bench.WatchedAsync(stop => WriteAsync(database, trades / Writers, time, stop), cancellationToken);
        var elapsed = time.GetElapsedTime(start);
        if (inserted != trades)
        {
            throw new InvalidOperationException($"The benchmark measured something else than it says: {inserted} of {trades} trades.");
        }

        var peak = Math.Round(bench.largest / Megabyte, 1);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{trades:N0} trades in {elapsed.TotalSeconds:0.0} s: working set {before:0} MB before, at most {peak:0} MB; "
            + $"{GC.CollectionCount(0)}, {GC.CollectionCount(1)} and {GC.CollectionCount(2)} collections of the three generations"));
        await Figures.WriteAsync(results, "memory", new
        {
            ratios = new { peak_vs_300_mb = Math.Round(peak / MostMegabytes, 3) },
            trades,
            seconds = Math.Round(elapsed.TotalSeconds, 1),
            working_set_mb_before = Math.Round(before, 1),
            working_set_mb_at_most = peak,
        }, cancellationToken);
    }

    private static async Task<long> WriteAsync(BenchDatabase database, int tradesOfWriter, TimeProvider time, CancellationToken cancellationToken)
    {
        var pairs = new PairCatalogue(database.Source);
        var store = new TradeStore(database.Source, pairs, time);
        var counts = await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(
            () => new StoreWriter(database.Source, store, pairs, time, $"day{writer}-krw").WriteBytesAsync(
                CoinoneReplies.Stream($"day{writer}", tradesOfWriter, writer + 1), replay: false, cancellationToken))));
        return counts.Sum(of => of.Inserted);
    }

    private async Task<long> WatchedAsync(Func<CancellationToken, Task<long>> work, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(SampleEvery, time);
        var working = work(cancellationToken);
        do
        {
            largest = Math.Max(largest, Environment.WorkingSet);
        }
        while (!working.IsCompleted && await timer.WaitForNextTickAsync(cancellationToken));

        return await working;
    }
}
