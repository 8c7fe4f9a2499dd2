using System.Globalization;

namespace AkkaCrypto.Bench.Ingest;

/// <summary>The medians of all rounds, as a table and as <c>bench/results/ingest.json</c>.</summary>
internal sealed class IngestReport(
    IReadOnlyDictionary<string, List<double>> rates, IReadOnlyDictionary<string, List<ProcessorTime>> costs)
{
    public const string Copy = "raw COPY of ready bytes (the limit)";
    public const string Driver = "one COPY by the driver, from records";
    public const string Records = "store, from records";
    public const string Bytes = "store, from provider bytes";
    public const string Replay = "store, replay of those bytes";
    public const string Empty = "store, from provider bytes, empty table";
    public const string Full = "the same at 20 million rows";
    public const string MultiRow = "multi-row INSERT of 200 (peer's way)";

    public async Task WriteAsync(string folder, CancellationToken cancellationToken)
    {
        var ratios = new Dictionary<string, double>
        {
            ["pipeline_vs_copy"] = Ratio(Bytes, Copy),
            ["pipeline_vs_driver_copy"] = Ratio(Bytes, Driver),
            ["records_vs_copy"] = Ratio(Records, Copy),
            ["pipeline_vs_multirow_insert"] = Ratio(Bytes, MultiRow),
            ["replay_vs_fresh"] = Ratio(Replay, Bytes),
        };
        if (rates.TryGetValue(Full, out var full))
        {
            ratios["at_20m_vs_empty"] = Math.Round(Figures.Median(full) / Figures.Median(rates[Empty]), 3);
        }

        foreach (var (way, all) in rates)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{way,-40} {Figures.Median(all),10:N0} rows/s   (rounds {all.Min():N0}–{all.Max():N0})   processor time a row: "
                + $"client {Cost(way, of => of.Client):0.00} µs, server {Cost(way, of => of.Server):0.00} µs"));
        }

        foreach (var (name, ratio) in ratios)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-40} {ratio,10:0.00}"));
        }

        var result = new
        {
            ratios,
            rows_per_second = rates.ToDictionary(way => way.Key, way => Math.Round(Figures.Median(way.Value))),
            processor_microseconds_per_row = rates.ToDictionary(
                way => way.Key, way => new { client = Cost(way.Key, of => of.Client), server = Cost(way.Key, of => of.Server) }),
        };
        await Figures.WriteAsync(folder, "ingest", result, cancellationToken);
    }

    private double Cost(string way, Func<ProcessorTime, double> whose) => Math.Round(Figures.Median([.. costs[way].Select(whose)]), 2);

    private double Ratio(string way, string against) => Figures.PairedRatio(rates[way], rates[against]);
}
