using System.Net.WebSockets;
using AkkaCrypto.Simulator.Market;
using AkkaCrypto.Simulator.Sockets;

namespace AkkaCrypto.Simulator.Quotation;

/// <summary>
/// One connection: JSON in binary frames, no greeting and no acknowledgement. A text PING is answered by a status; a message that can't be
/// read by an error, after which the exchange closes with 1000. Where for 120 s neither side said anything it closes as well.
/// </summary>
internal sealed class QuotationSession(WebSocket socket, QuotationTraits traits, SimulatedWorld world)
    : SimulatedSession(socket, traits.Exchange, world)
{
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(120);

    private volatile QuotationSubscription[] subscriptions = [];
    private DateTimeOffset lastData = world.Time.GetUtcNow();

    protected override WebSocketMessageType FrameType => WebSocketMessageType.Binary;

    protected override async Task AnswerAsync(ReadOnlyMemory<byte> message, CancellationToken end)
    {
        if (message.Span.SequenceEqual("PING"u8))
        {
            await SendAsync(QuotationFrames.Status(), end);
            return;
        }

        var (request, error, said) = QuotationRequest.Read(message);
        if (request is null)
        {
            subscriptions = [];
            await SendAsync(QuotationFrames.Error(error, said), end);
            await CloseAsync(WebSocketCloseStatus.NormalClosure, null, end);
            return;
        }

        var now = World.Time.GetUtcNow();
        subscriptions =
        [
            .. from type in request.Types
               from pair in type.Codes.Select(traits.Find).OfType<MarketPair>()
               select new QuotationSubscription(traits, type, pair, request.IsSimple, now),
        ];
        await TellNewsAsync(end);
    }

    protected override IEnumerable<byte[]> News(DateTimeOffset now)
    {
        foreach (var frame in subscriptions.SelectMany(subscription => subscription.News(World.Market, now)))
        {
            lastData = now;
            yield return frame;
        }
    }

    protected override (WebSocketCloseStatus Status, string Reason)? Goodbye(DateTimeOffset now) =>
        now - LastRequest >= LongestSilence && now - lastData >= LongestSilence ? (WebSocketCloseStatus.NormalClosure, "idle") : null;
}
