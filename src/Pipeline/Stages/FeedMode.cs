using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Streams;

namespace AkkaCrypto.Pipeline.Stages;

/// <summary>How a feed gets its data at this moment: by asking alone, or from a connection. Equal while nothing has to be opened
/// anew.</summary>
/// <param name="Connection">Null for a feed that only asks, or is paused.</param>
public sealed record FeedMode(SocketSettings? Connection)
{
    public static FeedMode Of(Feed feed) => new(feed.Listening());

    public bool Equals(FeedMode? other) => other is not null && (Connection, other.Connection) switch
    {
        (null, null) => true,
        ({ } left, { } right) => left.Address == right.Address && left.Silence == right.Silence
            && left.MaxMessageBytes == right.MaxMessageBytes && left.HeartbeatEvery == right.HeartbeatEvery
            && left.Heartbeat.Span.SequenceEqual(right.Heartbeat.Span)
            && left.Subscribe.Count == right.Subscribe.Count
            && left.Subscribe.Zip(right.Subscribe).All(pair => pair.First.Span.SequenceEqual(pair.Second.Span)),
        _ => false,
    };

    public override int GetHashCode() => HashCode.Combine(Connection?.Address, Connection?.Subscribe.Count);
}
