using System.Text.RegularExpressions;

namespace AkkaCrypto.HouseRules.Tests;

/// <summary>What no file may contain, and what none may be without.</summary>
public sealed partial class SourceSpec
{
    private static IEnumerable<string> Source => Repository.Under("src", ".cs");

    [Fact]
    public void Nothing_unfinished_is_shipped() => Rule.NobodyBreaks(Offenders(Source, Unfinished()));

    [Fact]
    public void No_exception_is_swallowed_and_nothing_blocks_on_a_task() => Rule.NobodyBreaks(Offenders(Source, SwallowedOrBlocking()));

    [Fact]
    public void The_clock_is_taken_as_a_parameter() => Rule.NobodyBreaks(Offenders(Source, DirectClock()));

    [Fact]
    public void Tests_do_not_sleep() =>
        Rule.NobodyBreaks(Offenders(
            Repository.Under("tests", ".cs").Where(file => !file.EndsWith("HouseRules.Tests/SourceSpec.cs", StringComparison.Ordinal)
            && !file.EndsWith("TestKit/Bounds.cs", StringComparison.Ordinal)), Sleeps()));

    [Fact]
    public void Every_migration_has_a_number_of_its_own_and_no_number_is_left_out()
    {
        var numbers = Repository.Under("db", ".sql").Select(file => Path.GetFileName(file)[..4]).Order(StringComparer.Ordinal).ToList();

        Assert.Equal(Enumerable.Range(1, numbers.Count).Select(number => number.ToString("D4")), numbers);
    }

    [Fact]
    public void The_project_names_no_path_of_a_machine_it_was_made_on() =>
        Rule.NobodyBreaks(Offenders(Repository.Files.Where(file => !file.StartsWith("tests/HouseRules.Tests/", StringComparison.Ordinal)
            && !file.EndsWith(".png", StringComparison.Ordinal)), MachinePath()));

    [Fact]
    public void Money_is_never_binary_floating_point() => Rule.NobodyBreaks(Offenders(Source, BinaryMoney()));

    [Theory]
    [InlineData("double price = 0;", true)]
    [InlineData("public double? AvailableBalance { get; }", true)]
    [InlineData("var shown = (double)trade.Quantity;", true)]
    [InlineData("decimal price = 0;", false)]
    [InlineData("double volatility = priceless;", false)]
    public void A_double_that_is_money_is_seen(string line, bool isMoney) => Assert.Equal(isMoney, BinaryMoney().IsMatch(line));

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

    /// <summary>Waiting without end for a token is no sleep.</summary>
    [GeneratedRegex(@"Thread\.Sleep|Task\.Delay\((?!Timeout\.Infinite)")]
    private static partial Regex Sleeps();

    [GeneratedRegex(@"(^|[^\w.])/(work|home/\w+|Users/\w+)/\w")]
    private static partial Regex MachinePath();

    /// <summary>
    /// A name with price, amount, balance or quantity that is declared as a double or cast to one. The simulator's market is a model in
    /// binary floating point (volatility, logarithms), and yet what it calls a price is a decimal: it needs no exemption.
    /// </summary>
    [GeneratedRegex(@"\bdouble\??\s+\w*(price|amount|balance|quantity)\w*\b|\(double\)\s*[\w.]*(price|amount|balance|quantity)\b",
        RegexOptions.IgnoreCase)]
    private static partial Regex BinaryMoney();
}
