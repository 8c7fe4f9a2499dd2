using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;

namespace AkkaCrypto.Pipeline.Ops;

/// <summary>How far a series has come: the newest committed record.</summary>
/// <param name="Version">Raised by one with each move; a move names the version it started from.</param>
/// <param name="Compared">How far the records are known to be all that the provider lists, where that is less far: what came after was
/// pushed. Null: as far as the position.</param>
public sealed record FeedPosition(
    SeriesKey Series, ProviderTime Time, string RecordId, long Version, (ProviderTime Time, string RecordId)? Compared = null);

/// <summary>An interval that is known to be missing: after (<paramref name="From"/>, <paramref name="FromId"/>), before
/// (<paramref name="To"/>, <paramref name="ToId"/>), both stored.</summary>
public sealed record Gap(
    SeriesKey Series, ProviderTime From, string FromId, ProviderTime To, string ToId, string Reason, DateTimeOffset DetectedAt);

/// <summary>
/// A part of a series that a provider showed whole: from one record to another, both included and both stored, with nothing left out
/// between.
/// </summary>
public sealed record SeriesSpan(SeriesKey Series, ProviderTime From, string FromId, ProviderTime To, string ToId)
{
    /// <summary>Whether the provider showed something next to its begin, before it, that can't be read.</summary>
    public bool IsOpenBefore { get; init; }

    /// <summary>Whether the provider showed something next to its end, after it, that can't be read.</summary>
    public bool IsOpenAfter { get; init; }
}

/// <summary>
/// What a batch says of its series besides its rows; written in the same transaction. <paramref name="Position"/> carries the version it
/// started from: where that version has moved on meanwhile, the whole batch fails with <see cref="PositionMovedException"/> and nothing is
/// written.
/// </summary>
/// <param name="Shown">What the batch shows whole of a series; it is cut out of the series' gaps.</param>
/// <param name="Backfill">The backfill that the batch is a page of.</param>
public sealed record SeriesProgress(FeedPosition? Position, Gap? Gap, SeriesSpan? Shown = null, BackfillStep? Backfill = null)
{
    public static readonly SeriesProgress None = new(null, null);
}

/// <summary>Another writer moved the series' position first. Nothing was written; reload the position and ask again.</summary>
public sealed class PositionMovedException(SeriesKey series, long expectedVersion)
    : Exception($"The position of {series} is no longer at version {expectedVersion}; another writer moved it.")
{
    public SeriesKey Series { get; } = series;
}
