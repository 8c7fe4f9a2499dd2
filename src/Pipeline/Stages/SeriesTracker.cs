using System.Globalization;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.OnChain;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Ops;

namespace AkkaCrypto.Pipeline.Stages;

/// <summary>Where a record stands in its series: by the provider's time, and by id among those of one instant.</summary>
public readonly record struct SeriesPlace(ProviderTime Time, string Id) : IComparable<SeriesPlace>
{
    /// <summary>The record's place; null for kinds that have no time.</summary>
    public static SeriesPlace? Of(NormalisedRecord record) => record switch
    {
        Trade trade => new SeriesPlace(trade.Time, trade.TradeId),
        OrderBook { Time: { } at } book => new SeriesPlace(at, book.Sequence?.ToString(CultureInfo.InvariantCulture) ?? ""),
        AssetPrice { Time: { } at } => new SeriesPlace(at, ""),
        ChartPoint point => new SeriesPlace(point.Time, ""),
        OnChainPoint point => new SeriesPlace(point.Time, ""),
        Candle candle => new SeriesPlace(candle.OpenTime, ""),
        GlobalMarket { Time: { } at } => new SeriesPlace(at, ""),
        _ => null,
    };

    public int CompareTo(SeriesPlace other) => Time.CompareTo(other.Time) is var byTime && byTime != 0 ? byTime : CompareIds(Id, other.Id);

    // Ids that are numbers of different length order by length first, so that 999 comes before 1000.
    private static int CompareIds(string left, string right) =>
        left.Length != right.Length ? left.Length.CompareTo(right.Length) : string.CompareOrdinal(left, right);
}

/// <summary>
/// Knows how far each series of one feed is committed, and says of the replies of the next transaction how far they take their series and
/// whether anything was missed before them. Belongs to the feed's one writer: what is not committed moves nothing, so neither a restart nor
/// a reply that could not be stored can hide a gap.
/// </summary>
/// <remarks>
/// A gap is seen where a reply is a full window of the newest records (Coinone: 200 trades) and even its oldest one is newer than the last
/// known one: whatever the provider had between the two, it no longer shows. A window that is not full shows everything there is. At the
/// same instant as the last known record, only finding that very record proves that nothing is missing.
/// </remarks>
/// <param name="windowSize">Records in a full window; null for datasets whose replies are no such windows: they have no gaps of this
/// kind.</param>
public sealed class SeriesTracker(string provider, string dataset, int? windowSize, TimeProvider time)
{
    private readonly Dictionary<string, FeedPosition> _committed = new(StringComparer.Ordinal);

    /// <summary>Starts from what the database says is committed. Called between two runs of the writer, never beside it.</summary>
    public void Reset(IEnumerable<FeedPosition> committed)
    {
        _committed.Clear();
        foreach (var position in committed)
        {
            _committed[position.Series.Series] = position;
        }
    }

    /// <summary>Follows the replies in their order, each from the one before it.</summary>
    public IReadOnlyList<NormalisedReply> Follow(IReadOnlyList<NormalisedReply> replies)
    {
        var places = new Dictionary<string, SeriesPlace>(StringComparer.Ordinal);
        return [.. replies.Select(reply => Follow(reply, places))];
    }

    /// <summary>What a transaction with these replies says of their series: a position moves once, to the furthest; every gap is
    /// kept.</summary>
    public IReadOnlyList<SeriesProgress> ProgressOf(IReadOnlyList<NormalisedReply> followed)
    {
        var progress = followed.Where(reply => reply.Missed is not null).Select(reply => new SeriesProgress(null, reply.Missed)).ToList();
        var moves = followed.Where(reply => reply.Furthest is not null);
        foreach (var series in moves.GroupBy(reply => reply.Request.Series, StringComparer.Ordinal))
        {
            var furthest = series.Max(reply => reply.Furthest!.Value);
            var version = _committed.GetValueOrDefault(series.Key)?.Version ?? 0;
            progress.Add(new SeriesProgress(new FeedPosition(Key(series.Key), furthest.Time, furthest.Id, version), null));
        }

        return progress;
    }

    /// <summary>The transaction with this progress has committed.</summary>
    public void Committed(IReadOnlyList<SeriesProgress> progress)
    {
        foreach (var moved in progress.Select(step => step.Position).OfType<FeedPosition>())
        {
            _committed[moved.Series.Series] = moved with { Version = moved.Version + 1 };
        }
    }

    private NormalisedReply Follow(NormalisedReply reply, Dictionary<string, SeriesPlace> places)
    {
        var series = reply.Request.Series;
        if (Newest(reply.Content) is not { } newest)
        {
            return reply;
        }

        var known = places.TryGetValue(series, out var place) ? place
            : _committed.TryGetValue(series, out var position) ? new SeriesPlace(position.Time, position.RecordId)
            : (SeriesPlace?)null;
        var missed = known is { } last ? Missed(Key(series), last, reply.Content) : null;
        if (known is { } further && newest.CompareTo(further) <= 0)
        {
            return reply with { Missed = missed };
        }

        places[series] = newest;
        return reply with { Furthest = newest, Missed = missed };
    }

    private Gap? Missed(SeriesKey series, SeriesPlace known, Normalised content)
    {
        // Refused elements stand for records that the window did show.
        if (windowSize is not { } full || content.Records.Count + content.Refusals.Count < full)
        {
            return null;
        }

        var places = content.Records.Select(SeriesPlace.Of).OfType<SeriesPlace>().ToList();
        var oldest = places.Min();
        if (oldest.Time < known.Time || places.Contains(known))
        {
            return null;
        }

        var reason = string.Create(
            CultureInfo.InvariantCulture,
            $"the provider shows its newest {full} records only, and the oldest of them is newer than the last one stored");
        return new Gap(series, known.Time, known.Id, oldest.Time, oldest.Id, reason, time.GetUtcNow());
    }

    private SeriesKey Key(string series) => new(provider, dataset, series);

    private static SeriesPlace? Newest(Normalised content)
    {
        SeriesPlace? newest = null;
        foreach (var record in content.Records)
        {
            if (SeriesPlace.Of(record) is { } place && (newest is null || place.CompareTo(newest.Value) > 0))
            {
                newest = place;
            }
        }

        return newest;
    }
}
