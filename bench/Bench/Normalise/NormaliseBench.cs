using System.Globalization;
using System.Text.Json;
using AkkaCrypto.Pipeline.Feeds;

namespace AkkaCrypto.Bench.Normalise;

/// <summary>
/// What normalising costs over looking at every token: provider bytes to records, against a bare <see cref="Utf8JsonReader"/> that walks
/// the same bytes and keeps nothing. One thread; rounds alternate, so that a disturbance of the machine meets both; the medians are
/// compared. The walk is the limit for any reader of this kind; records must be allocated besides, so 0.5 of it is a good reader.
/// </summary>
internal sealed class NormaliseBench(TimeProvider time, TextWriter output)
{
    private const int WarmingRounds = 30;
    private const int Rounds = 31;

    /// <summary>Bytes walked in each round, by repeating the replies: long enough for the clock, short enough to share one mood.</summary>
    private const long BytesOfRound = 8_000_000;

    public static async Task RunAsync(string results, TimeProvider time, TextWriter output, CancellationToken cancellationToken)
    {
        var bench = new NormaliseBench(time, output);
        var figures = new List<Figure>();
        foreach (var replies in Replies.All())
        {
            figures.Add(await bench.MeasureAsync(replies));
        }

        await Figures.WriteAsync(results, "normalise", new
        {
            ratios = figures.ToDictionary(figure => figure.Provider, figure => figure.Ratio),
            providers = figures.ToDictionary(figure => figure.Provider),
        }, cancellationToken);
    }

    private async Task<Figure> MeasureAsync(Replies replies)
    {
        var normalise = Providers.Find(replies.Provider)!.Normalisers[replies.Dataset];
        var into = new Normalised();
        var repeats = (int)Math.Max(1, BytesOfRound / replies.Bytes);
        var (walks, ours) = (new List<double>(), new List<double>());
        var allocated = 0L;
        for (var round = 0; round < WarmingRounds + Rounds; round++)
        {
            var walk = Timed(() => Repeat(repeats, () => Walk(replies)));
            var before = GC.GetAllocatedBytesForCurrentThread();
            var our = Timed(() => Repeat(repeats, () => Normalise(normalise, replies, into)));
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            if (round >= WarmingRounds)
            {
                walks.Add(walk);
                ours.Add(our);
            }
        }

        var (megabytes, records) = (repeats * replies.Bytes / 1e6, (double)repeats * replies.Records);
        var (walkMedian, ourMedian) = (Figures.Median(walks), Figures.Median(ours));
        var figure = new Figure(
            replies.Provider, replies.Dataset, Math.Round(megabytes / ourMedian, 1), Math.Round(megabytes / walkMedian, 1),
            Math.Round(records / ourMedian), Math.Round(allocated / records, 1), Math.Round(walkMedian / ourMedian, 3));
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"{figure.Provider,-12} {figure.Dataset,-13} {figure.MegabytesPerSecond,7:N1} MB/s  "
            + $"walk {figure.WalkMegabytesPerSecond,7:N1} MB/s  "
            + $"{figure.RecordsPerSecond,10:N0} records/s  {figure.BytesAllocatedPerRecord,6:N1} B/record  ratio {figure.Ratio:0.000}"));
        return figure;
    }

    private double Timed(Action action)
    {
        var start = time.GetTimestamp();
        action();
        return time.GetElapsedTime(start).TotalSeconds;
    }

    private static void Repeat(int repeats, Action action)
    {
        for (var i = 0; i < repeats; i++)
        {
            action();
        }
    }

    private static void Walk(Replies replies)
    {
        foreach (var body in replies.Bodies)
        {
            var reader = new Utf8JsonReader(body);
            while (reader.Read())
            {
                // Every token is looked at and none kept.
            }
        }
    }

    private static void Normalise(Normaliser normalise, Replies replies, Normalised into)
    {
        foreach (var body in replies.Bodies)
        {
            into.Clear();
            normalise(body, replies.Context, into);
            if (into.Records.Count != replies.RecordsEach || into.Refusals.Count > 0)
            {
                throw new InvalidOperationException(
                    $"{replies.Provider} {replies.Dataset}: {into.Records.Count} records and {into.Refusals.Count} refusals, "
                    + $"expected {replies.RecordsEach} and 0.");
            }
        }
    }

    private sealed record Figure(
        string Provider, string Dataset, double MegabytesPerSecond, double WalkMegabytesPerSecond, double RecordsPerSecond,
        double BytesAllocatedPerRecord, double Ratio);
}
