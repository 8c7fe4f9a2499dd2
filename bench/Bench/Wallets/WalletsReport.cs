using System.Globalization;

namespace AkkaCrypto.Bench.Wallets;

/// <summary>What was measured, and what of it is compared with what.</summary>
internal sealed class WalletsReport
{
    public const string SpreadFew = "spread, 64 callers";
    public const string PeerSpreadFew = "spread, 64 callers, lock and transaction";
    public const string SpreadMany = "spread, 2,000 callers";
    public const string PeerSpreadMany = "spread, 2,000 callers, lock and transaction";
    public const string Hot = "one wallet, 2,000 callers";
    public const string PeerHot = "one wallet, 64 callers, lock and transaction";
    public const string Transfers = "transfers, 2,000 callers";
    public const string PeerTransfers = "transfers, 2,000 callers, lock and transaction";
    public const string Http = "over HTTP, 512 connections";
    public const string PeerHttp = "over HTTP, 512 connections, lock and transaction";
    public const string HttpFew = "over HTTP, 64 connections";
    public const string PeerHttpFew = "over HTTP, 64 connections, lock and transaction";
    public const string Empty = "spread, 2,000 callers, before the fill";
    public const string Full = "spread, 2,000 callers, 20 million entries more";

    private readonly Dictionary<string, List<double>> rates = [];
    private readonly Dictionary<string, List<ProcessorTime>> costs = [];
    private readonly Dictionary<string, List<double>> slowest = [];
    private long flushes;
    private long commits;

    /// <param name="way">What was measured.</param>
    /// <param name="rate">Mutations a second.</param>
    /// <param name="cost">Of one, in microseconds: of this process, callers included, and of the servers.</param>
    /// <param name="p99">Milliseconds; null where it isn't measured.</param>
    public void Add(string way, double rate, ProcessorTime cost, double? p99 = null)
    {
        Add(rates, way, rate);
        Add(costs, way, cost);
        if (p99 is { } slow)
        {
            Add(slowest, way, slow);
        }
    }

    public void SetFlushes(long flushed, long committed) => (flushes, commits) = (flushed, committed);

    public void Clear()
    {
        rates.Clear();
        costs.Clear();
        slowest.Clear();
    }

    public async Task WriteAsync(string results, TextWriter output, CancellationToken cancellationToken)
    {
        await output.WriteLineAsync("| mutations of wallets | a second | µs here | µs in the servers |\n|---|---:|---:|---:|");
        foreach (var (way, all) in rates)
        {
            await output.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"| {way} | {Figures.Median(all):N0} | {Cost(way, cost => cost.Client)} | {Cost(way, cost => cost.Server)} |"));
        }

        var ratios = new Dictionary<string, double>
        {
            ["spread_64_callers"] = Figures.PairedRatio(rates[SpreadFew], rates[PeerSpreadFew]),
            ["spread_2000_callers"] = Figures.PairedRatio(rates[SpreadMany], rates[PeerSpreadMany]),
            ["hot_wallet"] = Figures.PairedRatio(rates[Hot], rates[PeerHot]),
            ["transfers"] = Figures.PairedRatio(rates[Transfers], rates[PeerTransfers]),
            ["http"] = Figures.PairedRatio(rates[Http], rates[PeerHttp]),
            ["http_64_connections"] = Figures.PairedRatio(rates[HttpFew], rates[PeerHttpFew]),
            // Of two waits: lower is better.
            ["http_p99"] = Figures.PairedRatio(slowest[Http], slowest[PeerHttp]),
            ["wal_flushes_per_batch"] = Math.Round((double)flushes / commits, 3),
        };
        if (rates.TryGetValue(Full, out var full))
        {
            ratios["at_20m_vs_empty"] = Math.Round(Figures.Median(full) / Figures.Median(rates[Empty]), 3);
        }

        foreach (var (name, ratio) in ratios)
        {
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"ratio {name} {ratio}"));
        }

        await Figures.WriteAsync(results, "wallets", new
        {
            processors = Environment.ProcessorCount,
            mutations_per_second = rates.ToDictionary(way => way.Key, way => Math.Round(Figures.Median(way.Value))),
            processor_microseconds_each = rates.Keys.ToDictionary(
                way => way, way => new { process = Cost(way, cost => cost.Client), servers = Cost(way, cost => cost.Server) }),
            p99_ms = slowest.ToDictionary(way => way.Key, way => Math.Round(Figures.Median(way.Value), 1)),
            lower_is_better = (string[])["http_p99", "wal_flushes_per_batch"],
            ratios,
        }, cancellationToken);
    }

    private static void Add<T>(Dictionary<string, List<T>> rounds, string way, T value)
    {
        if (!rounds.TryAdd(way, [value]))
        {
            rounds[way].Add(value);
        }
    }

    private double Cost(string way, Func<ProcessorTime, double> whose) => Math.Round(Figures.Median([.. costs[way].Select(whose)]), 1);
}
