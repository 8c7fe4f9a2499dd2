using AkkaCrypto.Api.Errors;

namespace AkkaCrypto.Api.Hosting;

/// <summary>
/// At most so many requests at once. One past the bound is refused at once with 503 and Retry-After rather than queued, for a queue only
/// makes everybody's answer late.
/// </summary>
public sealed class Overload(RequestDelegate next, int maxConcurrentRequests)
{
    private int _underWay;

    public Task InvokeAsync(HttpContext context)
    {
        if (Interlocked.Increment(ref _underWay) > maxConcurrentRequests)
        {
            Interlocked.Decrement(ref _underWay);
            return ProblemWriter.WriteAsync(context, new Problem(
                StatusCodes.Status503ServiceUnavailable, ProblemCodes.Overloaded,
                $"All {maxConcurrentRequests} places of http.max-concurrent-requests are taken.", RetryAfter: TimeSpan.FromSeconds(1)));
        }

        return RunAsync(context);
    }

    private async Task RunAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }
}
