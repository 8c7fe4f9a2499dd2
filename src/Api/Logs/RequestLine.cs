using AkkaCrypto.Api.Ops;

namespace AkkaCrypto.Api.Logs;

/// <summary>What the log keeps of a request.</summary>
/// <param name="Route">The route's pattern; null where the path led nowhere.</param>
/// <param name="KeyId">Null without a valid key.</param>
public readonly record struct RequestLine(
    DateTimeOffset Time, string Method, string? Route, int Status, double Milliseconds, string? KeyId, string TraceId)
{
    public ReadOnlySpan<byte> Outcome => Status switch
    {
        StatusCodes.Status304NotModified => "not_modified"u8,
        StatusCodes.Status499ClientClosedRequest => "abandoned"u8,
        >= 500 => "failed"u8,
        >= 400 => "refused"u8,
        _ => "served"u8,
    };

    /// <summary>A probe's "not ready" is an answer, not a failure.</summary>
    public ReadOnlySpan<byte> Level => Status >= 500 && Route != Health.ReadyPath && Route != null ? "warning"u8 : "information"u8;
}
