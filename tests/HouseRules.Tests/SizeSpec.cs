using System.Text.RegularExpressions;

namespace AkkaCrypto.HouseRules.Tests;

/// <summary>What fits on a screen can be read.</summary>
public sealed partial class SizeSpec
{
    private const int LongestLine = 140;
    private const string Quotes = "\"\"\"";
    private const int LongestFile = 400;

    /// <summary>A ratchet: lower it when the longest method has become shorter, never raise it.</summary>
    private const int LongestMethod = 60;

    private static IEnumerable<string> Code => Repository.Under("src", ".cs").Concat(Repository.Under("tests", ".cs"));

    [Fact]
    public void Lines_stay_readable() => Rule.NobodyBreaks(
        Code.SelectMany(file => TooLong(Repository.Lines(file)).Select(line => $"{file}:{line}")));

    [Fact]
    public void Files_hold_one_concept() => Rule.NobodyBreaks(Code
        .Select(file => (file, lines: Repository.Lines(file).Length))
        .Where(place => place.lines > LongestFile)
        .Select(place => $"{place.file} has {place.lines} lines"));

    [Fact]
    public void Methods_fit_on_a_screen() => Rule.NobodyBreaks(Repository.Under("src", ".cs")
        .SelectMany(file => Methods(Repository.Lines(file)).Where(method => method.Length > LongestMethod)
            .Select(method => $"{file}:{method.Start} has {method.Length} lines")));

    [Fact]
    public void A_long_line_is_seen_unless_it_is_in_a_raw_string() => Assert.Equal(
        [5],
        TooLong(
        [
            Quotes, new string('x', 200), Quotes, "short", new string('y', 141), $"Read({Quotes}{new string('z', 200)}{Quotes});",
        ]));

    [Fact]
    public void A_method_is_measured_from_its_name_to_its_last_brace() => Assert.Equal(
        [(3, 5)], Methods(["class A", "{", "    void Run(", "        int x)", "    {", "        x++;", "    }", "}"]));

    /// <summary>Numbers of the lines that are too long, from 1. Raw strings hold other people's lines and are exempt.</summary>
    private static List<int> TooLong(IReadOnlyList<string> lines)
    {
        var found = new List<int>();
        var inRaw = false;
        for (var i = 0; i < lines.Count; i++)
        {
            var marks = lines[i].Split(Quotes).Length - 1;
            if (lines[i].Length > LongestLine && !inRaw && marks == 0)
            {
                found.Add(i + 1);
            }

            inRaw ^= marks % 2 == 1;
        }

        return found;
    }

    /// <summary>Where each method of a file begins (from 1) and how many lines it has, by the indentation that the formatter
    /// keeps.</summary>
    private static List<(int Start, int Length)> Methods(IReadOnlyList<string> lines)
    {
        var found = new List<(int Start, int Length)>();
        for (var i = 1; i < lines.Count; i++)
        {
            var brace = lines[i].TrimEnd();
            if (brace.Trim() != "{" || brace.Length is not (5 or 9))
            {
                continue;
            }

            var indent = brace[..^1];
            var start = i - 1;
            while (start > 0 && lines[start].StartsWith(indent + "    ", StringComparison.Ordinal))
            {
                start--;
            }

            var end = i + 1;
            while (end < lines.Count && !lines[end].StartsWith(indent + "}", StringComparison.Ordinal))
            {
                end++;
            }

            if (lines[start].StartsWith(indent, StringComparison.Ordinal) && !TypeDeclaration().IsMatch(lines[start]))
            {
                found.Add((start + 1, end - start + 1));
            }
        }

        return found;
    }

    [GeneratedRegex(@"^\s*(\w+ )*(class|record|struct|interface|enum) ")]
    private static partial Regex TypeDeclaration();
}
