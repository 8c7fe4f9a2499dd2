using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Ops;

namespace AkkaCrypto.Pipeline.Stages;

/// <summary>One reply on its way from the provider to the store: what it said, what could not be read, and how far it takes its
/// series.</summary>
/// <param name="Furthest">Set when it is followed: the newest record's place; null where the reply takes its series no further.</param>
/// <param name="Missed">What the provider no longer showed when this reply came.</param>
/// <param name="Shown">Set when it is followed and may show something of a known gap.</param>
public sealed record NormalisedReply(
    Ask Ask, ProviderReply Reply, Normalised Content, SeriesPlace? Furthest = null, Gap? Missed = null, SeriesSpan? Shown = null)
{
    public SeriesRequest Request => Ask.Request;

    /// <summary>It says nothing of its series: it could not be read, or it is an error.</summary>
    public bool IsRefusedWhole => Content.Records.Count == 0 && Content.Refusals.Count > 0;

    /// <summary>The provider itself answered with an error: there is nothing to store, and nothing that could be replayed.</summary>
    public bool IsProviderError => IsRefusedWhole && Content.Refusals.All(refusal => refusal.IsProviderError);

    /// <summary>Refused elements, or 1 for a reply refused whole, without the provider's own errors.</summary>
    public int Unreadable => Content.Refusals.Count(refusal => !refusal.IsProviderError);

    /// <summary>What the reply counts for when batches are gathered by records: an empty reply still costs a place.</summary>
    public int Weight => Math.Max(1, Content.Records.Count);
}
