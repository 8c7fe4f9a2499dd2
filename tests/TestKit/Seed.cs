using System.Globalization;
using System.Runtime.CompilerServices;
using Xunit.Abstractions;

namespace AkkaCrypto.TestKit;

/// <summary>Seeds of tests: fixed for each test, printed, and changed by the variable <c>AKKACRYPTO_TEST_SEED</c>.</summary>
public static class Seed
{
    /// <summary>Name of the environment variable that overrides every seed.</summary>
    public const string Variable = "AKKACRYPTO_TEST_SEED";

    /// <summary>The seed of the calling test, which is printed to its output.</summary>
    public static int Next(ITestOutputHelper output, [CallerMemberName] string test = "")
    {
        var seed = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given
            ? int.Parse(given, CultureInfo.InvariantCulture)
            : Hash(test);
        output.WriteLine($"seed {seed} (repeat with {Variable}={seed})");
        return seed;
    }

    /// <summary>FNV-1a: the same in every process, as <see cref="string.GetHashCode()"/> is not.</summary>
    private static int Hash(string text)
    {
        var hash = 2166136261u;
        foreach (var character in text)
        {
            hash = (hash ^ character) * 16777619u;
        }

        return (int)(hash & int.MaxValue);
    }
}
