using System.Globalization;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Ops;

namespace AkkaCrypto.Cli.DeadLetters;

/// <summary>What the verbs of dead letters take: one letter by its id, or a filter.</summary>
/// <param name="Id">The letter of <c>akkacrypto dead-letters show 4711</c>.</param>
/// <param name="Limit">Most letters; null: the verb's own default.</param>
/// <param name="Save">A file for the payload.</param>
/// <param name="Service">The options of <see cref="ServiceConnection"/>.</param>
internal sealed record LetterOptions(
    long? Id, DeadLetterFilter Filter, int? Limit, string? Save, IReadOnlyDictionary<string, string> Service)
{
    public const string FilterHelp =
        """
          --provider NAME   --dataset NAME   --series NAME   --code CODE   --state open|replayed
          --from TIME       last seen at or after it; ISO 8601 or Unix seconds
          --to TIME         last seen before it
        """;

    private const string FormerCode = "--reason";

    private static readonly string[] FilterNames =
        ["--provider", "--dataset", "--series", "--code", FormerCode, "--state", "--from", "--to", "--limit"];

    /// <exception cref="UsageException">Anything is not as the help says.</exception>
    public static LetterOptions Parse(IReadOnlyList<string> arguments, params IReadOnlyList<string> more)
    {
        var hasId = arguments is [var first, ..] && !first.StartsWith("--", StringComparison.Ordinal);
        var options = Options.Parse(
            hasId ? [.. arguments.Skip(1)] : arguments, [.. FilterNames, .. more, .. ServiceConnection.OptionNames]);
        var filter = new DeadLetterFilter(
            options.GetValueOrDefault("--provider"), options.GetValueOrDefault("--dataset"), options.GetValueOrDefault("--series"),
            Code(options), State(options.GetValueOrDefault("--state")), Time(options, "--from"),
            Time(options, "--to"));
        if (hasId && filter != DeadLetterFilter.Any)
        {
            throw new UsageException("Give either the id of one letter or a filter.");
        }

        return new LetterOptions(
            hasId ? ReadId(arguments[0]) : null, filter, ReadLimit(options), options.GetValueOrDefault("--save"),
            options.Where(option => ServiceConnection.OptionNames.Contains(option.Key)).ToDictionary(StringComparer.Ordinal));
    }

    /// <exception cref="UsageException">Neither a letter nor a filter was given.</exception>
    public LetterOptions Required() => Id is not null || Filter != DeadLetterFilter.Any
        ? this
        : throw new UsageException("Which letters? Give the id of one, or at least one of the filter's options.");

    private static string? Code(IReadOnlyDictionary<string, string> options)
    {
        var (code, former) = (options.GetValueOrDefault("--code"), options.GetValueOrDefault(FormerCode));
        return code is not null && former is not null && code != former
            ? throw new UsageException($"{FormerCode} is the former name of --code, and says something else: give --code alone.")
            : code ?? former;
    }

    private static long ReadId(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
        ? id
        : throw new UsageException($"'{text}' is not the id of a letter, expected a whole number.");

    private static bool? State(string? text) => text switch
    {
        null => null,
        "open" => false,
        "replayed" => true,
        _ => throw new UsageException($"--state {text}: expected open or replayed."),
    };

    private static int? ReadLimit(IReadOnlyDictionary<string, string> options) =>
        !options.TryGetValue("--limit", out var text) ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit > 0 ? limit
        : throw new UsageException($"--limit {text}: expected a whole number from 1.");

    private static DateTimeOffset? Time(IReadOnlyDictionary<string, string> options, string name) =>
        !options.TryGetValue(name, out var text) ? null
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds <= uint.MaxValue
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
        : ProviderTime.TryParseIso(text, out var time) ? time.ToDateTimeOffset()
        : throw new UsageException($"{name} {text}: expected ISO 8601 such as 2026-01-31T12:00:00Z, or Unix seconds.");
}
