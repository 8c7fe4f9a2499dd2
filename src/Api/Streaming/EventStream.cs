using System.Security.Cryptography;
using AkkaCrypto.Api.Auth;
using AkkaCrypto.Api.Errors;
using AkkaCrypto.Api.Validation;
using Microsoft.AspNetCore.Http.Features;

namespace AkkaCrypto.Api.Streaming;

/// <summary>
/// One client's stream of events (WHATWG HTML, "Server-sent events"): its place among the others, its headers, comments while it lasts, and
/// its end. What a write has not yet given to the network is bounded by the server's response buffer: then the write waits, and only it.
/// </summary>
internal sealed class EventStream
{
    private static readonly TimeSpan LastWordsWithin = TimeSpan.FromSeconds(1);

    private readonly HttpContext _context;
    private readonly StreamClient _client;
    private readonly TimeSpan _retry;
    private readonly TimeProvider _time;
    private readonly CancellationToken _ended;

    private EventStream(HttpContext context, StreamClient client, TimeSpan retry, TimeProvider time, CancellationToken ended) =>
        (_context, _client, _retry, _time, _ended) = (context, client, retry, time, ended);

    /// <summary>Cancelled when the client has gone or has to go.</summary>
    public CancellationToken Ended => _ended;

    /// <summary>Runs <paramref name="body"/> as a stream, which ends with the client, the service or the key; or refuses.</summary>
    public static async Task ServeAsync(HttpContext context, LiveHub hub, TimeProvider time, Func<EventStream, Task> body)
    {
        var (client, refusal) = hub.Clients.Enter(Caller.Of(context)!, StillHolds(context));
        if (client is null)
        {
            await ProblemWriter.WriteAsync(context, refusal!);
            return;
        }

        using (client)
        {
            try
            {
                await ServeAsync(context, client, hub.Settings.Retry, time, body);
            }
            finally
            {
                hub.Clients.Leave(client);
            }
        }
    }

    /// <summary>Says that the stream has begun: what is committed from here on is in it.</summary>
    public Task OpenAsync() => WriteAsync(EventFrame.Retry(_retry));

    public async Task WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        await CommentIfDueAsync();
        await _context.Response.BodyWriter.WriteAsync(bytes, _ended);
    }

    /// <summary>Waits until <paramref name="changed"/> ends; comments meanwhile.</summary>
    public async Task WaitAsync(Task changed)
    {
        while (!changed.IsCompleted)
        {
            var poked = _client.Poked;
            await Task.WhenAny(changed, poked).WaitAsync(_ended);
            await CommentIfDueAsync();
        }
    }

    private static async Task ServeAsync(
        HttpContext context, StreamClient client, TimeSpan retry, TimeProvider time, Func<EventStream, Task> body)
    {
        WriteHead(context);
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, client.Ending);
        var stream = new EventStream(context, client, retry, time, ended.Token);
        try
        {
            await body(stream);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client has gone: that is how most streams end.
        }
        catch (OperationCanceledException) when (client.Why != StreamEnd.None)
        {
            await LastWordsAsync(context, client.Why, retry);
        }
    }

    /// <summary>Asks what the gate asked when the stream began: a key that is revoked, or a key or token that is over, ends it.</summary>
    private static Func<bool> StillHolds(HttpContext context)
    {
        var (keys, accepted) = (
            context.RequestServices.GetRequiredService<ApiKeys>(), context.RequestServices.GetRequiredService<AcceptedTokens>());
        var credentials = Credentials.Take(context.Request);
        return credentials.Key is { } key ? () => keys.Find(key).Verdict == KeyVerdict.Known
            : () => accepted.Tokens?.Find(credentials.Token, out _) is not null;
    }

    private static void WriteHead(HttpContext context)
    {
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        context.Response.ContentType = Media.EventStream;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["X-Accel-Buffering"] = "no"; // nginx would gather events otherwise
    }

    /// <summary>Who reads them reconnects when it should; who doesn't read is cut off.</summary>
    private static async Task LastWordsAsync(HttpContext context, StreamEnd why, TimeSpan retry)
    {
        // Spread, so that not all of a node's clients come to another one at once.
        ReadOnlyMemory<byte> words = why == StreamEnd.Stopping
            ? EventFrame.Retry(retry * (1 + (RandomNumberGenerator.GetInt32(1000) / 1000.0)))
            : EventFrame.Says("the key or token is no longer valid");
        using var within = new CancellationTokenSource(LastWordsWithin);
        try
        {
            await context.Response.BodyWriter.WriteAsync(words, within.Token);
            await context.Response.CompleteAsync().WaitAsync(within.Token);
        }
        catch (OperationCanceledException)
        {
            context.Abort();
        }
    }

    private async Task CommentIfDueAsync()
    {
        if (_client.TakeComment(_time.GetTimestamp()))
        {
            await _context.Response.BodyWriter.WriteAsync(EventFrame.Comment, _ended);
        }
    }
}
