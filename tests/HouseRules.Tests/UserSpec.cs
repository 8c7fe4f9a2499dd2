using System.Text.RegularExpressions;

namespace AkkaCrypto.HouseRules.Tests;

/// <summary>
/// Nothing is kept that nobody uses. What only tests use is not used, but for the stream operators: they are a library, whole by the table
/// of docs/operators.md.
/// </summary>
public sealed partial class UserSpec
{
    [Fact]
    public void Every_source_file_has_a_user()
    {
        var texts = Repository.Under("src", ".cs").Concat(Repository.Under("bench", ".cs")).ToDictionary(file => file, Repository.Read);

        var operators = Repository.Read("docs/operators.md");

        // A simulated provider is found by its interface: nothing else has to name it.
        Rule.NobodyBreaks(Unused(texts)
            .Where(file => file.StartsWith("src/", StringComparison.Ordinal))
            .Where(file => !SimulatedProvider().IsMatch(texts[file]))
            .Where(file => !(file.StartsWith("src/Pipeline/Streams/", StringComparison.Ordinal)
                && operators.Contains($"`{Path.GetFileNameWithoutExtension(file)}`", StringComparison.Ordinal))));
    }

    [Fact]
    public void A_type_that_another_file_names_has_a_user_and_one_that_only_itself_names_has_none() => Assert.Equal(["b"], Unused(new()
    {
        ["a"] = "public sealed class Used\n{\n}",
        ["b"] = "internal sealed class Unused\n{\n    private static Unused One = new();\n}",
        ["c"] = "// Speaks of Unused only here.\nUsed.Go();",
    }));

    [Fact]
    public void Extensions_are_used_by_their_methods_names() => Assert.Equal(["b"], Unused(new()
    {
        ["a"] = "public static class Spoken\n{\n    public static int Half(this int number) => number / 2;\n}",
        ["b"] = "public static class Silent\n{\n    public static int Third<T>(this T number) => 3;\n}",
        ["c"] = "4.Half();\nvar poll = Source.Poll();",
        ["d"] = "public static class PollSource\n{\n    extension(Source)\n    {\n        public static int Poll() => 1;\n    }\n}",
    }));

    /// <summary>The files that declare types or extensions, none of which any other file names in its code.</summary>
    private static List<string> Unused(Dictionary<string, string> texts)
    {
        var words = texts.ToDictionary(
            text => text.Key, text => Word().Matches(Comment().Replace(text.Value, "")).Select(match => match.Value).ToHashSet());
        return
        [
            .. texts.Where(text => NamesOf(text.Value) is { Count: > 0 } names
                && !words.Any(other => other.Key != text.Key && names.Exists(other.Value.Contains))).Select(text => text.Key),
        ];
    }

    private static List<string> NamesOf(string text) =>
    [
        .. TypeDeclaration().Matches(text).Concat(Extension().Matches(text))
            .Concat(text.Contains(" extension(", StringComparison.Ordinal) ? StaticMember().Matches(text) : [])
            .Select(match => match.Groups["name"].Value)
            .Where(name => name != "Program").Distinct(),
    ];

    [GeneratedRegex(
        @"^(public|internal)[\w ]* (class|record|struct|interface|enum|delegate [\w<>\[\]?.]+) (?<name>\w+)", RegexOptions.Multiline)]
    private static partial Regex TypeDeclaration();

    [GeneratedRegex(@"\b(?<name>\w+)(<[\w, ]+>)?\(\s*this ")]
    private static partial Regex Extension();

    [GeneratedRegex(@"^        public static [^(=]*?(?<name>\w+)(<[\w, ]+>)?\(", RegexOptions.Multiline)]
    private static partial Regex StaticMember();

    [GeneratedRegex(@"^\s*//.*$", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"\bclass \w+ : (\w+, )?ISimulatedProvider\b")]
    private static partial Regex SimulatedProvider();

    [GeneratedRegex(@"\w+")]
    private static partial Regex Word();
}
