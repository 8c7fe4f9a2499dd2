namespace AkkaCrypto.Hocon.Tests;

/// <summary>The shared test material beside the repository, or where the variable AKKACRYPTO_SHARED says; null when it isn't
/// there.</summary>
internal static class SharedFolder
{
    public static readonly string? Path = Find();

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("AKKACRYPTO_SHARED") is { Length: > 0 } told)
        {
            return told;
        }

        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "global.json")))
            {
                var shared = System.IO.Path.Combine(folder.Parent?.FullName ?? "/", "shared");
                return Directory.Exists(shared) ? shared : null;
            }
        }

        return null;
    }
}

/// <summary>A theory that is skipped, and says so, where the shared folder is absent.</summary>
internal sealed class SharedTheoryAttribute : TheoryAttribute
{
    public SharedTheoryAttribute()
    {
        if (SharedFolder.Path is null)
        {
            Skip = "skipped: ../shared absent";
        }
    }
}
