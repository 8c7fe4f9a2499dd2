using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Storage.Postgres;
using Microsoft.AspNetCore.Http.Features;

namespace AkkaCrypto.Api.Errors;

/// <summary>
/// The one place where exceptions and empty error statuses (routing's 404 and 405) become problem+json. What a client breaks off is no
/// error; what nobody expected is a 500 without details, with the exception in the log under the same trace id.
/// </summary>
public sealed partial class ErrorBoundary(RequestDelegate next, ILogger<ErrorBoundary> log)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (Exception exception) when (!context.Response.HasStarted)
        {
            await AnswerAsync(context, exception);
            return;
        }

        if (context.Response is { StatusCode: >= 400, HasStarted: false, ContentLength: null, ContentType: null })
        {
            await ProblemWriter.WriteAsync(context, Problem.ForStatus(context.Response.StatusCode));
        }
    }

    private Task AnswerAsync(HttpContext context, Exception exception)
    {
        if (context.RequestAborted.IsCancellationRequested)
        {
            context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            return Task.CompletedTask;
        }

        var problem = ProblemFor(exception);
        if (problem.Status == StatusCodes.Status500InternalServerError)
        {
            UnexpectedFailure(context.Request.Method, context.GetEndpoint()?.DisplayName, context.TraceIdentifier, exception);
        }
        else if (problem.Status == StatusCodes.Status503ServiceUnavailable && exception is not ProblemException)
        {
            DependencyFailure(context.Request.Method, context.GetEndpoint()?.DisplayName, context.TraceIdentifier, exception);
        }

        var headers = context.Features.Get<IHttpResponseFeature>()?.Headers;
        headers?.Remove("X-Data-Time");
        headers?.Remove("Age");
        return ProblemWriter.WriteAsync(context, problem);
    }

    private static Problem ProblemFor(Exception exception) => exception switch
    {
        ProblemException { Problem: var problem } => problem,
        BadHttpRequestException { StatusCode: var status } => Problem.ForStatus(status),
        DeadLettersFullException { Message: var full } => Problem.Unavailable(full),
        _ when PostgresErrors.IsTransient(exception) => Problem.Unavailable("The database does not answer."),
        _ => Problem.ForStatus(StatusCodes.Status500InternalServerError),
    };

    [LoggerMessage(LogLevel.Error, "{Method} {Route} failed, trace {TraceId}")]
    private partial void UnexpectedFailure(string method, string? route, string traceId, Exception exception);

    [LoggerMessage(LogLevel.Warning, "{Method} {Route}: a dependency does not answer, trace {TraceId}")]
    private partial void DependencyFailure(string method, string? route, string traceId, Exception exception);
}
