namespace AkkaCrypto.Pipeline.Feeds;

/// <summary>What a provider answered.</summary>
/// <param name="Body">At most the provider's <c>max-reply-bytes</c>.</param>
/// <param name="Cut">The body was longer and is cut there.</param>
/// <param name="Origin">Method and address of the request, without secrets.</param>
public sealed record ProviderReply(ReadOnlyMemory<byte> Body, int Status, bool Cut, string Origin, DateTimeOffset ReceivedAt)
{
    /// <summary>Whether the provider itself was asked for it; else it was pushed, or handed in by a caller.</summary>
    public bool WasAskedFor => Origin.StartsWith("GET ", StringComparison.Ordinal);
}

/// <summary>No answer came: unreachable, cut off, too late, or the circuit is open.</summary>
public sealed class UpstreamException(string message, bool timeout, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The provider was too late, as opposed to unreachable.</summary>
    public bool Timeout { get; } = timeout;
}
