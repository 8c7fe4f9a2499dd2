namespace AkkaCrypto.Api.Logs;

/// <summary>The one file that is written to. Others may read it meanwhile.</summary>
internal sealed class LiveLogFile : IDisposable
{
    private readonly FileStream _stream;
    private long _droppedSaid;

    private LiveLogFile(string path, DateTimeOffset openedAt, FileStream stream) => (Path, OpenedAt, _stream) = (path, openedAt, stream);

    public string Path { get; }

    public DateTimeOffset OpenedAt { get; }

    public long Length { get; private set; }

    /// <summary>A file of its own, also where one of the same moment is there: a start never writes into what another left.</summary>
    public static LiveLogFile Open(string folder, DateTimeOffset now)
    {
        for (var at = now; ; at = at.AddMilliseconds(1))
        {
            var path = System.IO.Path.Combine(folder, LogArchive.NameOf(at));
            if (!File.Exists(path) && !File.Exists(path + LogArchive.CompressedEnding))
            {
                return new LiveLogFile(path, now, new FileStream(path, new FileStreamOptions
                {
                    Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.Read | FileShare.Delete, BufferSize = 0,
                    Options = FileOptions.Asynchronous,
                }));
            }
        }
    }

    /// <param name="dropped">Lines that found no room so far; said each time it has grown.</param>
    public async Task WriteAsync(ReadOnlyMemory<byte> lines, long dropped, DateTimeOffset now)
    {
        await _stream.WriteAsync(lines);
        Length += lines.Length;
        if (dropped > _droppedSaid)
        {
            var said = LogLine.Dropped(now, dropped);
            await _stream.WriteAsync(said);
            (_droppedSaid, Length) = (dropped, Length + said.Length);
        }
    }

    public void Dispose() => _stream.Dispose();
}
