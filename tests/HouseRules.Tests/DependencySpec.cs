using System.Xml.Linq;

namespace AkkaCrypto.HouseRules.Tests;

/// <summary>Dependencies point one way, as the design says.</summary>
public sealed class DependencySpec
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Contracts"] = [],
        ["Hocon"] = [],
        ["Storage"] = [],
        ["Pipeline"] = ["Contracts", "Hocon", "Storage"],
        ["Actors"] = ["Contracts", "Hocon", "Storage"],
        ["Simulator"] = ["Contracts"],
        ["Cli"] = ["Contracts", "Hocon", "Storage", "Pipeline", "Actors"],
        ["Api"] = ["Contracts", "Hocon", "Storage", "Pipeline", "Actors", "Simulator"],
    };

    public static TheoryData<string> Projects() => [.. Repository.Under("src", ".csproj")];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_knows_only_those_that_the_design_lets_it_know(string project)
    {
        var name = Path.GetFileNameWithoutExtension(project);
        var known = XDocument.Parse(Repository.Read(project)).Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')));

        Rule.NobodyBreaks(known.Except(Allowed[name]));
    }

    [Fact]
    public void Contracts_need_no_package()
    {
        var project = XDocument.Parse(Repository.Read("src/Contracts/Contracts.csproj"));

        Assert.Empty(project.Descendants("PackageReference"));
        Assert.Empty(project.Descendants("FrameworkReference"));
    }

    [Fact]
    public void Stream_operators_know_no_domain()
    {
        var offenders = Repository.Under("src/Pipeline/Streams", ".cs")
            .Where(file => Repository.Lines(file).Any(line => line.StartsWith("using AkkaCrypto.", StringComparison.Ordinal)));

        Rule.NobodyBreaks(offenders);
    }

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        var solution = Repository.Read("AkkaCrypto.sln").Replace('\\', '/');

        var forgotten = Repository.Files.Where(
            file => file.EndsWith(".csproj", StringComparison.Ordinal) && !solution.Contains(file, StringComparison.Ordinal));
        Rule.NobodyBreaks(forgotten);
    }
}
