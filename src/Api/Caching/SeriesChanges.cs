using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Stages;

namespace AkkaCrypto.Api.Caching;

/// <summary>
/// Counts what this process has stored of each pair, so that an answer made before is not served after: who stores reads his own writes.
/// Pairs share a fixed number of counters; two that meet in one cost each other a read now and then, and memory stays bounded.
/// </summary>
public sealed class SeriesChanges
{
    private const int Counters = 4096;
    private readonly int[] _counts = new int[Counters];

    /// <summary>Where a pair's count stands.</summary>
    public static int CounterOf(string exchange, string pair) => (int)((uint)HashCode.Combine(exchange, pair) % Counters);

    public int Count(int counter) => Volatile.Read(ref _counts[counter]);

    /// <summary>After the commit, and before who asked for it is answered.</summary>
    public void Stored(Feed feed, IReadOnlyList<NormalisedReply> replies)
    {
        foreach (var reply in replies)
        {
            Stored(feed.Provider, reply.Request.Series);
        }
    }

    /// <inheritdoc cref="Stored(Feed, IReadOnlyList{NormalisedReply})"/>
    public void Stored(string exchange, string pair) => Interlocked.Increment(ref _counts[CounterOf(exchange, pair)]);
}
