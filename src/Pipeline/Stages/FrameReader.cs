using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds;
using Microsoft.Extensions.Logging;

namespace AkkaCrypto.Pipeline.Stages;

/// <summary>
/// Reads the frames of one feed's websocket. Acknowledgements and pongs hold nothing; what a frame says of other datasets or of pairs that
/// were not asked for is not this feed's. A provider's error counts as the feed's last error and is otherwise nothing.
/// </summary>
public sealed class FrameReader(Feed feed, ILogger log)
{
    /// <summary>The series of dead letters: what can't be read does not say of which pair it is.</summary>
    public const string Unreadable = "ws";

    private static readonly ReplyContext NoContext = new();

    /// <param name="frame">As it came, marked as pushed where it came from.</param>
    /// <returns>
    /// One reply for each series that the frame speaks of, and one without records for what could not be read; none for a frame that holds
    /// nothing of this feed's.
    /// </returns>
    public IReadOnlyList<NormalisedReply> Read(ProviderReply frame, IReadOnlyDictionary<string, SeriesRequest> series)
    {
        var content = ReplyReader.Read(feed.FrameNormaliser, NoContext, frame);
        Tell(content);
        var replies = new List<NormalisedReply>(1);
        foreach (var record in content.Records)
        {
            if (PairOf(record) is { } pair && series.TryGetValue(pair, out var request))
            {
                var reply = replies.Find(reply => reply.Request.Series == request.Series);
                if (reply is null)
                {
                    reply = new NormalisedReply(new Ask(request, WholeHistory: false), frame, new Normalised(), IsPushed: true);
                    replies.Add(reply);
                }

                reply.Content.Records.Add(record);
            }
        }

        if (content.Refusals.Exists(refusal => !refusal.IsProviderError))
        {
            replies.Add(Letter(frame, content));
        }

        return replies;
    }

    /// <summary>The frame as it is kept for people to look at.</summary>
    private static NormalisedReply Letter(ProviderReply frame, Normalised content)
    {
        var unread = new Normalised();
        unread.Refusals.AddRange(content.Refusals.Where(refusal => !refusal.IsProviderError));
        return new NormalisedReply(
            new Ask(new SeriesRequest(Unreadable, "", "", NoContext), WholeHistory: false), frame, unread, IsPushed: true);
    }

    private string? PairOf(NormalisedRecord record) => (feed.Dataset, record) switch
    {
        ("trades", Trade trade) => trade.Pair,
        ("orderbook", OrderBook book) => book.Pair,
        ("orderbook", OrderBookDelta delta) => delta.Pair,
        _ => null,
    };

    private void Tell(Normalised content)
    {
        if (content.Refusals is [var first, ..])
        {
            var level = feed.Health.Failed($"websocket: {first.Code.Text()}: {first.Reason}") ? LogLevel.Warning : LogLevel.Debug;
            log.Log(level, "{Feed}: its websocket sent {Code}: {Message}", feed, first.Code.Text(), first.Reason);
        }
    }
}
