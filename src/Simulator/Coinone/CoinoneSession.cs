using System.Net.WebSockets;
using AkkaCrypto.Simulator.Faults;
using AkkaCrypto.Simulator.Market;

namespace AkkaCrypto.Simulator.Coinone;

/// <summary>
/// One connection: says CONNECTED, answers requests, and every 200 ms sends what its subscriptions have to say. A socket that never
/// subscribed is closed after 60 s, one that says nothing for 30 minutes too. A request past 4 KiB ends the connection.
/// </summary>
internal sealed class CoinoneSession(WebSocket socket, MarketModel market, TimeProvider time, FaultBoard faults)
{
    private const int MostSubscriptions = 200;
    private const int LongestRequest = 4096;
    private const string FaultPath = "/socket";

    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan WithoutSubscription = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan WithoutRequest = TimeSpan.FromMinutes(30);

    /// <summary>How long a client that was told goodbye may take to answer it.</summary>
    private static readonly TimeSpan LongestGoodbye = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim sending = new(1);
    private readonly Dictionary<(string Channel, MarketPair Pair), CoinoneSubscription> subscriptions = [];
    private readonly Lock gate = new();
    private readonly DateTimeOffset connected = time.GetUtcNow();
    private DateTimeOffset lastRequest = time.GetUtcNow();
    private bool everSubscribed;

    public async Task RunAsync(CancellationToken stopping)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        try
        {
            await SendAsync(CoinoneFrames.Connected(SessionId()), end.Token);
            var pumping = PumpAsync(end.Token);
            var listening = ListenAsync(end.Token);
            var ended = await Task.WhenAny(listening, pumping);
            if (ended == pumping && pumping.IsCompletedSuccessfully)
            {
                // We have said goodbye: cutting the line before the client has answered could overtake what we said.
                await Task.WhenAny(listening, Task.Delay(LongestGoodbye, time, end.Token));
            }

            await end.CancelAsync();
            await ended;
        }
        catch (Exception gone) when (gone is OperationCanceledException or WebSocketException)
        {
            // The client left, a fault cut the line, or the simulator stops: there is nobody to tell.
            socket.Abort();
        }
    }

    private async Task ListenAsync(CancellationToken end)
    {
        var buffer = new byte[LongestRequest];
        while (true)
        {
            var length = 0;
            ValueWebSocketReceiveResult part;
            do
            {
                part = await socket.ReceiveAsync(buffer.AsMemory(length), end);
                length += part.Count;
            }
            while (!part.EndOfMessage && length < LongestRequest);

            if (part.MessageType == WebSocketMessageType.Close || !part.EndOfMessage)
            {
                if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
                {
                    var code = part.EndOfMessage ? WebSocketCloseStatus.NormalClosure : WebSocketCloseStatus.MessageTooBig;
                    await socket.CloseOutputAsync(code, null, end);
                }

                return;
            }

            lock (gate)
            {
                lastRequest = time.GetUtcNow();
            }

            await AnswerAsync(buffer.AsMemory(0, length), end);
        }
    }

    private async Task AnswerAsync(ReadOnlyMemory<byte> message, CancellationToken end)
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

    // Coinone acknowledges any topic first and complains afterwards, without naming it.
    private async Task SubscribeAsync(CoinoneRequest request, CancellationToken end)
    {
        await SendAsync(CoinoneFrames.Acknowledged("SUBSCRIBED", request), end);
        if (request.Pair is not { } pair || !TryAdd(request, pair, out var subscription))
        {
            await SendAsync(CoinoneFrames.Error(160_012, "Invalid Topic"), end);
            return;
        }

        await SendNewsAsync(subscription, end);
    }

    private bool TryAdd(CoinoneRequest request, MarketPair pair, out CoinoneSubscription subscription)
    {
        subscription = new CoinoneSubscription(request.Channel, pair, request.Short, time.GetUtcNow());
        lock (gate)
        {
            everSubscribed = true;
            var key = (request.Channel, pair);
            if (subscriptions.Count >= MostSubscriptions && !subscriptions.ContainsKey(key))
            {
                return false;
            }

            subscriptions[key] = subscription;
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

    private async Task PumpAsync(CancellationToken end)
    {
        using var beat = new PeriodicTimer(Beat, time);
        while (await beat.WaitForNextTickAsync(end))
        {
            if (IsIdle())
            {
                await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "idle", end);
                return;
            }

            CoinoneSubscription[] current;
            lock (gate)
            {
                current = [.. subscriptions.Values];
            }

            foreach (var subscription in current)
            {
                await SendNewsAsync(subscription, end);
            }
        }
    }

    private bool IsIdle()
    {
        var now = time.GetUtcNow();
        lock (gate)
        {
            return (!everSubscribed && now - connected >= WithoutSubscription) || now - lastRequest >= WithoutRequest;
        }
    }

    private async Task SendNewsAsync(CoinoneSubscription subscription, CancellationToken end)
    {
        // Two senders may meet here (the pump and a fresh subscription); the frames of one subscription must not overtake each other.
        await sending.WaitAsync(end);
        try
        {
            foreach (var frame in subscription.News(market, time.GetUtcNow()))
            {
                await SendDataAsync(frame, end);
            }
        }
        finally
        {
            sending.Release();
        }
    }

    private async Task SendDataAsync(byte[] frame, CancellationToken end)
    {
        if (faults.Next("coinone", FaultPath) is not { } strike)
        {
            await socket.SendAsync(frame, WebSocketMessageType.Text, endOfMessage: true, end);
            return;
        }

        switch (strike.Fault.Kind)
        {
            case FaultKind.Timeout or FaultKind.Status or FaultKind.Silence:
                return;
            case FaultKind.Disconnect:
                throw new WebSocketException("A fault cuts this connection.");
            case FaultKind.Delay:
                await Task.Delay(TimeSpan.FromMilliseconds(strike.Fault.DelayMs), time, end);
                break;
            case FaultKind.Duplicates:
                await socket.SendAsync(frame, WebSocketMessageType.Text, endOfMessage: true, end);
                break;
            default:
                frame = FaultyBody.Apply(strike, "coinone", FaultPath, frame);
                break;
        }

        await socket.SendAsync(frame, WebSocketMessageType.Text, endOfMessage: true, end);
    }

    private async Task SendAsync(byte[] frame, CancellationToken end)
    {
        await sending.WaitAsync(end);
        try
        {
            await socket.SendAsync(frame, WebSocketMessageType.Text, endOfMessage: true, end);
        }
        finally
        {
            sending.Release();
        }
    }

    private Guid SessionId()
    {
        var ticks = connected.UtcTicks;
        return new Guid([.. BitConverter.GetBytes(Hash.Bits(1, ticks)), .. BitConverter.GetBytes(Hash.Bits(2, ticks))]);
    }
}
