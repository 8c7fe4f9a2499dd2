using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.OnChain;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.Pipeline.Ops;

namespace AkkaCrypto.Pipeline.Stages;

/// <summary>What a reply without unreadable elements shows whole of its series: a provider leaves nothing out between the oldest and the
/// newest record that it shows. Of any reply: <see cref="ShownPage"/>.</summary>
internal static class ShownSpan
{
    /// <summary>Null where there is nothing to show, and for kinds that are no history: prices, books, lists.</summary>
    /// <param name="within">What lies outside of it counts for nothing: a walk may come to its range by a jump.</param>
    public static SeriesSpan? Of(
        SeriesKey series, ReplyContext context, IReadOnlyList<NormalisedRecord> records, HistoryRange? within = null)
    {
        (SeriesPlace From, SeriesPlace To)? span = null;
        foreach (var record in records)
        {
            if (PlaceOf(record, context) is not { } place)
            {
                return null;
            }

            if (within is not null && !IsWithin(within, place))
            {
                continue;
            }

            span = span is not { } known ? (place, place) : (Min(known.From, place), Max(known.To, place));
        }

        return span is { } shown ? new SeriesSpan(series, shown.From.Time, shown.From.Id, shown.To.Time, shown.To.Id) : null;
    }

    /// <summary>A reply without what lies outside of a range. What has no place in a history stays, and so do the bounds of what could not
    /// be read: a gap lies between stored records.</summary>
    public static Normalised Within(HistoryRange range, Normalised content, ReplyContext context, IReadOnlyList<SeriesSpan> torn)
    {
        var bounds = torn.SelectMany(of => new[] { FromOf(of), ToOf(of) }).ToHashSet();
        var kept = new Normalised { Rounded = content.Rounded };
        kept.Records.AddRange(content.Records.Where(
            record => PlaceOf(record, context) is not { } place || IsWithin(range, place) || bounds.Contains(place)));
        kept.Refusals.AddRange(content.Refusals);
        return kept;
    }

    /// <summary>The span of two pages that follow each other.</summary>
    public static SeriesSpan? And(this SeriesSpan? first, SeriesSpan? second)
    {
        if (first is null || second is null)
        {
            return first ?? second;
        }

        var (byFrom, byTo) = (FromOf(first).CompareTo(FromOf(second)), ToOf(first).CompareTo(ToOf(second)));
        var (begins, ends) = (byFrom <= 0 ? first : second, byTo >= 0 ? first : second);
        return new SeriesSpan(first.Series, begins.From, begins.FromId, ends.To, ends.ToId)
        {
            IsOpenBefore = begins.IsOpenBefore || (byFrom == 0 && second.IsOpenBefore),
            IsOpenAfter = ends.IsOpenAfter || (byTo == 0 && second.IsOpenAfter),
        };
    }

    public static bool IsWithin(HistoryRange range, SeriesPlace place) =>
        place.Time.ToDateTimeOffset() is var at && at >= range.From && at < range.To;

    // A chart's points come off-grid, and the one in a bucket changes: its place is the bucket's.
    public static SeriesPlace? PlaceOf(NormalisedRecord record, ReplyContext context) => record switch
    {
        Trade or OnChainPoint => SeriesPlace.Of(record),
        Candle candle => new SeriesPlace(candle.OpenTime, ""),
        ChartPoint point when context.Interval is { } interval => new SeriesPlace(
            ProviderTime.From(ChartStore.BucketStart(point, ChartStore.Bucket(interval)), 0), ""),
        _ => null,
    };

    public static SeriesPlace FromOf(SeriesSpan span) => new(span.From, span.FromId);

    public static SeriesPlace ToOf(SeriesSpan span) => new(span.To, span.ToId);

    private static SeriesPlace Min(SeriesPlace left, SeriesPlace right) => left.CompareTo(right) <= 0 ? left : right;

    private static SeriesPlace Max(SeriesPlace left, SeriesPlace right) => left.CompareTo(right) >= 0 ? left : right;
}
