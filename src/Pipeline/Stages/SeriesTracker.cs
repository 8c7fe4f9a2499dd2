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
        _ => null,
    };

    public int CompareTo(SeriesPlace other) => Time.CompareTo(other.Time) is var byTime && byTime != 0 ? byTime : CompareIds(Id, other.Id);

    // Ids that are numbers of different length order by length first, so that 999 comes before 1000.
    private static int CompareIds(string left, string right) =>
        left.Length != right.Length ? left.Length.CompareTo(right.Length) : string.CompareOrdinal(left, right);
}

/// <summary>
/// Follows each series of one feed from reply to reply, in order, and says how far a reply takes it and whether anything was missed before it.
/// </summary>
/// <remarks>
/// A gap is seen where a reply is a full window of the newest records (Coinone: 200 trades) and even its oldest one is newer than the last
/// known one: whatever the provider had between the two, it no longer shows. A window that is not full shows everything there is. At the same
/// instant as the last known record, only finding that very record proves that nothing is missing.
/// </remarks>
/// <param name="windowSize">Records in a full window; null for datasets whose replies are no such windows: they have no gaps of this kind.</param>
public sealed class SeriesTracker(string provider, string dataset, int? windowSize, TimeProvider time)
{
    private readonly Dictionary<string, SeriesPlace> _places = new(StringComparer.Ordinal);

    /// <summary>Starts from what is committed, forgetting anything that a failed run had followed beyond it.</summary>
    public void Reset(IEnumerable<FeedPosition> committed)
    {
        _places.Clear();
        foreach (var position in committed)
        {
            _places[position.Series.Series] = new SeriesPlace(position.Time, position.RecordId);
        }
    }

    public NormalisedReply Follow(Ask ask, ProviderReply reply, Normalised content)
    {
        if (Newest(content) is not { } newest)
        {
            return new NormalisedReply(ask, reply, content, null, null);
        }

        if (!_places.TryGetValue(ask.Request.Series, out var known))
        {
            _places[ask.Request.Series] = newest;
            return new NormalisedReply(ask, reply, content, newest, null);
        }

        var gap = Missed(new SeriesKey(provider, dataset, ask.Request.Series), known, content);
        if (newest.CompareTo(known) <= 0)
        {
            return new NormalisedReply(ask, reply, content, null, gap);
        }

        _places[ask.Request.Series] = newest;
        return new NormalisedReply(ask, reply, content, newest, gap);
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

        return new Gap(
            series, known.Time, known.Id, oldest.Time, oldest.Id,
            string.Create(CultureInfo.InvariantCulture, $"the provider shows its newest {full} records only, and the oldest of them is newer than the last one stored"),
            time.GetUtcNow());
    }

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
