using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.OnChain;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds;
using AkkaCrypto.Pipeline.Ops;

namespace AkkaCrypto.Pipeline.Stages;

/// <summary>
/// What a reply shows of its series: the stretches that it shows whole, and what lies between them. An element that can't be read stands
/// between two that can (<see cref="Refusal.Behind"/>); what came between these two is not shown, whatever else the reply holds.
/// </summary>
/// <param name="Span">From the first record to the last, whole or not; null where there is nothing to show, and for kinds that are no
/// history.</param>
/// <param name="Whole">In order.</param>
/// <param name="Torn">Each from the last record before unreadable elements to the first one after them.</param>
internal sealed record ShownPage(SeriesSpan? Span, IReadOnlyList<SeriesSpan> Whole, IReadOnlyList<SeriesSpan> Torn)
{
    private const string Unreadable = "what lies between these two records can't be read; the reply that shows it is in the dead letters";

    /// <summary>A reply that is torn in more places proves nothing: it must not fill the register with its pieces.</summary>
    private const int MostTorn = 100;

    private static readonly ShownPage Nothing = new(null, [], []);

    /// <param name="within">What lies outside of it counts for nothing: a walk may come to its range by a jump.</param>
    public static ShownPage Of(SeriesKey series, ReplyContext context, Normalised content, HistoryRange? within = null)
    {
        if (!content.Refusals.Exists(static refusal => !refusal.IsProviderError))
        {
            return ShownSpan.Of(series, context, content.Records, within) is { } shown ? new ShownPage(shown, [shown], []) : Nothing;
        }

        var read = Read(content, context);
        return read.Count == 0 ? Nothing : Of(series, read, content, within);
    }

    /// <summary>The same page as the one after those that showed <paramref name="before"/>: of a walk's pages each goes on where the last
    /// one ended, so what lies between the two is shown too, unless an element at either end could not be read.</summary>
    public ShownPage After(SeriesSpan? before)
    {
        if (before is null || Span is null)
        {
            return this with { Span = before ?? Span };
        }

        var page = this with { Span = before.And(Span) };
        var (lower, upper) = ShownSpan.FromOf(before).CompareTo(ShownSpan.FromOf(Span)) <= 0 ? (before, Span) : (Span, before);
        var (from, to) = (ShownSpan.ToOf(lower), ShownSpan.FromOf(upper));
        if (from.CompareTo(to) >= 0)
        {
            return page;
        }

        return lower.IsOpenAfter || upper.IsOpenBefore
            ? page with { Torn = [.. Torn, Between(before.Series, from, to)] }
            : page with { Whole = [.. Whole.Select(whole => Joined(whole, from, to))] };
    }

    /// <summary>What a transaction with the reply's records says of its series' gaps.</summary>
    public IEnumerable<SeriesProgress> Progress(DateTimeOffset at) =>
        Gaps(at).Select(gap => new SeriesProgress(null, gap)).Concat(Whole.Select(span => new SeriesProgress(null, null, span)));

    /// <summary>What of the series is known to be missing now.</summary>
    public IEnumerable<Gap> Gaps(DateTimeOffset at) => Torn.Select(
        torn => new Gap(torn.Series, torn.From, torn.FromId, torn.To, torn.ToId, Unreadable, at));

    private static ShownPage Of(SeriesKey series, List<Place> read, Normalised content, HistoryRange? within)
    {
        bool IsInside(SeriesPlace place) => within is null || ShownSpan.IsWithin(within, place);
        var inside = read.Where(of => IsInside(of.At)).Select(of => of.At).ToList();
        var unread = content.Refusals.Where(refusal => !refusal.IsProviderError).Select(refusal => refusal.Behind).Distinct().ToList();
        var order = new Order(read);
        var torn = (unread.Count > MostTorn ? [order.All] : Merged(unread.Select(order.Around).OfType<(SeriesPlace, SeriesPlace)>()))
            .Where(between => within is null || Touches(within, between)).ToList();
        var between = torn.Select(of => Between(series, of.From, of.To)).ToList();
        if (inside.Count == 0)
        {
            return new ShownPage(null, [], between);
        }

        var (first, last) = (inside.Min(), inside.Max());
        var span = Between(series, first, last) with
        {
            IsOpenBefore = IsInside(order.All.From) && unread.Exists(order.IsBefore),
            IsOpenAfter = IsInside(order.All.To) && unread.Exists(order.IsAfter),
        };
        return new ShownPage(span, [.. Stretches(series, first, last, torn)], between);
    }

    private static IEnumerable<SeriesSpan> Stretches(
        SeriesKey series, SeriesPlace first, SeriesPlace last, List<(SeriesPlace From, SeriesPlace To)> torn)
    {
        foreach (var (from, to) in torn)
        {
            if (first.CompareTo(from) <= 0)
            {
                yield return Between(series, first, from);
            }

            first = first.CompareTo(to) >= 0 ? first : to;
        }

        if (first.CompareTo(last) <= 0)
        {
            yield return Between(series, first, last);
        }
    }

    /// <summary>The stretch with what lies between the two pages, where it reaches up to it: cut out in one piece, a gap shrinks; in two
    /// pieces it would split, and whoever repairs it would be left with a part that is filled.</summary>
    private static SeriesSpan Joined(SeriesSpan whole, SeriesPlace from, SeriesPlace to) =>
        ShownSpan.FromOf(whole) == to ? whole with { From = from.Time, FromId = from.Id }
        : ShownSpan.ToOf(whole) == from ? whole with { To = to.Time, ToId = to.Id }
        : whole;

    /// <summary>The records in the reply's own order, with their places; none where any has no place in a history.</summary>
    private static List<Place> Read(Normalised content, ReplyContext context)
    {
        var read = new List<Place>(content.Records.Count);
        for (var index = 0; index < content.Records.Count; index++)
        {
            if (ShownSpan.PlaceOf(content.Records[index], context) is not { } place)
            {
                return [];
            }

            // A row of several metrics may lack the one that makes the series.
            if (content.Records[index] is not OnChainPoint point || context.Metric is null || point.Metric == context.Metric)
            {
                read.Add(new Place(place, index));
            }
        }

        return read;
    }

    private static IEnumerable<(SeriesPlace From, SeriesPlace To)> Merged(IEnumerable<(SeriesPlace From, SeriesPlace To)> torn)
    {
        (SeriesPlace From, SeriesPlace To)? open = null;
        foreach (var next in torn.OrderBy(static of => of.From))
        {
            if (open is { } known && next.From.CompareTo(known.To) < 0)
            {
                open = (known.From, known.To.CompareTo(next.To) >= 0 ? known.To : next.To);
                continue;
            }

            if (open is { } ended)
            {
                yield return ended;
            }

            open = next;
        }

        if (open is { } last)
        {
            yield return last;
        }
    }

    private static bool Touches(HistoryRange range, (SeriesPlace From, SeriesPlace To) between) =>
        between.From.Time.ToDateTimeOffset() < range.To && between.To.Time.ToDateTimeOffset() > range.From;

    private static SeriesSpan Between(SeriesKey series, SeriesPlace from, SeriesPlace to) =>
        new(series, from.Time, from.Id, to.Time, to.Id);

    /// <param name="Index">Among the reply's records.</param>
    private readonly record struct Place(SeriesPlace At, int Index);

    /// <summary>How a reply's records follow each other: oldest first, newest first, or in no order, in which an unreadable element may
    /// belong anywhere.</summary>
    private sealed class Order
    {
        private readonly List<Place> _read;
        private readonly bool _rises = true;
        private readonly bool _falls = true;
        private readonly bool _isStrict;

        public Order(List<Place> read)
        {
            _read = read;
            var (up, down) = (true, true);
            for (var i = 1; i < read.Count; i++)
            {
                var (byTime, byPlace) = (read[i - 1].At.Time.CompareTo(read[i].At.Time), read[i - 1].At.CompareTo(read[i].At));
                (_rises, _falls) = (_rises && byTime <= 0, _falls && byTime >= 0);
                (up, down) = (up && byPlace <= 0, down && byPlace >= 0);
            }

            _isStrict = up || down;
            All = (read.Min(static of => of.At), read.Max(static of => of.At));
        }

        public (SeriesPlace From, SeriesPlace To) All { get; }

        /// <summary>The records between which an element stood that came behind so many; null where it stood at the reply's begin or
        /// end, or between two of one place.</summary>
        public (SeriesPlace From, SeriesPlace To)? Around(int behind)
        {
            var next = Next(behind);
            if (!_rises && !_falls)
            {
                return All;
            }

            if (next == 0 || next == _read.Count)
            {
                return null;
            }

            var (from, to) = (_read[next - 1].At, _read[next].At);
            (from, to) = from.CompareTo(to) <= 0 ? (from, to) : (to, from);
            if (!_isStrict)
            {
                // Of one instant the provider has an order of its own: the element may belong before or after any of them.
                from = _read.Where(of => of.At.Time == from.Time).Min(static of => of.At);
                to = _read.Where(of => of.At.Time == to.Time).Max(static of => of.At);
            }

            return from.CompareTo(to) < 0 ? (from, to) : null;
        }

        /// <summary>Whether such an element may belong before the first record.</summary>
        public bool IsBefore(int behind) => _rises == _falls ? IsAtEnd(behind) : Next(behind) == (_rises ? 0 : _read.Count);

        /// <summary>Whether such an element may belong after the last record.</summary>
        public bool IsAfter(int behind) => _rises == _falls ? IsAtEnd(behind) : Next(behind) == (_rises ? _read.Count : 0);

        private bool IsAtEnd(int behind) => !_rises || Next(behind) is var next && (next == 0 || next == _read.Count);

        /// <summary>Which of the records is the first behind the element.</summary>
        private int Next(int behind)
        {
            var (low, high) = (0, _read.Count);
            while (low < high)
            {
                var middle = (low + high) / 2;
                (low, high) = _read[middle].Index < behind ? (middle + 1, high) : (low, middle);
            }

            return low;
        }
    }
}
