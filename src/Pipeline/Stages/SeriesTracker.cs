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
        Ticker { Time: { } at } => new SeriesPlace(at, ""),
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
/// same instant as the last known record, only finding that very record proves that nothing is missing. Pushed records show nothing of
/// the kind: what a lost connection missed is seen by the reply that is asked for after it, and a record that the provider did not push by
/// comparing its windows with each other, as if nothing had been pushed between them.
/// </remarks>
/// <param name="windowSize">Records in a full window; null for datasets whose replies are no such windows: they have no gaps of this
/// kind.</param>
public sealed class SeriesTracker(string provider, string dataset, int? windowSize, TimeProvider time)
{
    private const string NotCompared =
        "stored as it was pushed; the provider's list, by which a record that was not pushed is found, no longer showed it when asked";

    private readonly Dictionary<string, FeedPosition> _committed = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _gapsUntil = new(StringComparer.Ordinal);

    /// <summary>Starts from what the database says is committed. Called between two runs of the writer, never beside it.</summary>
    /// <param name="gapsUntil">By series: where its last gap ends (ns). A reply that shows nothing before it fills no gap, which saves the
    /// looking; a reply with the whole history is always looked at.</param>
    public void Reset(IEnumerable<FeedPosition> committed, IReadOnlyDictionary<string, long>? gapsUntil = null)
    {
        _gapsUntil.Clear();
        foreach (var (series, until) in gapsUntil ?? new Dictionary<string, long>())
        {
            _gapsUntil[series] = until;
        }

        _committed.Clear();
        foreach (var position in committed)
        {
            _committed[position.Series.Series] = position;
        }
    }

    /// <summary>Follows the replies in their order, each from the one before it.</summary>
    public IReadOnlyList<NormalisedReply> Follow(IReadOnlyList<NormalisedReply> replies)
    {
        var places = new Dictionary<string, Places>(StringComparer.Ordinal);
        return [.. replies.Select(reply => Follow(reply, places))];
    }

    /// <summary>What a transaction with these replies says of their series: a position moves once, to the furthest; every gap is
    /// kept.</summary>
    public IReadOnlyList<SeriesProgress> ProgressOf(IReadOnlyList<NormalisedReply> followed)
    {
        var progress = followed.SelectMany(reply => reply.Gaps).Select(gap => new SeriesProgress(null, gap))
            .Concat(followed.SelectMany(reply => reply.Shown).Select(shown => new SeriesProgress(null, null, shown))).ToList();
        foreach (var series in followed.GroupBy(reply => reply.Request.Series, StringComparer.Ordinal))
        {
            var before = At(series.Key);
            var after = series.Aggregate(before, (at, reply) => at.After(reply));
            if (after is { Furthest: { } furthest } && after != before)
            {
                var version = _committed.GetValueOrDefault(series.Key)?.Version ?? 0;
                progress.Add(new SeriesProgress(
                    new FeedPosition(Key(series.Key), furthest.Time, furthest.Id, version, Behind(after.Compared, furthest)), null));
            }
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

        foreach (var gap in progress.Select(step => step.Gap).OfType<Gap>())
        {
            var until = _gapsUntil.GetValueOrDefault(gap.Series.Series, long.MinValue);
            _gapsUntil[gap.Series.Series] = Math.Max(until, gap.To.UnixNanoseconds);
        }
    }

    private NormalisedReply Follow(NormalisedReply reply, Dictionary<string, Places> places)
    {
        var series = reply.Request.Series;
        if (NewestOf(reply.Content) is not { } newest)
        {
            return reply;
        }

        var at = places.TryGetValue(series, out var followed) ? followed : At(series);
        reply = Shown(reply, at) with { Newest = newest };
        places[series] = at.After(reply);
        if (at is not { Furthest: { } known, Compared: { } compared })
        {
            return reply with { Furthest = newest };
        }

        var judged = reply.IsPushed
            ? reply with { Missed = Unjoined(series, known, reply) }
            : reply with { Missed = Missed(series, known, reply.Content), Uncompared = Uncompared(series, known, compared, reply.Content) };
        return newest.CompareTo(known) > 0 ? judged with { Furthest = newest } : judged;
    }

    /// <summary>A pushed record shows itself alone, and nothing between it and another. What lies before the last compared record was shown
    /// already: an element there that can't be read now is no news.</summary>
    private NormalisedReply Shown(NormalisedReply reply, Places at)
    {
        var series = reply.Request.Series;
        var until = reply.Ask.WholeHistory ? long.MaxValue : _gapsUntil.GetValueOrDefault(series, long.MinValue);
        if (reply.IsPushed || (until == long.MinValue && reply.Unreadable == 0))
        {
            return reply;
        }

        var page = ShownPage.Of(Key(series), reply.Request.Context, reply.Content);
        return reply with
        {
            Shown = [.. page.Whole.Where(whole => whole.From.UnixNanoseconds <= until)],
            Torn =
            [
                .. page.Gaps(time.GetUtcNow()).Where(
                    gap => at.Compared is not { } compared || new SeriesPlace(gap.To, gap.ToId).CompareTo(compared) > 0),
            ],
        };
    }

    private Places At(string series)
    {
        if (!_committed.TryGetValue(series, out var position))
        {
            return default;
        }

        var furthest = new SeriesPlace(position.Time, position.RecordId);
        return new Places(furthest, position.Compared is var (at, id) ? new SeriesPlace(at, id) : furthest);
    }

    /// <summary>Where replies are no windows, nothing can be compared.</summary>
    private (ProviderTime, string)? Behind(SeriesPlace? compared, SeriesPlace furthest) =>
        windowSize is not null && compared is { } place && place.CompareTo(furthest) < 0 ? (place.Time, place.Id) : null;

    private Gap? Unjoined(string series, SeriesPlace known, NormalisedReply pushed) =>
        pushed.Unjoined is { } reason && PlacesOf(pushed.Content).Min() is var first && first.CompareTo(known) > 0
            ? Between(series, known, first, reason)
            : null;

    private Gap? Uncompared(string series, SeriesPlace known, SeriesPlace compared, Normalised content) =>
        compared.CompareTo(known) < 0 && IsPast(compared, content, out var oldest)
            ? Between(series, compared, oldest.CompareTo(known) < 0 ? oldest : known, NotCompared)
            : null;

    private Gap? Missed(string series, SeriesPlace known, Normalised content) => !IsPast(known, content, out var oldest) ? null : Between(
        series, known, oldest, string.Create(
            CultureInfo.InvariantCulture,
            $"the provider shows its newest {windowSize} records only, and the oldest of them is newer than the last one stored"));

    /// <summary>Whether the reply is a full window in which the place is not any more.</summary>
    private bool IsPast(SeriesPlace place, Normalised content, out SeriesPlace oldest)
    {
        oldest = default;

        // Refused elements stand for records that the window did show.
        if (windowSize is not { } full || content.Records.Count + content.Refusals.Count < full)
        {
            return false;
        }

        var places = PlacesOf(content);
        oldest = places.Min();
        return oldest.Time >= place.Time && !places.Contains(place);
    }

    private static List<SeriesPlace> PlacesOf(Normalised content) =>
        [.. content.Records.Select(SeriesPlace.Of).OfType<SeriesPlace>()];

    private Gap Between(string series, SeriesPlace from, SeriesPlace to, string reason) =>
        new(Key(series), from.Time, from.Id, to.Time, to.Id, reason, time.GetUtcNow());

    private SeriesKey Key(string series) => new(provider, dataset, series);

    private static SeriesPlace? NewestOf(Normalised content)
    {
        var (newest, isKnown) = (default(SeriesPlace), false);
        foreach (var record in content.Records)
        {
            // Most of a reply's records are older than its newest, and a trade's time alone says so.
            if (isKnown && record is Trade trade && trade.Time < newest.Time)
            {
                continue;
            }

            if (SeriesPlace.Of(record) is { } place && (!isKnown || place.CompareTo(newest) > 0))
            {
                (newest, isKnown) = (place, true);
            }
        }

        return isKnown ? newest : null;
    }

    /// <summary>How far a series has come, and how far it was compared with the provider's own list; null before its first
    /// record.</summary>
    private readonly record struct Places(SeriesPlace? Furthest, SeriesPlace? Compared)
    {
        /// <summary>A pushed record moves the first alone, unless it is the series' first; a reply that was asked for both.</summary>
        public Places After(NormalisedReply reply)
        {
            if (reply.Newest is not { } newest)
            {
                return this;
            }

            var furthest = Later(Furthest, newest);
            return new Places(furthest, reply.IsPushed && Furthest is not null ? Compared : Later(Compared, newest));
        }

        private static SeriesPlace Later(SeriesPlace? place, SeriesPlace other) =>
            place is { } known && known.CompareTo(other) >= 0 ? known : other;
    }
}
