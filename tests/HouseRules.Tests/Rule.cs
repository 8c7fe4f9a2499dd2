namespace AkkaCrypto.HouseRules.Tests;

/// <summary>How a rule fails: with every place that breaks it, one a line.</summary>
internal static class Rule
{
    public static void NobodyBreaks(IEnumerable<string> offenders)
    {
        var all = offenders.ToList();
        Assert.True(all.Count == 0, $"{all.Count} break this rule:\n{string.Join('\n', all)}");
    }
}
