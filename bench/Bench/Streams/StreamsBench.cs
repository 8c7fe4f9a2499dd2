using System.Globalization;
using System.Threading.Tasks.Dataflow;
using AkkaCrypto.Pipeline.Streams;

namespace AkkaCrypto.Bench.Streams;

/// <summary>
/// What a boundary costs for each element: four stages that each do next to nothing, with three asynchronous boundaries between them,
/// against the same graph of TPL Dataflow blocks with the same bounds. Rounds alternate; the medians are compared.
/// </summary>
internal sealed class StreamsBench(TimeProvider time)
{
    private const int Elements = 300_000;
    private const int BufferSize = 256;
    private const int WarmingRounds = 5;
    private const int Rounds = 15;

    /// <summary>Each of the three mapping stages adds one.</summary>
    private const long ExpectedSum = ((long)Elements * (Elements - 1) / 2) + (3L * Elements);

    public static async Task RunAsync(string results, TimeProvider time, TextWriter output, CancellationToken cancellationToken)
    {
        var bench = new StreamsBench(time);
        var (ours, dataflow) = (new List<double>(), new List<double>());
        for (var round = 0; round < WarmingRounds + Rounds; round++)
        {
            var our = await bench.RateAsync(() => OursAsync(cancellationToken));
            var their = await bench.RateAsync(() => DataflowAsync(cancellationToken));
            if (round >= WarmingRounds)
            {
                ours.Add(our);
                dataflow.Add(their);
            }
        }

        var ratio = Figures.PairedRatio(ours, dataflow);
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"""
            four stages, three boundaries of {BufferSize}
            streams        {Figures.Median(ours),12:N0} elements/s   (rounds {ours.Min():N0} – {ours.Max():N0})
            TPL Dataflow   {Figures.Median(dataflow),12:N0} elements/s   (rounds {dataflow.Min():N0} – {dataflow.Max():N0})
            vs_dataflow    {ratio,12:0.000}
            """));
        await Figures.WriteAsync(results, "streams", new
        {
            ratios = new { vs_dataflow = ratio },
            elements_per_second = new { streams = Math.Round(Figures.Median(ours)), dataflow = Math.Round(Figures.Median(dataflow)) },
        }, cancellationToken);
    }

    private async Task<double> RateAsync(Func<Task<long>> run)
    {
        GC.Collect();
        var start = time.GetTimestamp();
        var sum = await run();
        var rate = Elements / time.GetElapsedTime(start).TotalSeconds;
        return sum == ExpectedSum ? rate
            : throw new InvalidOperationException($"Elements were lost or doubled: sum {sum}, expected {ExpectedSum}.");
    }

    private static async Task<long> OursAsync(CancellationToken cancellationToken)
    {
        var sum = 0L;
        await Source.From(Enumerable.Range(0, Elements))
            .Select(AddOne).Buffer(BufferSize, OverflowStrategy.Backpressure)
            .Select(AddOne).Buffer(BufferSize, OverflowStrategy.Backpressure)
            .Select(AddOne).Buffer(BufferSize, OverflowStrategy.Backpressure)
            .To(Sink.ForEach<int>(element => sum += element))
            .RunAsync(cancellationToken);
        return sum;
    }

    private static async Task<long> DataflowAsync(CancellationToken cancellationToken)
    {
        var sum = 0L;
        var bounded = new ExecutionDataflowBlockOptions
        {
            BoundedCapacity = BufferSize, SingleProducerConstrained = true, CancellationToken = cancellationToken,
        };
        var first = new TransformBlock<int, int>(AddOne, bounded);
        var second = new TransformBlock<int, int>(AddOne, bounded);
        var third = new TransformBlock<int, int>(AddOne, bounded);
        var last = new ActionBlock<int>(element => sum += element, bounded);
        var passingOn = new DataflowLinkOptions { PropagateCompletion = true };
        using var one = first.LinkTo(second, passingOn);
        using var two = second.LinkTo(third, passingOn);
        using var three = third.LinkTo(last, passingOn);
        for (var element = 0; element < Elements; element++)
        {
            if (!first.Post(element))
            {
                await first.SendAsync(element, cancellationToken);
            }
        }

        first.Complete();
        await last.Completion;
        return sum;
    }

    private static int AddOne(int element) => element + 1;
}
