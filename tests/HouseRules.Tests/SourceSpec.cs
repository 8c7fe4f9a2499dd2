using System.Text.RegularExpressions;

namespace AkkaCrypto.HouseRules.Tests;

/// <summary>What no file may contain, and what none may be without.</summary>
public sealed partial class SourceSpec
{
    private const int LongestLine = 180;

    private static IEnumerable<string> Source => Repository.Under("src", ".cs");

    [Fact]
    public void Nothing_unfinished_is_shipped() => Assert.Empty(Offenders(Source, Unfinished()));

    [Fact]
    public void No_exception_is_swallowed_and_nothing_blocks_on_a_task() => Assert.Empty(Offenders(Source, SwallowedOrBlocking()));

    [Fact]
    public void The_clock_is_taken_as_a_parameter() => Assert.Empty(Offenders(Source, DirectClock()));

    [Fact]
    public void Tests_do_not_sleep() =>
        Assert.Empty(Offenders(
            Repository.Under("tests", ".cs").Where(file => !file.EndsWith("HouseRules.Tests/SourceSpec.cs", StringComparison.Ordinal)
            && !file.EndsWith("TestKit/Bounds.cs", StringComparison.Ordinal)), Sleeps()));

    [Fact]
    public void Lines_stay_readable() => Assert.Empty(Source
        .SelectMany(file => Repository.Lines(file).Select((line, index) => (file, index, line)))
        .Where(place => place.line.Length > LongestLine && !place.line.Contains("\"\"\"", StringComparison.Ordinal))
        .Select(place => $"{place.file}:{place.index + 1} has {place.line.Length} characters"));

    [Fact]
    public void Every_source_file_has_a_user()
    {
        var text = Source.Concat(Repository.Under("tests", ".cs")).Concat(Repository.Under("bench", ".cs"))
            .ToDictionary(file => file, Repository.Read);
        var unused = Source.Where(file => TypesIn(text[file]) is { Count: > 0 } types
            && !types.Any(type => Regex.IsMatch(text[file], $@"\bstatic\b.*\({type}|\bthis\b"))
            && !types.Any(type => text.Any(other => other.Key != file && Regex.IsMatch(other.Value, $@"\b{type}\b"))));

        Assert.Empty(unused);
    }

    [Fact]
    public void Every_migration_has_a_number_of_its_own_and_no_number_is_left_out()
    {
        var numbers = Repository.Under("db", ".sql").Select(file => Path.GetFileName(file)[..4]).Order(StringComparer.Ordinal).ToList();

        Assert.Equal(Enumerable.Range(1, numbers.Count).Select(number => number.ToString("D4")), numbers);
    }

    [Fact]
    public void The_project_names_no_path_of_a_machine_it_was_made_on() =>
        Assert.Empty(Offenders(Repository.Files.Where(file => !file.StartsWith("tests/HouseRules.Tests/", StringComparison.Ordinal)
            && !file.EndsWith(".png", StringComparison.Ordinal)), MachinePath()));

    private static List<string> TypesIn(string text) =>
        [.. TypeDeclaration().Matches(text).Select(match => match.Groups["name"].Value).Where(name => name != "Program").Distinct()];

    private static List<string> Offenders(IEnumerable<string> files, Regex forbidden) =>
        [.. files.SelectMany(file => Repository.Lines(file)
            .Select((line, index) => (line, index))
            .Where(place => forbidden.IsMatch(place.line))
            .Select(place => $"{file}:{place.index + 1} {place.line.Trim()}"))];

    [GeneratedRegex(@"NotImplementedException|\bTODO\b|\bFIXME\b|\bHACK\b|[Ss]implified for|\b[Ff]or now\b|[Pp]laceholder")]
    private static partial Regex Unfinished();

    [GeneratedRegex(@"catch( \(Exception[^)]*\))? *\{ *\}|async void|\.GetAwaiter\(\)\.GetResult\(\)|\.Wait\(\)")]
    private static partial Regex SwallowedOrBlocking();

    [GeneratedRegex(@"DateTime(Offset)?\.(Utc)?Now|Thread\.Sleep|Stopwatch\.StartNew")]
    private static partial Regex DirectClock();

    [GeneratedRegex(@"Thread\.Sleep|Task\.Delay\(")]
    private static partial Regex Sleeps();

    [GeneratedRegex(@"(^|[^\w.])/(work|home/\w+|Users/\w+)/\w")]
    private static partial Regex MachinePath();

    [GeneratedRegex(@"^(public|internal)[\w\s]* (class|record|struct|interface|enum|delegate [\w<>\[\]?]+|record struct) (?<name>\w+)", RegexOptions.Multiline)]
    private static partial Regex TypeDeclaration();
}
