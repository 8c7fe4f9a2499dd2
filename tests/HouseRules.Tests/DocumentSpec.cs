using System.Text.RegularExpressions;

namespace AkkaCrypto.HouseRules.Tests;

/// <summary>What is said of the repository is true of it.</summary>
public sealed partial class DocumentSpec
{
    /// <summary>Settings are explained in reference.conf, setting by setting, so there the types need not be.</summary>
    private static readonly string[] DocumentedFolders = ["src/Contracts", "src/Storage", "src/Pipeline/Streams"];

    public static TheoryData<string> Documents() => [.. Repository.Files.Where(file => file.EndsWith(".md", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Links_lead_somewhere(string document)
    {
        var folder = Path.Combine(Repository.Root, Path.GetDirectoryName(document)!);
        var dead = Link().Matches(Repository.Read(document))
            .Select(match => match.Groups["target"].Value.Split('#')[0])
            .Where(target => target.Length > 0 && !target.Contains("://", StringComparison.Ordinal))
            .Where(target => !Path.Exists(Path.Combine(folder, target)));

        Rule.NobodyBreaks(dead);
    }

    [Fact]
    public void The_readme_names_every_folder_of_the_root_and_every_project_of_the_source()
    {
        var readme = Repository.Read("README.md");
        var folders = Repository.Files.Where(file => file.Contains('/') && !file.StartsWith('.')).Select(file => file.Split('/')[0])
            .Except(["src"])
            .Concat(Repository.Under("src", ".csproj").Select(file => Path.GetDirectoryName(file)!));

        Rule.NobodyBreaks(folders.Distinct().Where(folder => !readme.Contains($"| `{folder}` |", StringComparison.Ordinal)));
    }

    [Fact]
    public void The_readme_names_only_folders_that_are_there() => Rule.NobodyBreaks(FolderRow().Matches(Repository.Read("README.md"))
        .Select(match => match.Groups["folder"].Value)
        .Where(folder => !Directory.Exists(Path.Combine(Repository.Root, folder))));

    [Fact]
    public void The_API_page_names_every_code_of_an_error()
    {
        var page = Repository.Read("docs/api.md");
        var codes = ErrorCode().Matches(Repository.Read("src/Api/Errors/Problem.cs"))
            .Concat(Repository.Under("src/Api", ".cs").Concat(Repository.Under("src/Pipeline/Auth", ".cs"))
                .SelectMany(file => SaidErrorCode().Matches(Repository.Read(file))))
            .Select(match => match.Groups["code"].Value).Distinct().ToList();

        Assert.Contains("unauthorized", codes);
        Assert.Contains("wallet_closed", codes);
        Assert.Contains("too_many_keys", codes);
        Rule.NobodyBreaks(codes.Where(code => !page.Contains($"`{code}`", StringComparison.Ordinal)));
    }

    [Fact]
    public void The_readme_names_every_benchmark()
    {
        var names = Benchmarks().Match(Repository.Read("bench/run")).Groups["names"].Value.Split(' ');
        var readme = Repository.Read("README.md");

        Assert.NotEmpty(names);
        Rule.NobodyBreaks(names.Where(name => !readme.Contains($"`{name}`", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_file_that_names_its_interpreter_can_be_run()
    {
        var scripts = Repository.Files
            .Where(file => Path.GetExtension(file) is "" or ".sh" or ".ci")
            .Where(file => Repository.Read(file).StartsWith("#!", StringComparison.Ordinal)).ToList();

        Assert.Contains("run", scripts);
        Rule.NobodyBreaks(scripts.Where(file => !OperatingSystem.IsWindows()
            && !File.GetUnixFileMode(Path.Combine(Repository.Root, file)).HasFlag(UnixFileMode.UserExecute)));
    }

    [Fact]
    public void Public_types_of_the_foundations_say_what_they_are() => Rule.NobodyBreaks(DocumentedFolders
        .SelectMany(folder => Repository.Under(folder, ".cs"))
        .Where(file => !file.StartsWith("src/Contracts/Settings/", StringComparison.Ordinal))
        .SelectMany(file => Undocumented(Repository.Lines(file)).Select(line => $"{file}: {line}")));

    [Fact]
    public void A_public_type_without_a_summary_is_seen() => Assert.Equal(
        ["public enum B"], Undocumented(["/// <summary>a</summary>", "[Flags]", "public enum A", "", "public enum B", "internal enum C"]));

    private static IEnumerable<string> Undocumented(IReadOnlyList<string> lines)
    {
        for (var i = 0; i < lines.Count; i++)
        {
            if (!lines[i].StartsWith("public ", StringComparison.Ordinal))
            {
                continue;
            }

            var above = i - 1;
            while (above >= 0 && lines[above].StartsWith('['))
            {
                above--;
            }

            if (above < 0 || !lines[above].StartsWith("///", StringComparison.Ordinal))
            {
                yield return lines[i];
            }
        }
    }

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^\| `(?<folder>[a-z]\w*(/\w+)?)` \|", RegexOptions.Multiline)]
    private static partial Regex FolderRow();

    [GeneratedRegex(@"NAMES=\((?<names>[^)]+)\)")]
    private static partial Regex Benchmarks();

    [GeneratedRegex("""public const string \w+ = "(?<code>[a-z_]+)";""")]
    private static partial Regex ErrorCode();

    /// <summary>Where a refusal is made with a code of its own.</summary>
    [GeneratedRegex(@"(StatusCodes\.Status[0-9]\w+,|\b(Unprocessable|Missing|KeyRefusedException)\()\s*""(?<code>[a-z]+(_[a-z]+)+)""")]
    private static partial Regex SaidErrorCode();
}
