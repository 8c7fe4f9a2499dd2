using System.Globalization;
using System.IO.Compression;
using Serilog.Core;
using Serilog.Events;

namespace AkkaCrypto.Api.Logs;

/// <param name="Folder">Made where it is missing.</param>
/// <param name="FileMaxBytes">A file is closed past it.</param>
/// <param name="FilesKept">The live one included.</param>
public sealed record LogFilesOptions(string Folder, long FileMaxBytes, int FilesKept);

/// <summary>
/// The log on disk: JSON lines in <c>akkacrypto-&lt;UTC of its opening&gt;.ndjson</c>, a new file at each start, each UTC midnight and past
/// a size; a closed one is compressed to <c>.ndjson.gz</c>, and the oldest go past the number that is kept. Nobody who logs waits for the
/// disk: lines are gathered in memory and written by one worker, at latest after <see cref="FlushEvery"/> (a kill loses no more than that),
/// at once from <see cref="LogEventLevel.Error"/> on. Of its own rather than Serilog's file sink, because that one formats and writes under
/// a lock on the way of each request, and doesn't compress.
/// </summary>
public sealed class LogFiles : ILogEventSink, IAsyncDisposable
{
    public static readonly TimeSpan FlushEvery = TimeSpan.FromMilliseconds(250);

    /// <summary>Longest line; a longer one loses its properties and the end of its exception, and says so.</summary>
    public const int LongestLine = 64 * 1024;

    /// <summary>
    /// Lines that wait for the disk: past it further ones are dropped and their number is written as soon as there is room. Requests leave
    /// the last quarter to all that is rarer.
    /// </summary>
    private const int Capacity = 8 * 1024 * 1024;

    private const int RequestCapacity = Capacity / 4 * 3;
    private const int WriteSoonAt = 1024 * 1024;

    /// <summary>
    /// A closed file is compressed by pieces with a pause after each, at about a quarter of one processor: a whole file at once would take
    /// a processor from the requests for a good part of a second.
    /// </summary>
    private const int CompressedAtOnce = 128 * 1024;

    private static readonly TimeSpan CompressionPause = TimeSpan.FromMilliseconds(2);

    private readonly LogFilesOptions _options;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly CancellationTokenSource _stopping = new();
    private readonly PeriodicTimer _timer;
    private readonly Task _writing;
    private byte[] _filling = new byte[WriteSoonAt * 2];
    private byte[] _spare = new byte[WriteSoonAt * 2];
    private int _filled;
    private int _isWriteAsked;
    private int _isDisposed;
    private long _dropped;
    private LiveLogFile? _live;
    private Task _tidying = Task.CompletedTask;

    public LogFiles(LogFilesOptions options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        Directory.CreateDirectory(options.Folder);
        _timer = new PeriodicTimer(FlushEvery, time);
        _live = LiveLogFile.Open(options.Folder, time.GetUtcNow());
        _tidying = TidyAfterAsync(Task.CompletedTask, _live.Path);
        _writing = Task.Run(WriteEachPeriodAsync, CancellationToken.None);
    }

    public string Folder => _options.Folder;

    /// <summary>Lines that found no room since the start.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    public void Emit(LogEvent logEvent)
    {
        Append(LogLine.Of(logEvent), Capacity);
        if (logEvent.Level >= LogEventLevel.Error)
        {
            AskForWrite();
        }
    }

    /// <summary>A line with its line feed, of a kind that comes as often as requests do.</summary>
    public void AppendRequest(ReadOnlySpan<byte> line) => Append(line, RequestCapacity);

    /// <summary>When it ends, what was logged before it began is in the file.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            await WriteAsync();
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Once or more: whoever writes to it may end what it writes to.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 1)
        {
            return;
        }

        _timer.Dispose();
        await _writing;
        await FlushAsync(CancellationToken.None);
        // What is being compressed goes on without pauses.
        await _stopping.CancelAsync();
        await _tidying;
        _stopping.Dispose();
        _live?.Dispose();
        _live = null;
    }

    private void Append(ReadOnlySpan<byte> line, int capacity)
    {
        lock (_gate)
        {
            if (_filled + line.Length > capacity)
            {
                _dropped++;
                return;
            }

            if (_filled + line.Length > _filling.Length)
            {
                Array.Resize(ref _filling, Math.Min(Capacity, _filling.Length * 2));
            }

            line.CopyTo(_filling.AsSpan(_filled));
            _filled += line.Length;
        }

        if (_filled > WriteSoonAt)
        {
            AskForWrite();
        }
    }

    private void AskForWrite()
    {
        if (Interlocked.Exchange(ref _isWriteAsked, 1) == 0)
        {
            _ = Task.Run(() => FlushAsync(CancellationToken.None), CancellationToken.None);
        }
    }

    private async Task WriteEachPeriodAsync()
    {
        while (await _timer.WaitForNextTickAsync(CancellationToken.None))
        {
            await FlushAsync(CancellationToken.None);
        }
    }

    /// <summary>Only in its turn. A disk that refuses costs the lines at hand, which count as dropped, and never the service.</summary>
    private async Task WriteAsync()
    {
        Volatile.Write(ref _isWriteAsked, 0);
        byte[] taken;
        int length;
        long dropped;
        lock (_gate)
        {
            (taken, length, dropped) = (_filling, _filled, _dropped);
            (_filling, _filled, _spare) = (_spare, 0, taken);
        }

        if (length == 0)
        {
            return;
        }

        try
        {
            var now = _time.GetUtcNow();
            _live = _live is { } live && live.Length < _options.FileMaxBytes && live.OpenedAt.UtcDateTime.Date == now.UtcDateTime.Date
                ? live
                : Next(now);
            await _live.WriteAsync(taken.AsMemory(0, length), dropped, now);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"The log in {Folder} can't be written: {refused.Message}");
            lock (_gate)
            {
                _dropped += taken.AsSpan(0, length).Count((byte)'\n');
            }

            _live?.Dispose();
            _live = null;
        }
    }

    private LiveLogFile Next(DateTimeOffset now)
    {
        _live?.Dispose();
        var next = LiveLogFile.Open(_options.Folder, now);
        _tidying = TidyAfterAsync(_tidying, next.Path);
        return next;
    }

    /// <summary>Compresses what is closed, also what a killed service left, and deletes the oldest past the number that is kept.</summary>
    private async Task TidyAfterAsync(Task before, string livePath)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            var files = LogArchive.FilesIn(_options.Folder);
            foreach (var file in files.Take(Math.Max(0, files.Count - _options.FilesKept)))
            {
                File.Delete(file.Path);
            }

            foreach (var file in LogArchive.FilesIn(_options.Folder).Where(file => !file.IsCompressed
                && string.CompareOrdinal(file.Path, livePath) < 0))
            {
                await CompressAsync(file.Path);
            }
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync(
                string.Create(CultureInfo.InvariantCulture, $"The log in {Folder} can't be tidied: {refused.Message}"));
        }
    }

    /// <summary>Under another name until it is whole, so that a kill in between costs nothing but the work.</summary>
    private async Task CompressAsync(string path)
    {
        var (whole, part) = (path + LogArchive.CompressedEnding, path + ".part");
        using (var from = File.OpenRead(path))
        using (var to = new GZipStream(File.Create(part), CompressionLevel.Fastest))
        {
            var piece = new byte[CompressedAtOnce];
            for (var read = from.Read(piece); read > 0; read = from.Read(piece))
            {
                to.Write(piece, 0, read);
                if (read == piece.Length)
                {
                    await Task.Delay(CompressionPause, _time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
            }
        }

        File.SetLastWriteTimeUtc(part, File.GetLastWriteTimeUtc(path));
        File.Move(part, whole, overwrite: true);
        File.Delete(path);
    }
}
