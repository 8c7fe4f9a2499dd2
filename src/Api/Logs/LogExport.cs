using System.Globalization;
using System.IO.Compression;
using AkkaCrypto.Api.Errors;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Api.Validation;
using AkkaCrypto.Pipeline.Ops;
using Microsoft.Net.Http.Headers;
using Serilog.Events;

namespace AkkaCrypto.Api.Logs;

/// <summary>
/// <c>/logs/export</c>: the log's lines of a time and from a level on, from the live file and the rotated ones, as gzip. The bytes are the
/// same for everybody; a client that says it accepts gzip is told that it is an encoding of NDJSON and sees the lines, any other gets a
/// gzip file. Each export stands in the audit; where that can't be written, nothing is exported.
/// </summary>
/// <param name="audit">Null where nothing is kept.</param>
public sealed partial class LogExport(LogFiles files, AuditLog? audit, ILogger<LogExport> log)
{
    public const string Path = "/logs/export";
    public const string Gzip = "application/gzip";

    /// <summary>RFC 1952: header, an empty block, checksum and length. .NET writes nothing at all for nothing.</summary>
    private static readonly byte[] GzipOfNothing =
        [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    /// <summary>At once; each holds a file, a buffer and a compressor. One more waits for a place; <c>http.max-concurrent-requests</c>
    /// bounds how many do.</summary>
    private const int MostAtOnce = 4;

    /// <summary>Without a place for so long an export is 503 with Retry-After.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    private static readonly string[] Levels = ["verbose", "debug", "information", "warning", "error", "fatal"];

    public static readonly IReadOnlyList<Parameter> Parameters =
    [
        new("from", "Logged at or after it; ISO 8601 or Unix seconds. Default: all that is kept.", "2026-01-01T00:00:00Z"),
        new("to", "Logged before it; ISO 8601 or Unix seconds. Default: now.", "2026-02-01T00:00:00Z"),
        new("level", "The lowest level. Default: verbose, which is all.", "warning", OneOf: Levels),
    ];

    private readonly SemaphoreSlim _places = new(MostAtOnce);

    public static LogRange Parse(Query query)
    {
        var (from, to) = (query.Time("from"), query.Time("to"));
        if (from >= to)
        {
            query.Fault("to", "must be after from");
        }

        var level = query.OneOf("level", Levels) ?? Levels[0];
        return new LogRange(from, to, (LogEventLevel)Array.IndexOf(Levels, level));
    }

    public async Task WriteAsync(HttpContext context, LogRange range)
    {
        if (!await _places.WaitAsync(LongestWait, context.RequestAborted))
        {
            await ProblemWriter.WriteAsync(context, new Problem(
                StatusCodes.Status503ServiceUnavailable, ProblemCodes.Overloaded, $"{MostAtOnce} exports of the log are under way.",
                RetryAfter: LongestWait));
            return;
        }

        try
        {
            await WriteCountedAsync(context, range);
        }
        finally
        {
            _places.Release();
        }
    }

    private async Task WriteCountedAsync(HttpContext context, LogRange range)
    {
        if (HttpMethods.IsHead(context.Request.Method))
        {
            SetHeaders(context);
            return;
        }

        var (from, to) = (range.From is { } first ? LogLine.Text(first) : "the oldest", range.To is { } last ? LogLine.Text(last) : "now");
        var level = LogLine.LevelOf(range.Level);
        var actor = Target.Of(context).Actor;
        var lines = audit is null
            ? await CopyAsync(context, range)
            : await audit.AroundAsync(actor, "logs.export", $"from {from} to {to}, level {level}", async () =>
            {
                var copied = await CopyAsync(context, range);
                return new ActResult<long>(copied, null, string.Create(CultureInfo.InvariantCulture, $$"""{"lines":{{copied}}}"""));
            });
        Exported(actor.Id, lines, from, to, level, actor.TraceId, Path, "admin");
    }

    private async Task<long> CopyAsync(HttpContext context, LogRange range)
    {
        await files.FlushAsync(context.RequestAborted);
        SetHeaders(context);
        long lines;
        await using (var gzip = new GZipStream(context.Response.Body, CompressionLevel.Fastest, leaveOpen: true))
        {
            lines = await LogArchive.CopyAsync(files.Folder, range, gzip, context.RequestAborted);
        }

        if (lines == 0)
        {
            await context.Response.Body.WriteAsync(GzipOfNothing, context.RequestAborted);
        }

        return lines;
    }

    private static void SetHeaders(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.CacheControl = "no-store";
        headers.Vary = HeaderNames.AcceptEncoding;
        if (AcceptsGzip(context.Request))
        {
            headers.ContentEncoding = "gzip";
            headers.ContentType = Media.Ndjson;
        }
        else
        {
            headers.ContentType = Gzip;
            headers.ContentDisposition = "attachment; filename=\"akkacrypto-log.ndjson.gz\"";
        }
    }

    private static bool AcceptsGzip(HttpRequest request) =>
        StringWithQualityHeaderValue.TryParseList(request.Headers.AcceptEncoding, out var codings)
        && codings.FirstOrDefault(coding => coding.Value.Equals("gzip", StringComparison.OrdinalIgnoreCase)) is { } gzip
        && gzip.Quality is not 0;

    [LoggerMessage(
        LogLevel.Information,
        "{KeyId} exported {Lines} lines of the log from {From} to {To}, level {Level}; trace {TraceId}, route {Route}, {Kind}")]
    private partial void Exported(
        string? keyId, long lines, string from, string to, string level, string traceId, string route, string kind);
}
