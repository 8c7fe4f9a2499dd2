using System.Net.WebSockets;
using AkkaCrypto.Simulator.Market;
using AkkaCrypto.Simulator.Sockets;

namespace AkkaCrypto.Simulator.Coinone;

/// <summary>
/// One connection: says CONNECTED, answers requests, and every 200 ms sends what its subscriptions have to say. A socket that never
/// subscribed is closed after 60 s, one that says nothing for 30 minutes too.
/// </summary>
internal sealed class CoinoneSession(WebSocket socket, SimulatedWorld world) : SimulatedSession(socket, "coinone", world)
{
    private const int MostSubscriptions = 200;

    private static readonly TimeSpan WithoutSubscription = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan WithoutRequest = TimeSpan.FromMinutes(30);

    private readonly Dictionary<(string Channel, MarketPair Pair), CoinoneSubscription> subscriptions = [];
    private readonly Lock gate = new();
    private readonly DateTimeOffset connected = world.Time.GetUtcNow();
    private bool everSubscribed;

    protected override Task GreetAsync(CancellationToken end) => SendAsync(CoinoneFrames.Connected(SessionId()), end);

    protected override async Task AnswerAsync(ReadOnlyMemory<byte> message, CancellationToken end)
    {
        if (CoinoneRequest.Read(message) is not { } request)
        {
            await SendAsync(CoinoneFrames.Error(160_000, "Invalid Request"), end);
            return;
        }

        switch (request.Type)
        {
            case "PING":
                await SendAsync(CoinoneFrames.Pong(), end);
                break;
            case "SUBSCRIBE":
                await SubscribeAsync(request, end);
                break;
            default:
                Remove(request);
                await SendAsync(CoinoneFrames.Acknowledged("UNSUBSCRIBED", request), end);
                break;
        }
    }

    protected override IEnumerable<byte[]> News(DateTimeOffset now)
    {
        CoinoneSubscription[] current;
        lock (gate)
        {
            current = [.. subscriptions.Values];
        }

        return current.SelectMany(subscription => subscription.News(World.Market, now));
    }

    protected override (WebSocketCloseStatus Status, string Reason)? Goodbye(DateTimeOffset now)
    {
        lock (gate)
        {
            var idle = (!everSubscribed && now - connected >= WithoutSubscription) || now - LastRequest >= WithoutRequest;
            return idle ? (WebSocketCloseStatus.NormalClosure, "idle") : null;
        }
    }

    // Coinone acknowledges any topic first and complains afterwards, without naming it.
    private async Task SubscribeAsync(CoinoneRequest request, CancellationToken end)
    {
        await SendAsync(CoinoneFrames.Acknowledged("SUBSCRIBED", request), end);
        if (request.Pair is not { } pair || !TryAdd(request, pair))
        {
            await SendAsync(CoinoneFrames.Error(160_012, "Invalid Topic"), end);
            return;
        }

        await TellNewsAsync(end);
    }

    private bool TryAdd(CoinoneRequest request, MarketPair pair)
    {
        lock (gate)
        {
            everSubscribed = true;
            var key = (request.Channel, pair);
            if (subscriptions.Count >= MostSubscriptions && !subscriptions.ContainsKey(key))
            {
                return false;
            }

            subscriptions[key] = new CoinoneSubscription(request.Channel, pair, request.Short, World.Time.GetUtcNow());
            return true;
        }
    }

    private void Remove(CoinoneRequest request)
    {
        if (request.Pair is { } pair)
        {
            lock (gate)
            {
                subscriptions.Remove((request.Channel, pair));
            }
        }
    }

    private Guid SessionId()
    {
        var ticks = connected.UtcTicks;
        return new Guid([.. BitConverter.GetBytes(Hash.Bits(1, ticks)), .. BitConverter.GetBytes(Hash.Bits(2, ticks))]);
    }
}
