using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;

namespace AkkaCrypto.Storage.Embedded;

/// <summary>
/// The folder of all server data, and the lock that keeps a second service off it. The lock is the operating system's (flock), so a
/// killed service leaves none behind.
/// </summary>
internal sealed class DataFolder : IDisposable
{
    public const string SecretsName = "secrets";

    private const string FallbackRoot = "/var/lib/akkacrypto";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OwnerOnlyFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OthersMayPass = OwnerOnly | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private readonly FileStream? _lock;

    private DataFolder(string path, ServerUser user, FileStream? @lock) => (Path, User, _lock) = (path, user, @lock);

    public string Path { get; }

    public ServerUser User { get; }

    /// <summary>First 16 hex digits of the path's SHA-256: names this folder where a path is too long.</summary>
    public string Id => IdOf(Path);

    /// <exception cref="EmbeddedServerException">Another service uses the folder, or this user can't.</exception>
    public static async Task<DataFolder> OpenAsync(string directory, ILogger log, CancellationToken cancellationToken)
    {
        var (path, user) = await ReachableAsync(System.IO.Path.GetFullPath(directory), log, cancellationToken);
        var folder = new DataFolder(path, user, Lock(path));
        try
        {
            await folder.SubfolderAsync(SecretsName, cancellationToken);
            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>The folder of a running service, for whoever wants no more than to find its servers: without the lock.</summary>
    public static async Task<DataFolder> VisitAsync(string directory, ILogger log, CancellationToken cancellationToken)
    {
        var (path, user) = await ReachableAsync(System.IO.Path.GetFullPath(directory), log, cancellationToken);
        return new DataFolder(path, user, @lock: null);
    }

    /// <summary>A subfolder that only the servers' user can enter, made when missing.</summary>
    public async Task<string> SubfolderAsync(string name, CancellationToken cancellationToken)
    {
        var path = System.IO.Path.Combine(Path, name);
        if (!Directory.Exists(path))
        {
            Directory.CreateDirectory(path, OwnerOnly);
            await User.OwnAsync(path, cancellationToken);
        }

        return path;
    }

    /// <summary>The secret of this name, made of 256 random bits on first use; its file is readable by the servers' user alone.</summary>
    /// <returns>The secret and the path of its file.</returns>
    public async Task<(string Secret, string File)> SecretAsync(string name, CancellationToken cancellationToken)
    {
        var file = System.IO.Path.Combine(Path, SecretsName, name);
        if (!File.Exists(file))
        {
            var secret = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
            await WritePrivateAsync(file, secret + "\n", cancellationToken);
        }

        return ((await File.ReadAllTextAsync(file, cancellationToken)).Trim(), file);
    }

    /// <summary>Replaces the file in one step, so that a kill in between leaves the old or the new one, whole.</summary>
    public async Task WritePrivateAsync(string file, string content, CancellationToken cancellationToken)
    {
        var draft = file + ".new";
        File.Delete(draft);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnlyFile };
        await using (var stream = new FileStream(draft, options))
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(content), cancellationToken);
            stream.Flush(flushToDisk: true);
        }

        await User.OwnAsync(draft, cancellationToken);
        File.Move(draft, file, overwrite: true);
    }

    public void Dispose() => _lock?.Dispose();

    private static async Task<(string Path, ServerUser User)> ReachableAsync(
        string wanted, ILogger log, CancellationToken cancellationToken)
    {
        var user = await ServerUser.ForAsync(wanted, cancellationToken);
        Make(wanted);
        if (await user.CanEnterAsync(wanted, cancellationToken))
        {
            return (wanted, user);
        }

        if (!Environment.IsPrivilegedProcess)
        {
            throw new EmbeddedServerException($"The data folder {wanted} can't be entered by this user: give another one.");
        }

        var fallback = System.IO.Path.Combine(FallbackRoot, IdOf(wanted));
        log.LogWarning("The servers' user can't reach {Wanted}: their data goes to {Fallback}", wanted, fallback);
        Make(FallbackRoot);
        Make(fallback);
        return (fallback, await ServerUser.ForAsync(fallback, cancellationToken));
    }

    private static void Make(string path)
    {
        if (Directory.Exists(path))
        {
            return;
        }

        try
        {
            Directory.CreateDirectory(path);
            // Whatever the umask: the servers' user has to pass through to its own folders below.
            File.SetUnixFileMode(path, OthersMayPass);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EmbeddedServerException($"The data folder {path} can't be made: {e.Message}", e);
        }
    }

    private static FileStream Lock(string path)
    {
        var file = System.IO.Path.Combine(path, "service.lock");
        try
        {
            return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new EmbeddedServerException($"The data folder {path} is in use by another running service (its lock is {file}).", e)
            {
                FolderInUse = true,
            };
        }
        catch (UnauthorizedAccessException e)
        {
            throw new EmbeddedServerException(
                $"The data folder {path} belongs to another user: start as that user or give another folder.", e);
        }
    }

    private static string IdOf(string path) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(path)))[..16];
}
