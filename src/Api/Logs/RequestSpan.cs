using System.Diagnostics;
using AkkaCrypto.Api.Auth;

namespace AkkaCrypto.Api.Logs;

/// <summary>
/// A request as a span (OpenTelemetry's semantic conventions for HTTP servers), below the caller's <c>traceparent</c> (W3C Trace Context)
/// where there is one. Costs nothing while nobody listens.
/// </summary>
public static class RequestSpan
{
    public const string SourceName = "AkkaCrypto.Api";

    private static readonly ActivitySource Source = new(SourceName);

    public static Activity? Start(HttpContext context)
    {
        if (!Source.HasListeners())
        {
            return null;
        }

        var headers = context.Request.Headers;
        // One that can't be read is as good as none: the trace begins here.
        var hasParent = ActivityContext.TryParse(headers.TraceParent, headers.TraceState, isRemote: true, out var parent);
        var span = Source.StartActivity(context.Request.Method, ActivityKind.Server, hasParent ? parent : default);
        if (span is not null)
        {
            // What logs and errors call this request is then the same as in the traces.
            context.TraceIdentifier = span.TraceId.ToHexString();
        }

        return span;
    }

    /// <param name="route">The route's pattern; null where the path led nowhere.</param>
    public static void End(Activity? span, HttpContext context, string? route)
    {
        if (span is null)
        {
            return;
        }

        var status = context.Response.StatusCode;
        span.DisplayName = route is null ? context.Request.Method : $"{context.Request.Method} {route}";
        span.SetTag("http.request.method", context.Request.Method);
        span.SetTag("http.route", route);
        span.SetTag("http.response.status_code", status);
        span.SetTag("akkacrypto.key_id", Caller.Of(context)?.Id);
        if (status >= 500)
        {
            span.SetStatus(ActivityStatusCode.Error);
        }
    }
}
