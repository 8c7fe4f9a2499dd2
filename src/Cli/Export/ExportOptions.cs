using AkkaCrypto.Pipeline.Market;

namespace AkkaCrypto.Cli.Export;

/// <summary>Which series is exported, from when to when, as what, and where to.</summary>
/// <param name="Names">What names the series, by option.</param>
/// <param name="AsOf">As it was known then; null: as it is known now.</param>
/// <param name="File">Null: standard output.</param>
internal sealed record ExportOptions(
    string Dataset, IReadOnlyDictionary<string, string> Names, PageRequest Range, DateTimeOffset? AsOf, bool IsCsv, string? File)
{
    /// <summary>The options that name a series of each dataset; those with a value may be left out.</summary>
    public static readonly IReadOnlyDictionary<string, IReadOnlyList<(string Name, string? Default)>> Datasets =
        new SortedDictionary<string, IReadOnlyList<(string, string?)>>(StringComparer.Ordinal)
        {
            ["candles"] = [("--exchange", null), ("--pair", null), ("--interval", "1m")],
            ["market_chart"] = [("--asset", null), ("--currency", null), ("--interval", "daily")],
            ["onchain"] = [("--asset", null), ("--metric", null), ("--source", "all_exchange"), ("--interval", "day")],
            ["trades"] = [("--exchange", null), ("--pair", null)],
        };

    private static readonly IReadOnlyList<string> SeriesNames =
        [.. Datasets.Values.SelectMany(names => names).Select(name => name.Name).Distinct()];

    /// <summary>All options but the service's.</summary>
    public static readonly IReadOnlyList<string> OptionNames =
        ["--dataset", .. SeriesNames, "--from", "--to", "--as-of", "--format", "--out"];

    public string this[string name] => Names[name];

    /// <exception cref="UsageException">What is missing or wrong, and what was expected.</exception>
    public static ExportOptions Of(IReadOnlyDictionary<string, string> options)
    {
        var dataset = options.GetValueOrDefault("--dataset")?.Replace('-', '_') ?? throw new UsageException("--dataset is missing.");
        if (!Datasets.TryGetValue(dataset, out var wanted))
        {
            throw new UsageException($"--dataset {dataset}: expected one of {string.Join(", ", Datasets.Keys)}.");
        }

        if (SeriesNames.FirstOrDefault(name => options.ContainsKey(name) && !wanted.Any(of => of.Name == name)) is { } foreign)
        {
            throw new UsageException($"{foreign}: {dataset} has none; it has {string.Join(", ", wanted.Select(of => of.Name))}.");
        }

        var names = wanted.ToDictionary(
            of => of.Name, of => options.GetValueOrDefault(of.Name) ?? of.Default ?? throw new UsageException($"{of.Name} is missing."));
        CheckInterval(dataset, names.GetValueOrDefault("--interval"));
        var (from, to) = (OptionTime.Of(options, "--from"), OptionTime.Of(options, "--to"));
        if (from >= to)
        {
            throw new UsageException("--to must be after --from.");
        }

        var asOf = OptionTime.Of(options, "--as-of");
        if (asOf is not null && dataset == "trades")
        {
            throw new UsageException("--as-of: trades are never corrected.");
        }

        var format = options.GetValueOrDefault("--format", "ndjson");
        if (format is not ("ndjson" or "csv"))
        {
            throw new UsageException($"--format {format}: expected ndjson or csv.");
        }

        var range = new PageRequest(from, to, 1, null);
        return new ExportOptions(dataset, names, range, asOf, format == "csv", options.GetValueOrDefault("--out"));
    }

    private static void CheckInterval(string dataset, string? interval)
    {
        IReadOnlyList<string>? known = dataset switch
        {
            "candles" => CandleLevels.Names,
            "market_chart" => ["daily", "hourly"],
            _ => null,
        };
        if (known is not null && !known.Contains(interval!))
        {
            throw new UsageException($"--interval {interval}: expected one of {string.Join(", ", known)}.");
        }
    }
}
