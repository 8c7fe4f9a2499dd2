namespace AkkaCrypto.TestKit.Servers;

/// <summary>
/// A folder of one test run in the system's temporary folder. It holds a lock while it lives, so that a later run can tell the folders of
/// running tests from those that a killed run left behind.
/// </summary>
public sealed class TemporaryFolder : IDisposable
{
    private const string Prefix = "akkacrypto-tests-";
    private readonly FileStream _lock;

    public TemporaryFolder()
        : this(Directory.CreateTempSubdirectory(Prefix).FullName, FileMode.CreateNew)
    {
#pragma warning disable CA1416 // The servers run on Linux only.
        // Whatever the umask: as root the servers run as another user, who has to pass through.
        const UnixFileMode Mine = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        File.SetUnixFileMode(Path, Mine | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
#pragma warning restore CA1416
    }

    private TemporaryFolder(string path, FileMode mode)
    {
        Path = path;
        _lock = new FileStream(System.IO.Path.Combine(path, "test-run.lock"), mode, FileAccess.ReadWrite, FileShare.None);
    }

    public string Path { get; }

    /// <summary>Takes over the folders that killed test runs left, each of which has its lock free.</summary>
    public static IEnumerable<TemporaryFolder> TakeAbandoned()
    {
        foreach (var folder in Directory.EnumerateDirectories(System.IO.Path.GetTempPath(), Prefix + "*"))
        {
            if (TryTake(folder) is { } abandoned)
            {
                yield return abandoned;
            }
        }
    }

    public void Dispose()
    {
        Directory.Delete(Path, recursive: true);
        _lock.Dispose();
    }

    private static TemporaryFolder? TryTake(string folder)
    {
        try
        {
            return new TemporaryFolder(folder, FileMode.Open);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // In use, just being made or deleted, or another user's.
            return null;
        }
    }
}
