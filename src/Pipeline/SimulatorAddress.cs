namespace AkkaCrypto.Pipeline;

/// <summary>
/// Where the demo's simulator listens, left in the data folder for verbs that ask the same providers beside the service. It is believed
/// only while the service holds the lock beside it, which is the operating system's: a killed service leaves both files, and nobody holds
/// them.
/// </summary>
public sealed class SimulatorAddress : IAsyncDisposable
{
    private readonly string _file;
    private readonly string _address;
    private readonly FileStream _lock;

    private SimulatorAddress(string file, string address, FileStream @lock) => (_file, _address, _lock) = (file, address, @lock);

    /// <summary>Tells the address until it is disposed.</summary>
    public static async Task<SimulatorAddress> TellAsync(string dataDir, Uri address, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(dataDir);
        var (file, text) = (FileIn(dataDir), address.ToString());
        var draft = $"{file}.{Environment.ProcessId}";
        await File.WriteAllTextAsync(draft, text, cancellationToken).ConfigureAwait(false);
        File.Move(draft, file, overwrite: true);

        // Locked before it is put in place: who looks at an old one at this moment can't be in the way.
        var @lock = new FileStream(draft, FileMode.Create, FileAccess.Write, FileShare.None);
        File.Move(draft, LockOf(file), overwrite: true);
        return new SimulatorAddress(file, text, @lock);
    }

    /// <summary>Where the simulator of the demo that runs on this folder listens; null where none runs.</summary>
    public static async Task<Uri?> FindAsync(string dataDir, CancellationToken cancellationToken)
    {
        var file = FileIn(dataDir);
        return IsHeld(LockOf(file))
            && Uri.TryCreate(await File.ReadAllTextAsync(file, cancellationToken).ConfigureAwait(false), UriKind.Absolute, out var address)
                ? address
                : null;
    }

    public async ValueTask DisposeAsync()
    {
        // Not those of another service on the folder, which has put its own in their place.
        if (File.Exists(_file) && await File.ReadAllTextAsync(_file).ConfigureAwait(false) == _address)
        {
            File.Delete(LockOf(_file));
            File.Delete(_file);
        }

        await _lock.DisposeAsync().ConfigureAwait(false);
    }

    private static string FileIn(string dataDir) => Path.Combine(dataDir, "simulator.address");

    private static string LockOf(string file) => $"{file}.lock";

    private static bool IsHeld(string file)
    {
        try
        {
            using var free = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read);
            return false;
        }
        catch (Exception none) when (none is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }
}
