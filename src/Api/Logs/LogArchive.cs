using System.Buffers;
using System.Globalization;
using System.IO.Compression;
using System.IO.Pipelines;
using System.Text;
using Serilog.Events;

namespace AkkaCrypto.Api.Logs;

/// <param name="OpenedAt">Of its name.</param>
public sealed record LogFile(string Path, DateTimeOffset OpenedAt, bool IsCompressed);

/// <summary>Which lines are wanted.</summary>
/// <param name="From">Inclusive; null: from the oldest that is kept.</param>
/// <param name="To">Exclusive; null: up to now.</param>
/// <param name="Level">The lowest.</param>
public sealed record LogRange(DateTimeOffset? From, DateTimeOffset? To, LogEventLevel Level);

/// <summary>
/// Reads the log's lines back, live and rotated files alike, oldest file first, in constant memory: one buffer of the longest line. Lines
/// stand in the order in which they were logged, which for those of the same few milliseconds may differ from the order of their times.
/// </summary>
public static class LogArchive
{
    public const string CompressedEnding = ".gz";

    private const string Prefix = "akkacrypto-";
    private const string Ending = ".ndjson";
    private const string NameFormat = "yyyyMMdd'T'HHmmssfff'Z'";

    /// <summary>How far a line's time may lie outside of its file's: a line waits a moment to be written, and clocks are set.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromMinutes(10);

    private static readonly string[] Levels = [.. Enum.GetValues<LogEventLevel>().Order().Select(LogLine.LevelOf)];

    public static string NameOf(DateTimeOffset openedAt) =>
        Prefix + openedAt.UtcDateTime.ToString(NameFormat, CultureInfo.InvariantCulture) + Ending;

    /// <summary>The files of a folder, the oldest first. Of one that is being compressed only the one that is whole.</summary>
    public static IReadOnlyList<LogFile> FilesIn(string folder) =>
    [
        .. Directory.EnumerateFiles(folder, Prefix + "*").Select(Parse).OfType<LogFile>()
            .GroupBy(file => file.OpenedAt).Select(same => same.MinBy(file => file.IsCompressed)!).OrderBy(file => file.OpenedAt),
    ];

    /// <summary>Writes the wanted lines to <paramref name="output"/>; returns how many.</summary>
    public static async Task<long> CopyAsync(string folder, LogRange range, Stream output, CancellationToken cancellationToken)
    {
        var files = FilesIn(folder);
        var lines = 0L;
        for (var i = 0; i < files.Count; i++)
        {
            var closedAt = i + 1 < files.Count ? files[i + 1].OpenedAt : (DateTimeOffset?)null;
            if (files[i].OpenedAt - Slack < (range.To ?? DateTimeOffset.MaxValue) && (closedAt is null || range.From is null
                || closedAt + Slack >= range.From))
            {
                lines += await CopyFileAsync(files[i], range, output, cancellationToken);
            }
        }

        return lines;
    }

    private static LogFile? Parse(string path)
    {
        var name = Path.GetFileName(path.AsSpan());
        var isCompressed = name.EndsWith(Ending + CompressedEnding, StringComparison.Ordinal);
        if (!isCompressed && !name.EndsWith(Ending, StringComparison.Ordinal))
        {
            return null;
        }

        var stem = name[Prefix.Length..^(Ending.Length + (isCompressed ? CompressedEnding.Length : 0))];
        return DateTimeOffset.TryParseExact(
            stem, NameFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var openedAt)
            ? new LogFile(path, openedAt, isCompressed)
            : null;
    }

    private static async Task<long> CopyFileAsync(LogFile file, LogRange range, Stream output, CancellationToken cancellationToken)
    {
        await using var bytes = Open(file);
        if (bytes is null)
        {
            return 0;
        }

        var filter = new LineFilter(range);
        var reader = PipeReader.Create(bytes, new StreamPipeReaderOptions(bufferSize: LogFiles.LongestLine));
        var lines = 0L;
        while (true)
        {
            var read = await reader.ReadAsync(cancellationToken);
            var rest = read.Buffer;
            while (TryTakeLine(ref rest, out var line))
            {
                if (filter.Wants(line))
                {
                    foreach (var part in line)
                    {
                        await output.WriteAsync(part, cancellationToken);
                    }

                    lines++;
                }
            }

            // What has no line feed yet is being written, or was cut off by a kill.
            reader.AdvanceTo(rest.Start, rest.End);
            if (read.IsCompleted)
            {
                await reader.CompleteAsync();
                return lines;
            }
        }
    }

    /// <summary>Null where retention was faster. A file that was compressed since it was listed is read from there.</summary>
    private static Stream? Open(LogFile file)
    {
        try
        {
            var stream = new FileStream(
                file.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, useAsync: true);
            return file.IsCompressed ? new GZipStream(stream, CompressionMode.Decompress) : stream;
        }
        catch (FileNotFoundException) when (!file.IsCompressed)
        {
            return Open(file with { Path = file.Path + CompressedEnding, IsCompressed = true });
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    private static bool TryTakeLine(ref ReadOnlySequence<byte> rest, out ReadOnlySequence<byte> line)
    {
        if (rest.PositionOf((byte)'\n') is not { } end)
        {
            line = default;
            return false;
        }

        var next = rest.GetPosition(1, end);
        line = rest.Slice(0, next);
        rest = rest.Slice(next);
        return true;
    }

    /// <summary>Goes by the first bytes of a line: times of one form compare as their text does.</summary>
    private sealed class LineFilter(LogRange range)
    {
        private readonly byte[]? _from = range.From is { } from ? Encoding.ASCII.GetBytes(LogLine.Text(from)) : null;

        // Exclusive: a bound between two milliseconds takes the first of them in.
        private readonly byte[]? _to = range.To is { } to
            ? Encoding.ASCII.GetBytes(LogLine.Text(to.AddTicks(TimeSpan.TicksPerMillisecond - 1)))
            : null;

        private readonly byte[][] _refused = [.. Levels.Take((int)range.Level).Select(Encoding.ASCII.GetBytes)];

        public bool Wants(ReadOnlySequence<byte> line)
        {
            Span<byte> head = stackalloc byte[LogLine.LevelOffset + 16];
            if (line.Length < head.Length)
            {
                return false;
            }

            line.Slice(0, head.Length).CopyTo(head);
            var time = head.Slice(LogLine.TimeOffset, LogLine.TimeLength);
            return (_from is null || time.SequenceCompareTo(_from) >= 0) && (_to is null || time.SequenceCompareTo(_to) < 0)
                && !IsRefused(head[LogLine.LevelOffset..]);
        }

        private bool IsRefused(ReadOnlySpan<byte> level)
        {
            foreach (var refused in _refused)
            {
                if (level.StartsWith(refused))
                {
                    return true;
                }
            }

            return false;
        }
    }
}
