using System.Text.RegularExpressions;

namespace AkkaCrypto.HouseRules.Tests;

/// <summary>A provider is its folder, its twin's folder, its entries in the settings and one line that registers it: nothing else in the
/// source knows that it exists.</summary>
public sealed class ProviderSpec
{
    private const string Registration = "src/Pipeline/Feeds/Providers.cs";

    /// <summary>Where a provider's name stands for something else.</summary>
    private static readonly Dictionary<string, string> Exceptions = new(StringComparer.Ordinal)
    {
        ["src/Pipeline/Feeds/AssetTickers.cs"] = "coins that an exchange has named after itself",
        ["src/Pipeline/Market/PairCatalogue.cs"] = "the example of an error's text",
        ["src/Simulator/Market/Catalogue.cs"] = "coins that an exchange has named after itself, and the market that the others follow",
        ["src/Simulator/Market/OnChainModel.cs"] = "whose addresses hold coins",
    };

    /// <summary>The outer contract itself speaks of these two, in its paths, its keys, its examples and the demo that it asks for: so may
    /// the API and the CLI.</summary>
    private static readonly string[] NamedByTheContract = ["coingecko", "coinone"];

    private static IReadOnlyList<string> Names { get; } =
    [
        .. Repository.Under("src/Pipeline/Feeds", "Provider.cs")
            .Select(file => file.Split('/'))
            .Where(parts => parts.Length == 5 && parts[4] == parts[3] + "Provider.cs")
            .Select(parts => parts[3]),
    ];

    public static TheoryData<string> Providers() => [.. Names];

    [Fact]
    public void There_are_providers() => Assert.True(Names.Count >= 10, string.Join(", ", Names));

    [Theory]
    [MemberData(nameof(Providers))]
    public void The_source_knows_a_provider_by_its_folders_and_one_line_alone(string provider)
    {
        var name = new Regex(Regex.Escape(provider), RegexOptions.IgnoreCase | RegexOptions.NonBacktracking);
        var isOfContract = NamedByTheContract.Contains(provider.ToLowerInvariant());
        var mentions = Repository.Under("src", ".cs")
            .Where(file => !IsOfSomeProvider(file) && !Exceptions.ContainsKey(file))
            .Where(file => !isOfContract || file.Split('/')[1] is not ("Api" or "Cli"))
            .SelectMany(file => Repository.Lines(file)
                .Select((line, index) => (Line: line.Trim(), Place: $"{file}:{index + 1} {line.Trim()}"))
                .Where(place => !place.Line.StartsWith("//", StringComparison.Ordinal) && name.IsMatch(place.Line))
                .Select(place => place.Place))
            .ToList();

        Assert.Single(mentions, place => place.StartsWith(Registration, StringComparison.Ordinal));
        Rule.NobodyBreaks(mentions.Where(place => !place.StartsWith(Registration, StringComparison.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public void A_provider_has_its_twin_and_its_settings(string provider)
    {
        Assert.NotEmpty(Repository.Under($"src/Simulator/{provider}", ".cs"));
        var entry = new Regex($@"^ +{provider.ToLowerInvariant()} (= \$\{{akkacrypto\.provider-defaults\}} )?\{{", RegexOptions.Multiline);
        Assert.Matches(entry, Repository.Read("hocon/reference.conf"));
        Assert.Matches(entry, Repository.Read("hocon/demo.conf"));
    }

    [Fact]
    public void Every_exception_is_needed() => Rule.NobodyBreaks(Exceptions.Keys.Where(
        file => !Names.Any(name => Repository.Read(file).Contains(name, StringComparison.OrdinalIgnoreCase))));

    /// <summary>Also of another one's: providers that speak one dialect, or whose data are of each other, may know each other.</summary>
    private static bool IsOfSomeProvider(string file) => file.Split('/') switch
    {
        ["src", "Pipeline", "Feeds", var folder, _, ..] => folder is not ("Budgets" or "Reading"),
        ["src", "Simulator", var folder, _, ..] => folder is not ("Faults" or "Hosting" or "Market" or "Sockets"),
        _ => false,
    };
}
