using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Ops;

namespace AkkaCrypto.Pipeline.Stages;

/// <summary>One reply on its way from the provider to the store: what it said, what could not be read, and how far it takes its series.</summary>
/// <param name="Furthest">The newest record's place; null where the reply takes its series no further.</param>
/// <param name="Missed">What the provider no longer showed when this reply came.</param>
public sealed record NormalisedReply(Ask Ask, ProviderReply Reply, Normalised Content, SeriesPlace? Furthest, Gap? Missed)
{
    public SeriesRequest Request => Ask.Request;

    /// <summary>What the reply counts for when batches are gathered by records: an empty reply still costs a place.</summary>
    public int Weight => Math.Max(1, Content.Records.Count);
}
