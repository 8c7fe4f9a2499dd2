using AkkaCrypto.Pipeline.Feeds;

namespace AkkaCrypto.Pipeline.Stages;

/// <summary>What is to be done now, in this order.</summary>
/// <param name="Pass">Goes on to the store.</param>
/// <param name="Ask">What REST is to be asked for.</param>
public readonly record struct JoinStep(IReadOnlyList<NormalisedReply> Pass, IReadOnlyList<Ask> Ask);

/// <summary>
/// Joins what is pushed over a websocket to what is asked for by REST, series by series, so that whatever was missed between two
/// connections is either stored or seen as a gap. Pure; belongs to one feed's one reader.
/// </summary>
/// <remarks>
/// After a connect the first pushed record of a series proves that the subscription is in force. Only a REST reply that reaches that record
/// shows everything before it, so pushed records wait for such a reply and pass behind it. After <see cref="MostAsks"/> asks in vain they
/// pass all the same, marked as not joined: the hole before them becomes a gap. Then the series is asked for whenever half of what a
/// reply shows has been pushed, so that each reply overlaps with the one before it and shows what was not pushed.
/// </remarks>
/// <param name="windowSize">Records in a full REST reply; null where replies are no windows.</param>
public sealed class PushJoin(int? windowSize)
{
    /// <summary>REST replies in a row that did not come or did not reach the first pushed record.</summary>
    public const int MostAsks = 3;

    private readonly Dictionary<string, Joining> _series = new(StringComparer.Ordinal);

    /// <summary>Pushed replies that wait for a REST reply: a part of what the caller bounds.</summary>
    public int Waiting => _series.Values.Sum(series => series.Held.Count);

    /// <summary>
    /// A connection has been opened and these series subscribed to. What still waits from the connection before passes unjoined, for
    /// nothing proves what came between the two.
    /// </summary>
    public JoinStep Connected(IEnumerable<SeriesRequest> subscribed)
    {
        var left = _series.Values.SelectMany(series => Unjoined(series, "the connection was lost before it was joined by REST")).ToList();
        _series.Clear();
        foreach (var request in subscribed)
        {
            _series.Add(request.Series, new Joining(request));
        }

        return new JoinStep(left, [.. _series.Values.SelectMany(Ask)]);
    }

    /// <summary>A pushed reply has come.</summary>
    public JoinStep Pushed(NormalisedReply reply)
    {
        if (!_series.TryGetValue(reply.Request.Series, out var series) || Oldest(reply) is not { } first)
        {
            return new JoinStep([reply], []); // a letter
        }

        series.SinceAsked += reply.Content.Records.Count;
        if (!series.IsJoined && series.Held.Count == 0 && series.Reached is { } reached && reached.CompareTo(first) >= 0)
        {
            series.IsJoined = true;
        }

        if (series.IsJoined)
        {
            return new JoinStep([reply], windowSize is { } shown && series.SinceAsked >= Math.Max(1, shown / 2) ? Ask(series) : []);
        }

        series.Held.Add(reply);
        return new JoinStep([], Ask(series));
    }

    /// <summary>
    /// A REST reply has come, whoever asked for it; null where the request failed or was refused. Of a series one request is under way at a
    /// time. So where a step asked too, its request was left out and is made anew: what came may have been said before the step.
    /// </summary>
    public JoinStep Polled(Ask asked, NormalisedReply? reply)
    {
        IReadOnlyList<NormalisedReply> polled = reply is null ? [] : [reply];
        if (!_series.TryGetValue(asked.Request.Series, out var series))
        {
            return new JoinStep(polled, []);
        }

        var wasLeftOut = series.Wanted is { } wanted && !ReferenceEquals(wanted, asked);
        (series.Wanted, series.SinceAsked) = (null, 0);
        var ask = wasLeftOut ? Ask(series) : [];
        if (reply is not null && Newest(reply) is { } newest && !(series.Reached?.CompareTo(newest) > 0))
        {
            series.Reached = newest;
        }

        if (series.Held.Count == 0)
        {
            return new JoinStep(polled, ask);
        }

        var isReached = series.Reached is { } reached && reached.CompareTo(Oldest(series.Held[0])!.Value) >= 0;
        if (!isReached && ++series.AsksInVain < MostAsks)
        {
            return new JoinStep(polled, ask); // if none, the next pushed record asks again, and so does the next round
        }

        series.IsJoined = true;
        var held = isReached
            ? series.Taken()
            : Unjoined(series, "the provider's REST did not show what came before the first pushed record");
        return new JoinStep([.. polled, .. held], ask);
    }

    private static IReadOnlyList<Ask> Ask(Joining series)
    {
        if (series.Wanted is not null)
        {
            return [];
        }

        series.Wanted = new Ask(series.Request, WholeHistory: false) { Priority = RequestPriority.Repair };
        return [series.Wanted];
    }

    private static IReadOnlyList<NormalisedReply> Unjoined(Joining series, string reason) =>
        series.Taken() is [var first, .. var rest] ? [first with { Unjoined = reason }, .. rest] : [];

    private static SeriesPlace? Oldest(NormalisedReply reply) => Places(reply) is { Count: > 0 } places ? places.Min() : null;

    private static SeriesPlace? Newest(NormalisedReply reply) => Places(reply) is { Count: > 0 } places ? places.Max() : null;

    private static List<SeriesPlace> Places(NormalisedReply reply) =>
        [.. reply.Content.Records.Select(SeriesPlace.Of).OfType<SeriesPlace>()];

    private sealed class Joining(SeriesRequest request)
    {
        public SeriesRequest Request => request;

        public bool IsJoined { get; set; }

        /// <summary>What a step asked for and has no reply yet.</summary>
        public Ask? Wanted { get; set; }

        public int AsksInVain { get; set; }

        /// <summary>Records pushed since the last REST reply.</summary>
        public int SinceAsked { get; set; }

        /// <summary>The newest record that a REST reply of this connection showed.</summary>
        public SeriesPlace? Reached { get; set; }

        public List<NormalisedReply> Held { get; private set; } = [];

        public List<NormalisedReply> Taken()
        {
            var held = Held;
            Held = [];
            return held;
        }
    }
}
