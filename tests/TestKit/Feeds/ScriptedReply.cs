using System.Net;
using System.Text;

namespace AkkaCrypto.TestKit.Feeds;

/// <summary>One answer of a scripted provider.</summary>
public sealed record ScriptedReply(int Status, byte[] Body)
{
    /// <summary>Never answers; only the caller's cancellation ends the request.</summary>
    public static ScriptedReply Hang { get; } = Ok("") with { After = Timeout.InfiniteTimeSpan };

    /// <summary>The header <c>Retry-After</c>, as written.</summary>
    public string? RetryAfter { get; init; }

    /// <summary>How long the answer takes, by the fake clock.</summary>
    public TimeSpan After { get; init; }

    /// <summary>Thrown instead of an answer: a broken connection.</summary>
    public Exception? Failure { get; init; }

    /// <summary>The answer waits for this gate too.</summary>
    public Task Gate { get; init; } = Task.CompletedTask;

    /// <summary>Put in place of the body: a stream that is read as far as the client wants.</summary>
    public Func<Stream>? Content { get; init; }

    public static ScriptedReply Ok(string body) => Of(200, body);

    public static ScriptedReply Of(int status, string body = "") => new(status, Encoding.UTF8.GetBytes(body));

    public static ScriptedReply Broken(string message) => Ok("") with { Failure = new HttpRequestException(message) };

    internal HttpResponseMessage Message(HttpRequestMessage request)
    {
        var message = new HttpResponseMessage((HttpStatusCode)Status)
        {
            RequestMessage = request,
            Content = Content is { } open ? new StreamContent(open()) : new ByteArrayContent(Body),
        };
        if (RetryAfter is { } wait)
        {
            message.Headers.TryAddWithoutValidation("Retry-After", wait);
        }

        return message;
    }
}
