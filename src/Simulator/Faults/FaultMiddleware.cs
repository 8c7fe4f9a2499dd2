using System.Text;
using Microsoft.AspNetCore.Http;

namespace AkkaCrypto.Simulator.Faults;

/// <summary>Lets the provider answer, then spoils the answer as ordered. Admin routes are never spoiled.</summary>
internal sealed class FaultMiddleware(FaultBoard board, TimeProvider time, CancellationToken stopping)
{
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var (provider, path) = SimulatedProviders.Of(context.Request.Path);
        if (provider is null || board.Next(provider.Name, path) is not { } strike)
        {
            await next(context);
            return;
        }

        switch (strike.Fault.Kind)
        {
            case FaultKind.Delay:
                await Task.Delay(TimeSpan.FromMilliseconds(strike.Fault.DelayMs), time, context.RequestAborted);
                await next(context);
                break;
            case FaultKind.Timeout:
                await NeverAsync(context);
                break;
            case FaultKind.Status:
                await AnswerAsync(context, provider, strike.Fault);
                break;
            case FaultKind.Disconnect when context.WebSockets.IsWebSocketRequest:
                context.Abort();
                break;
            default:
                await SpoilAsync(context, next, provider.Name, path, strike);
                break;
        }
    }

    private async Task NeverAsync(HttpContext context)
    {
        using var until = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        await Task.Delay(Timeout.InfiniteTimeSpan, time, until.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        context.Abort();
    }

    private static Task AnswerAsync(HttpContext context, ISimulatedProvider provider, Fault fault)
    {
        var body = provider.ErrorBody(fault.Status) ?? HttpReasons.Page(fault.Status);
        context.Response.StatusCode = fault.Status;
        context.Response.ContentType = body.StartsWith('{') ? "application/json; charset=utf-8" : "text/html";
        if (fault.Status is 429 or 503 && fault.RetryAfterSeconds > 0)
        {
            context.Response.Headers.RetryAfter = fault.RetryAfterSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        return context.Response.WriteAsync(body, Encoding.UTF8, context.RequestAborted);
    }

    private static async Task SpoilAsync(HttpContext context, RequestDelegate next, string provider, string path, Strike strike)
    {
        if (context.WebSockets.IsWebSocketRequest)
        {
            // The session asks the board again for each frame; the handshake itself goes through.
            await next(context);
            return;
        }

        var original = context.Response.Body;
        using var whole = new MemoryStream();
        context.Response.Body = whole;
        await next(context);
        context.Response.Body = original;
        var body = whole.ToArray();
        if (strike.Fault.Kind == FaultKind.Disconnect)
        {
            context.Response.ContentLength = body.Length;
            await original.WriteAsync(body.AsMemory(0, body.Length / 2), context.RequestAborted);
            await original.FlushAsync(context.RequestAborted);
            context.Abort();
            return;
        }

        // Only JSON can be rewritten row by row; an error page or CSV is left as it is.
        var spoiled = context.Response.ContentType?.StartsWith("application/json", StringComparison.Ordinal) == true
            ? FaultyBody.Apply(strike, provider, path + context.Request.QueryString, body)
            : body;
        context.Response.ContentLength = spoiled.Length;
        await original.WriteAsync(spoiled, context.RequestAborted);
    }
}
