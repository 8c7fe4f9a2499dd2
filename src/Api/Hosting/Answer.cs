using AkkaCrypto.Api.Errors;
using AkkaCrypto.Api.Validation;

namespace AkkaCrypto.Api.Hosting;

/// <summary>How old an answer's data may be when it leaves.</summary>
/// <param name="What">The data's name in the refusal: <c>the price of bitcoin in usd</c>.</param>
public sealed record Freshness(string What, TimeSpan MaxAge);

/// <summary>
/// An encoded body with the time of its data, or a refusal. Immutable, so that one answer serves any number of requests from memory; its
/// age is checked anew each time it is written.
/// </summary>
public sealed class Answer
{
    private Answer(
        ReadOnlyMemory<byte> body, DateTimeOffset? dataTime, string? dataTimeText, Freshness? freshness, Problem? refusal, int status)
    {
        Body = body;
        DataTime = dataTime;
        DataTimeText = dataTimeText;
        Freshness = freshness;
        Refusal = refusal;
        Status = status;
    }

    /// <summary>In UTF-8.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>Of the oldest value in the body; null where the body is no provider's data.</summary>
    public DateTimeOffset? DataTime { get; }

    public string? DataTimeText { get; }

    /// <summary>Null for history, which may be as old as it was asked for.</summary>
    public Freshness? Freshness { get; }

    public Problem? Refusal { get; }

    public int Status { get; }

    /// <summary>With its charset and version, where it has any.</summary>
    public string ContentType { get; private init; } = Media.Json;

    /// <param name="contentType">Of a body that is not JSON.</param>
    public static Answer Of(ReadOnlyMemory<byte> body, string contentType) =>
        new(body, null, null, null, null, StatusCodes.Status200OK) { ContentType = contentType };

    public static Answer Of(ReadOnlyMemory<byte> body, int status = StatusCodes.Status200OK) => new(body, null, null, null, null, status);

    /// <param name="dataTimeText">As the provider stated it, with its own digits.</param>
    public static Answer Of(ReadOnlyMemory<byte> body, DateTimeOffset dataTime, string dataTimeText, Freshness? freshness) =>
        new(body, dataTime, dataTimeText, freshness, null, StatusCodes.Status200OK);

    public static implicit operator Answer(Problem refusal) => new(default, null, null, null, refusal, refusal.Status);
}
