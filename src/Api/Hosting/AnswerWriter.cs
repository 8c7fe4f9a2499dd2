using System.Buffers;
using AkkaCrypto.Api.Errors;
using AkkaCrypto.Api.Validation;
using Microsoft.Extensions.Primitives;

namespace AkkaCrypto.Api.Hosting;

/// <summary>
/// Sends answers in the coding that the client likes, with their length; data also with <c>X-Data-Time</c>, <c>Age</c>,
/// <c>Last-Modified</c>, <c>ETag</c>, <c>Cache-Control</c> and <c>Vary</c>, or as 304 where the client has it. What is past its age limit
/// is refused here and nowhere else.
/// </summary>
/// <param name="compressFrom">Smaller bodies, in bytes, go as they are.</param>
public sealed class AnswerWriter(TimeProvider time, long compressFrom)
{
    /// <summary>Up to here a body is copied behind the headers, and both leave in one write.</summary>
    private const int CopiedUpTo = 4096;

    /// <summary>Who asks decides whether there is an answer, so a cache must not give one caller's to another.</summary>
    private static readonly StringValues Vary = "Accept, Accept-Encoding, Authorization, X-API-Key";

    private static readonly StringValues VaryCoinGecko =
        "Accept, Accept-Encoding, Authorization, X-API-Key, x-cg-demo-api-key, x-cg-pro-api-key";

    private static readonly StringValues NoStore = "no-store";
    private static readonly StringValues IsStale = "110 - \"Response is Stale\"";
    private static readonly StringValues GzipName = "gzip";
    private static readonly StringValues BrotliName = "br";

    private static readonly Problem NoCoding = new(
        StatusCodes.Status406NotAcceptable, ProblemCodes.NotAcceptable,
        "Accept-Encoding refuses every coding there is: identity, gzip and br.");

    /// <summary>Null where the client takes at least one of the codings.</summary>
    public static Problem? Refusal(HttpRequest request) => AcceptedCodings.Of(request).Any ? null : NoCoding;

    public Task WriteAsync(HttpContext context, Answer answer)
    {
        if (answer.Refusal is { } refusal)
        {
            return ProblemWriter.WriteAsync(context, refusal);
        }

        var now = time.GetUtcNow();
        if (!answer.IsFresh(now))
        {
            return ProblemWriter.WriteAsync(
                context, Problem.Stale(answer.Freshness!.What, now - answer.DataTime!.Value, answer.Freshness.MaxAge));
        }

        if (CodingFor(context, answer) is not { } coding)
        {
            return ProblemWriter.WriteAsync(context, NoCoding);
        }

        var response = context.Response;
        if (!answer.IsData)
        {
            response.Headers.CacheControl = NoStore;
            if (HasVersion(context))
            {
                response.StatusCode = StatusCodes.Status304NotModified;
                return Task.CompletedTask;
            }
        }
        else if (Mark(context, answer, coding, now))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        response.StatusCode = answer.Status;
        response.ContentType = answer.ContentType;
        return coding == Coding.Identity ? SendAsync(context, answer.Body) : SendCodedAsync(context, answer, coding);
    }

    /// <summary>Answers 304 where the client has this very answer already; else nothing has happened.</summary>
    public bool TryWriteNotModified(HttpContext context, Answer? kept)
    {
        var now = time.GetUtcNow();
        if (kept is null || !kept.IsData || !kept.IsFresh(now) || CodingFor(context, kept) is not { } coding
            || !IsNotModified(context.Request, kept, coding, now))
        {
            return false;
        }

        Mark(context, kept, coding, now);
        context.Response.StatusCode = StatusCodes.Status304NotModified;
        return true;
    }

    private Coding? CodingFor(HttpContext context, Answer answer) =>
        AcceptedCodings.Of(context.Request).Choose(answer.Body.Length >= compressFrom);

    /// <summary>Writes what a client needs to keep the answer.</summary>
    /// <returns>Whether it has it already.</returns>
    private static bool Mark(HttpContext context, Answer answer, Coding coding, DateTimeOffset now)
    {
        var headers = context.Response.Headers;
        var age = answer.AgeAt(now);
        headers["X-Data-Time"] = answer.DataTimeText;
        headers.Age = age.Age;
        headers.CacheControl = age.CacheControl;
        headers.LastModified = answer.ModifiedAt is null ? Answer.DateText(now) : answer.LastModified;
        headers.ETag = answer.Representations.ETag(coding);
        headers.Vary = context.Request.Path.StartsWithSegments("/api/v3") ? VaryCoinGecko : Vary;
        if (answer.Stale is { } error)
        {
            headers["X-Stale"] = error;
            headers.Warning = IsStale;
        }

        return IsNotModified(context.Request, answer, coding, now);
    }

    /// <summary>Whether the client has the version that the route has named.</summary>
    private static bool HasVersion(HttpContext context) =>
        context.Response.Headers.ETag is [{ } version] && context.Request.Headers.IfNoneMatch.Count > 0
        && (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method))
        && Preconditions.HoldNotModified(context.Request, version, modifiedAt: null, DateTimeOffset.MaxValue);

    private static bool IsNotModified(HttpRequest request, Answer answer, Coding coding, DateTimeOffset now) =>
        Preconditions.AreThere(request) && (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
        && Preconditions.HoldNotModified(
            request, answer.Representations.ETag(coding).ToString(), answer.IsDated ? answer.ModifiedAt : null, now);

    private static async Task SendCodedAsync(HttpContext context, Answer answer, Coding coding)
    {
        var bytes = await answer.Representations.BytesAsync(coding);
        context.Response.Headers.ContentEncoding = coding == Coding.Gzip ? GzipName : BrotliName;
        await SendAsync(context, bytes);
    }

    private static Task SendAsync(HttpContext context, ReadOnlyMemory<byte> body)
    {
        var response = context.Response;
        response.ContentLength = body.Length;
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return Task.CompletedTask;
        }

        return body.Length > CopiedUpTo
            ? response.Body.WriteAsync(body, context.RequestAborted).AsTask()
            : CopyAsync(response, body);
    }

    /// <summary>Started first: bytes that come before their headers are kept apart, and copied once more behind them.</summary>
    private static async Task CopyAsync(HttpResponse response, ReadOnlyMemory<byte> body)
    {
        await response.StartAsync(CancellationToken.None);
        response.BodyWriter.Write(body.Span);
    }
}
