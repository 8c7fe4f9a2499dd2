using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Ops;

namespace AkkaCrypto.Pipeline.Stages;

/// <summary>One reply on its way from the provider to the store: what it said, what could not be read, and how far it takes its
/// series.</summary>
/// <param name="Furthest">Set when it is followed: the newest record's place; null where the reply takes its series no further.</param>
/// <param name="Missed">What the provider no longer showed when this reply came.</param>
/// <param name="IsPushed">It came over a websocket: it shows itself, and nothing of what was before it.</param>
/// <param name="Unjoined">Why nothing is known of what was between the series' last record and this pushed one; null where it is
/// known.</param>
/// <param name="Uncompared">What was stored as it was pushed, and passed out of the provider's list before it was compared with it: a
/// record that was not pushed is missing there.</param>
public sealed record NormalisedReply(
    Ask Ask, ProviderReply Reply, Normalised Content, SeriesPlace? Furthest = null, Gap? Missed = null, bool IsPushed = false,
    string? Unjoined = null, Gap? Uncompared = null)
{
    /// <summary>When it came into the buffer, for the stage's meter.</summary>
    public long Entered { get; init; }

    public SeriesRequest Request => Ask.Request;

    /// <summary>It says nothing of its series: it could not be read, or it is an error.</summary>
    public bool IsRefusedWhole => Content.Records.Count == 0 && Content.Refusals.Count > 0;

    /// <summary>The provider itself answered with an error: there is nothing to store, and nothing that could be replayed.</summary>
    public bool IsProviderError => IsRefusedWhole && Content.Refusals.All(refusal => refusal.IsProviderError);

    /// <summary>Refused elements, or 1 for a reply refused whole, without the provider's own errors.</summary>
    public int Unreadable => Content.Refusals.Count(refusal => !refusal.IsProviderError);

    /// <summary>Set when it is followed: the place of its newest record; null where it holds none that has a place.</summary>
    public SeriesPlace? Newest { get; init; }

    /// <summary>Set when it is followed and may show something of a known gap: each stretch that it shows whole.</summary>
    public IReadOnlyList<SeriesSpan> Shown { get; init; } = [];

    /// <summary>Set when it is followed: what it shows of its series for the first time, and can't be read.</summary>
    public IReadOnlyList<Gap> Torn { get; init; } = [];

    /// <summary>The gaps that it revealed.</summary>
    public IEnumerable<Gap> Gaps => new[] { Missed, Uncompared }.OfType<Gap>().Concat(Torn);

    /// <summary>What the reply counts for when batches are gathered by records: an empty reply still costs a place.</summary>
    public int Weight => Math.Max(1, Content.Records.Count);
}
