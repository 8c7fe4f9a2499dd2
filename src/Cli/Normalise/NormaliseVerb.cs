using System.Buffers;
using System.IO.Pipelines;
using AkkaCrypto.Pipeline.Feeds;

namespace AkkaCrypto.Cli.Normalise;

/// <summary>
/// <c>akkacrypto normalise</c>: a provider's reply in, its records out as NDJSON, its refusals to standard error as NDJSON. Needs no
/// configuration, no database and no network. Exit code 0 done, 1 something was refused or could not be read, 2 wrong usage or a context
/// missing.
/// </summary>
public static class NormaliseVerb
{
    /// <summary>Longest reply, and for a socket longest frame; past it the input is refused, for it is held in memory whole.</summary>
    public const int MostBytes = 64 * 1024 * 1024;

    public const string Help =
        """
        akkacrypto normalise --provider P --dataset D [--file F] [options]

        Reads a provider's raw reply from F or standard input (dataset ws: one frame a line) and writes the normalised records as NDJSON.
        Refusals go to standard error as NDJSON: code, path, message, provider_code. Numbers of more than 28 significant digits are rounded
        half-even; how many were is told there too, and how many values beside a record (a coin's supply, its picture) could not be read and
        stand as unknown.

        What a reply leaves out:
          --pair btc-krw   --asset bitcoin   --currency usd   --metric exchange_netflow   --source all_exchange   --interval 1h
          --query "words of a search", or the day of a snapshot as 2026-01-31

        Exit codes: 0 done, 1 refused or unreadable, 2 wrong usage or something the reply leaves out was not given.
        """;

    internal static readonly Verb Verb = new(
        "normalise", "a provider's reply in, its records out as NDJSON", Help,
        async (arguments, surroundings, cancellation) =>
        {
            await using var input = Console.OpenStandardInput();
            await using var output = Console.OpenStandardOutput();
            return await RunAsync([.. arguments], input, output, surroundings.Error, cancellation);
        });

    public static async Task<int> RunAsync(
        string[] args, Stream stdin, Stream stdout, TextWriter stderr, CancellationToken cancellationToken)
    {
        if (args.Contains("--help") || args is ["-h"])
        {
            await using var help = new StreamWriter(stdout, leaveOpen: true);
            await help.WriteLineAsync(Help.AsMemory(), cancellationToken);
            return 0;
        }

        if (!NormaliseOptions.TryParse(args, out var options, out var fault))
        {
            await stderr.WriteLineAsync($"normalise: {fault}");
            return 2;
        }

        try
        {
            await using var file = options.File is null ? null : File.OpenRead(options.File);
            return await RunAsync(options, file ?? stdin, new NormaliseOutput(stdout, stderr), stderr, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await stderr.WriteLineAsync("normalise: stopped before the end of the input");
            return 1;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            await stderr.WriteLineAsync($"normalise: {options.File ?? "standard input"}: {e.Message}");
            return 1;
        }
    }

    private static async Task<int> RunAsync(
        NormaliseOptions options, Stream input, NormaliseOutput output, TextWriter stderr, CancellationToken cancellationToken)
    {
        var fault = options.IsSocket
            ? await ReadFramesAsync(options, input, output, cancellationToken)
            : await ReadReplyAsync(options, input, output, cancellationToken);
        await output.CompleteAsync(cancellationToken);
        if (fault is not null)
        {
            await stderr.WriteLineAsync($"normalise: {fault}");
            return 1;
        }

        if (output.MissingContext is { } missing)
        {
            await stderr.WriteLineAsync($"normalise: the reply leaves out its {missing}: give --{missing}");
            return 2;
        }

        return output.Refused ? 1 : 0;
    }

    private static async Task<string?> ReadReplyAsync(
        NormaliseOptions options, Stream input, NormaliseOutput output, CancellationToken cancellationToken)
    {
        using var held = new MemoryStream();
        var chunk = new byte[64 * 1024];
        for (int read; (read = await input.ReadAsync(chunk, cancellationToken)) > 0;)
        {
            if (held.Length + read > MostBytes)
            {
                return $"the reply is longer than {MostBytes} bytes";
            }

            await held.WriteAsync(chunk.AsMemory(0, read), cancellationToken);
        }

        var normalised = new Normalised();
        options.Normaliser(held.GetBuffer().AsMemory(0, (int)held.Length), options.Context, normalised);
        await output.WriteAsync(normalised, null, cancellationToken);
        return null;
    }

    /// <summary>Frames are written out as soon as no further one has arrived, so that a live socket can be piped through.</summary>
    private static async Task<string?> ReadFramesAsync(
        NormaliseOptions options, Stream input, NormaliseOutput output, CancellationToken cancellationToken)
    {
        var reader = PipeReader.Create(input, new StreamPipeReaderOptions(bufferSize: 64 * 1024, leaveOpen: true));
        var normalised = new Normalised();
        var searched = 0L;
        for (var line = 1L; ;)
        {
            var result = await reader.ReadAsync(cancellationToken);
            var rest = result.Buffer;
            while (TryTakeLine(ref rest, searched, result.IsCompleted, out var frame))
            {
                searched = 0;
                await WriteFrameAsync(options, frame, line++, normalised, output, cancellationToken);
            }

            await output.FlushAsync(cancellationToken);
            if (rest.Length > MostBytes)
            {
                return $"line {line} is longer than {MostBytes} bytes";
            }

            searched = rest.Length;
            reader.AdvanceTo(rest.Start, rest.End);
            if (result.IsCompleted || output.MissingContext is not null)
            {
                return null;
            }
        }
    }

    private static async Task WriteFrameAsync(
        NormaliseOptions options, ReadOnlySequence<byte> frame, long line, Normalised normalised, NormaliseOutput output,
        CancellationToken cancellationToken)
    {
        var bytes = frame.ToArray();
        if (bytes.AsSpan().IndexOfAnyExcept(" \t\r"u8) < 0)
        {
            return;
        }

        normalised.Clear();
        options.Normaliser(bytes, options.Context, normalised);
        await output.WriteAsync(normalised, line, cancellationToken);
    }

    /// <param name="searched">How much of <paramref name="rest"/> is known to hold no end of a line, so that a long line is searched
    /// once.</param>
    private static bool TryTakeLine(ref ReadOnlySequence<byte> rest, long searched, bool isLast, out ReadOnlySequence<byte> line)
    {
        var end = rest.Slice(searched).PositionOf((byte)'\n');
        if (end is { } position)
        {
            line = rest.Slice(0, position);
            rest = rest.Slice(rest.GetPosition(1, position));
            return true;
        }

        line = rest;
        if (!isLast || rest.IsEmpty)
        {
            return false;
        }

        rest = rest.Slice(rest.End);
        return true;
    }
}
