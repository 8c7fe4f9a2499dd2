using AkkaCrypto.Api.Auth;
using AkkaCrypto.Api.Ops;

namespace AkkaCrypto.Api.Hosting;

/// <summary>
/// One line a request with route, status, time, the key's id and the trace id: refusals and slow ones at Information, failures at Warning,
/// all the others at Debug, so that a busy service doesn't spend its time on its log; there too goes a probe's "not ready", which is an
/// answer. Paths that led nowhere and query strings are not written: they are a stranger's words and may hold secrets.
/// </summary>
public sealed partial class RequestLog(RequestDelegate next, TimeProvider time, ILogger<RequestLog> log)
{
    private const int SlowMilliseconds = 1000;

    public async Task InvokeAsync(HttpContext context)
    {
        var started = time.GetTimestamp();
        await next(context);
        var milliseconds = time.GetElapsedTime(started).TotalMilliseconds;
        var route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText;
        var level = LevelFor(route, context.Response.StatusCode, milliseconds);
        if (log.IsEnabled(level))
        {
            Answered(
                level, context.Request.Method, route, context.Response.StatusCode,
                milliseconds, Caller.Of(context)?.Id, context.TraceIdentifier);
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
