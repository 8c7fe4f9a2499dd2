namespace AkkaCrypto.TestKit;

/// <summary>
/// The folder <c>shared</c> beside the repository: recorded provider replies and specs that are tested in place and not part of the
/// repository. <c>AKKACRYPTO_SHARED</c> names another place.
/// </summary>
public static class SharedFolder
{
    /// <summary>Why a test is skipped where the folder is absent.</summary>
    public const string Absent = "skipped: ../shared absent";

    /// <summary>The folder, or null where there is none.</summary>
    public static string? Path { get; } = Find();

    /// <summary>A file or folder in it.</summary>
    public static string At(params string[] parts) =>
        System.IO.Path.Combine([Path ?? throw new DirectoryNotFoundException(Absent), .. parts]);

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("AKKACRYPTO_SHARED") is { Length: > 0 } given)
        {
            return Directory.Exists(given) ? given : null;
        }

        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var sibling = System.IO.Path.Combine(folder.FullName, "shared");
            if (File.Exists(System.IO.Path.Combine(sibling, "fixtures", "README.md")))
            {
                return sibling;
            }
        }

        return null;
    }
}

/// <summary>A fact that needs the shared folder; skipped with a reason where it is absent.</summary>
public sealed class SharedFactAttribute : FactAttribute
{
    public SharedFactAttribute()
    {
        if (SharedFolder.Path is null)
        {
            Skip = SharedFolder.Absent;
        }
    }
}

/// <summary>A theory that needs the shared folder. Its data must be empty, not throw, where the folder is absent.</summary>
public sealed class SharedTheoryAttribute : TheoryAttribute
{
    public SharedTheoryAttribute()
    {
        if (SharedFolder.Path is null)
        {
            Skip = SharedFolder.Absent;
        }
    }
}
