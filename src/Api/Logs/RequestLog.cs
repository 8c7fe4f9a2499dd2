using AkkaCrypto.Api.Auth;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Api.Ops;
using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Api.Logs;

/// <summary>
/// One line a request in the log's files, with route, status, time, the key's id and the trace id; refused and slow ones on the console
/// too. Paths that led nowhere and query strings are not written: they are a stranger's words and may hold secrets. Where telemetry is
/// exported, a request is a span as well, and the trace id is the span's.
/// </summary>
public sealed partial class RequestLog(
    RequestDelegate next, LoggingSettings settings, RequestLogFiles files, TimeProvider time, ILogger<RequestLog> log)
{
    private const int SlowMilliseconds = 1000;
    private readonly bool _tellsRoutine = log.IsEnabled(LogLevel.Debug);
    private readonly int _lowestStatus = settings.Requests switch { "all" => 0, "refused" => 400, _ => int.MaxValue };

    public async Task InvokeAsync(HttpContext context)
    {
        var started = time.GetTimestamp();
        using var span = RequestSpan.Start(context);
        await next(context);
        var milliseconds = time.GetElapsedTime(started).TotalMilliseconds;
        var status = context.Response.StatusCode;
        var endpoint = context.GetEndpoint();
        var route = (endpoint as RouteEndpoint)?.RoutePattern.RawText;
        endpoint?.Metadata.GetMetadata<RouteMeter>()?.Record(context.Request.Method, status, milliseconds);
        RequestSpan.End(span, context, route);
        if (status >= _lowestStatus)
        {
            files.Append(new RequestLine(
                time.GetUtcNow(), context.Request.Method, route, status, milliseconds, Caller.Of(context)?.Id, context.TraceIdentifier));
        }

        Tell(context, route, status, milliseconds);
    }

    private void Tell(HttpContext context, string? route, int status, double milliseconds)
    {
        var level = LevelFor(route, status, milliseconds);
        // Nearly all are routine, and the level is set at start: whoever could want to hear of them isn't asked each time.
        if (level == LogLevel.Debug ? _tellsRoutine : log.IsEnabled(level))
        {
            Answered(level, context.Request.Method, route, status, milliseconds, Caller.Of(context)?.Id, context.TraceIdentifier);
        }
    }

    private static LogLevel LevelFor(string? route, int status, double milliseconds) =>
        route == Health.ReadyPath && status == StatusCodes.Status503ServiceUnavailable ? LogLevel.Debug
        : status >= 500 ? LogLevel.Warning
        : status >= 400 || milliseconds >= SlowMilliseconds ? LogLevel.Information
        : LogLevel.Debug;

    [LoggerMessage(Message = "{Method} {Route} {Status} in {Milliseconds:F1} ms, key {Key}, trace {TraceId}", SkipEnabledCheck = true)]
    private partial void Answered(
        LogLevel level, string method, string? route, int status, double milliseconds, string? key, string traceId);
}
