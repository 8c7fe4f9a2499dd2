using AkkaCrypto.Api.Errors;
using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Api.Hosting;

/// <summary>
/// At most so many requests at once, and of reads (GET and HEAD) fewer, so that reads are shed before writes. One past its bound is refused
/// at once with 503 and Retry-After rather than queued, for a queue only makes everybody's answer late. Whether the process is alive is
/// answered always.
/// </summary>
public sealed class Overload(RequestDelegate next, HttpSettings http)
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);
    private readonly Problem _full = Of($"All {http.MaxConcurrentRequests} places of http.max-concurrent-requests are taken.");
    private readonly Problem _readsFull =
        Of($"All {http.MaxConcurrentReads} places of http.max-concurrent-reads are taken; writes go first.");

    private int _underWay;
    private int _reads;

    public Task InvokeAsync(HttpContext context)
    {
        if (context.Request.Path.Equals("/healthz", StringComparison.Ordinal))
        {
            return next(context);
        }

        var isRead = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method);
        if (isRead && !TryEnter(ref _reads, http.MaxConcurrentReads))
        {
            return ProblemWriter.WriteAsync(context, _readsFull);
        }

        if (TryEnter(ref _underWay, http.MaxConcurrentRequests))
        {
            return RunAsync(context, isRead);
        }

        Leave(isRead, underWay: false);
        return ProblemWriter.WriteAsync(context, _full);
    }

    private static bool TryEnter(ref int count, int most)
    {
        if (Interlocked.Increment(ref count) <= most)
        {
            return true;
        }

        Interlocked.Decrement(ref count);
        return false;
    }

    private static Problem Of(string detail) =>
        new(StatusCodes.Status503ServiceUnavailable, ProblemCodes.Overloaded, detail, RetryAfter: Retry);

    private async Task RunAsync(HttpContext context, bool isRead)
    {
        try
        {
            await next(context);
        }
        finally
        {
            Leave(isRead, underWay: true);
        }
    }

    private void Leave(bool isRead, bool underWay)
    {
        if (isRead)
        {
            Interlocked.Decrement(ref _reads);
        }

        if (underWay)
        {
            Interlocked.Decrement(ref _underWay);
        }
    }
}
