using AkkaCrypto.Contracts.Settings;
using Microsoft.Extensions.Logging;

namespace AkkaCrypto.Pipeline.Ops;

/// <summary>
/// Looks after the free space of the disk that the data is on, and says so before it is full: a database that can write nothing any more
/// can't even delete. Feeds pause meanwhile; nothing is lost, for what providers still show is asked for afterwards, and what they no
/// longer show goes into the gap register.
/// </summary>
/// <param name="settings">Read live, at each look.</param>
/// <param name="freeBytes">Free bytes for this process; throws <see cref="IOException"/> where the disk can't be looked at.</param>
public sealed class DiskWatch(Func<DiskSettings> settings, Func<long> freeBytes, TimeProvider time, ILogger<DiskWatch> log)
{
    private volatile string? _alarm;

    /// <summary>What is wrong; null while there is room.</summary>
    public string? Alarm => _alarm;

    /// <summary>Of the disk that a folder is on, or will be on once it is made.</summary>
    public static long FreeBytesOf(string folder)
    {
        var existing = new DirectoryInfo(Path.GetFullPath(folder));
        while (!existing.Exists && existing.Parent is { } parent)
        {
            existing = parent;
        }

        return new DriveInfo(existing.FullName).AvailableFreeSpace;
    }

    /// <summary>Looks until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Look();
            await Task.Delay(settings().CheckEvery, time, cancellationToken).ConfigureAwait(false);
        }
    }

    public void Look()
    {
        var low = settings().LowBytes;
        long free;
        try
        {
            free = freeBytes();
        }
        catch (IOException unknown)
        {
            // A disk that can't be looked at is no reason to stop: if it is gone, writing says so.
            log.LogWarning(unknown, "The free space of the disk can't be read");
            return;
        }

        // A tenth more than the limit ends the alarm, so that it does not go on and off around it.
        var isLow = free < (_alarm is null ? low : low + (low / 10));
        if (isLow && _alarm is null)
        {
            log.LogError("The disk has {Free} bytes left, less than {Low} (akkacrypto.disk.low-bytes): all feeds pause", free, low);
        }
        else if (!isLow && _alarm is not null)
        {
            log.LogInformation("The disk has {Free} bytes left again: the feeds go on", free);
        }

        _alarm = isLow
            ? FormattableString.Invariant($"the disk is nearly full: {free} bytes left, fewer than {low} (akkacrypto.disk.low-bytes)")
            : null;
    }
}
