using System.Text.Json;

namespace AkkaCrypto.Simulator.Tests;

/// <summary>
/// The folder of recorded replies beside the repository: AKKACRYPTO_SHARED, or <c>../shared</c> from any folder above the tests.
/// </summary>
internal static class Shared
{
    public static string? Folder { get; } = Find();

    public static JsonElement Fixture(string name)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder!, "fixtures", name)));
        return document.RootElement.Clone();
    }

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("AKKACRYPTO_SHARED") is { Length: > 0 } given
            && Directory.Exists(Path.Combine(given, "fixtures")))
        {
            return given;
        }

        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var beside = Path.Combine(folder.FullName, "shared", "fixtures");
            if (Directory.Exists(beside))
            {
                return Path.GetDirectoryName(beside);
            }
        }

        return null;
    }
}

[AttributeUsage(AttributeTargets.Method)]
internal sealed class SharedFactAttribute : FactAttribute
{
    public SharedFactAttribute() => Skip = Shared.Folder is null ? "skipped: ../shared absent" : null;
}

[AttributeUsage(AttributeTargets.Method)]
internal sealed class SharedTheoryAttribute : TheoryAttribute
{
    public SharedTheoryAttribute() => Skip = Shared.Folder is null ? "skipped: ../shared absent" : null;
}
