using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Pipeline.Feeds;

namespace AkkaCrypto.Cli.History;

/// <summary>What is to be backfilled, as far as the command line alone can tell.</summary>
/// <param name="Only">Lists that take the place of the dataset's own settings, by option.</param>
internal sealed record BackfillOptions(
    string Provider, string Dataset, DateTimeOffset From, DateTimeOffset To, IReadOnlyDictionary<string, IReadOnlyList<string>> Only)
{
    /// <summary>The options that name series, by the setting that they stand for.</summary>
    public static readonly IReadOnlyList<string> SeriesNames = ["--pair", "--asset", "--currency", "--metric", "--source", "--interval"];

    /// <exception cref="UsageException">What is missing or wrong, and what was expected.</exception>
    public static BackfillOptions Of(IReadOnlyDictionary<string, string> options, DateTimeOffset now)
    {
        var (from, to) = (Time(options, "--from"), Time(options, "--to"));
        if (from >= to)
        {
            throw new UsageException("--to must be after --from.");
        }

        if (to > now)
        {
            throw new UsageException("--to must not be in the future: what is not there yet can't be walked.");
        }

        var only = SeriesNames.Where(options.ContainsKey).ToDictionary(
            name => name, name => (IReadOnlyList<string>)options[name].Split(',', StringSplitOptions.RemoveEmptyEntries));
        return new BackfillOptions(Required(options, "--provider"), Required(options, "--dataset").Replace('-', '_'), from, to, only);
    }

    /// <summary>The dataset's settings with the given lists in the place of its own.</summary>
    public DatasetSettings Over(DatasetSettings settings) => settings with
    {
        Pairs = Only.GetValueOrDefault("--pair", settings.Pairs),
        Assets = Only.GetValueOrDefault("--asset", settings.Assets),
        Currencies = Only.GetValueOrDefault("--currency", settings.Currencies),
        Metrics = Only.GetValueOrDefault("--metric", settings.Metrics),
        Sources = Only.GetValueOrDefault("--source", settings.Sources),
        Intervals = Only.GetValueOrDefault("--interval", settings.Intervals),
    };

    /// <summary>The series that are asked for.</summary>
    /// <exception cref="UsageException">They can't be, there is none, or an option means nothing for the dataset.</exception>
    public IReadOnlyList<SeriesRequest> SeriesOf(Feed feed)
    {
        try
        {
            var series = feed.SeriesOf(Over(feed.Settings));
            if (series.Count == 0)
            {
                throw new UsageException($"{feed}: no series is asked for; name them.");
            }

            // What is asked for without an option's list is the same only where the dataset has no use for the list.
            var meant = SeriesNames.Where(name => !feed.SeriesOf(With(name, []).Over(feed.Settings)).SequenceEqual(series)).ToList();
            return Only.Keys.FirstOrDefault(name => !meant.Contains(name)) is { } idle
                ? throw new UsageException($"{idle} means nothing for {feed}: expected some of {string.Join(", ", meant)}.")
                : series;
        }
        catch (FormatException fault)
        {
            throw new UsageException(fault.Message);
        }
    }

    private BackfillOptions With(string name, IReadOnlyList<string> list) =>
        this with { Only = new Dictionary<string, IReadOnlyList<string>>(Only, StringComparer.Ordinal) { [name] = list } };

    private static DateTimeOffset Time(IReadOnlyDictionary<string, string> options, string name) =>
        OptionTime.Of(options, name) ?? throw new UsageException($"{name} is missing.");

    private static string Required(IReadOnlyDictionary<string, string> options, string name) =>
        options.TryGetValue(name, out var value) && value.Length > 0 ? value : throw new UsageException($"{name} is missing.");
}
