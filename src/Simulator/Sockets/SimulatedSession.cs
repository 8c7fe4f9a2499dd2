using System.Net.WebSockets;
using AkkaCrypto.Simulator.Faults;
using Microsoft.AspNetCore.Http;

namespace AkkaCrypto.Simulator.Sockets;

/// <summary>
/// One websocket connection to a twin: answers what the client sends, and every <see cref="Beat"/> tells what is new. Data frames pass the
/// fault board under the path <c>/socket</c>; answers do not. A request past <see cref="LongestRequest"/> ends the connection.
/// </summary>
internal abstract class SimulatedSession(WebSocket socket, string provider, SimulatedWorld world)
{
    private const int LongestRequest = 16_384;
    private const string FaultPath = "/socket";

    /// <summary>How long a client that was told goodbye may take to answer it.</summary>
    private static readonly TimeSpan LongestGoodbye = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim sending = new(1);

    protected SimulatedWorld World => world;

    /// <summary>Instant of the client's last message; of the connection at first.</summary>
    protected DateTimeOffset LastRequest { get; private set; } = world.Time.GetUtcNow();

    protected virtual TimeSpan Beat => TimeSpan.FromMilliseconds(200);

    /// <summary>What a handshake at this route comes to; anything but a websocket is 426.</summary>
    public static RequestDelegate Handler(SimulatedWorld world, Func<WebSocket, SimulatedSession> open) => async context =>
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
            return;
        }

        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        using var until = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, world.Stopping);
        await open(socket).RunAsync(until.Token);
    };

    public async Task RunAsync(CancellationToken stopping)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        try
        {
            await GreetAsync(end.Token);
            var pumping = PumpAsync(end.Token);
            var listening = ListenAsync(end.Token);
            var ended = await Task.WhenAny(listening, pumping);
            if (ended == pumping && pumping.IsCompletedSuccessfully)
            {
                // We have said goodbye: cutting the line before the client has answered could overtake what we said.
                await Task.WhenAny(listening, Task.Delay(LongestGoodbye, world.Time, end.Token));
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

    /// <summary>What the provider says before it is asked anything.</summary>
    protected virtual Task GreetAsync(CancellationToken end) => Task.CompletedTask;

    /// <summary>One message of the client.</summary>
    protected abstract Task AnswerAsync(ReadOnlyMemory<byte> message, CancellationToken end);

    /// <summary>The data frames that are new by now, in order. Called by one at a time, also by <see cref="TellNewsAsync"/>.</summary>
    protected abstract IEnumerable<byte[]> News(DateTimeOffset now);

    /// <summary>Whether the provider promises to deliver this frame as long as the connection stands.</summary>
    protected virtual bool IsPromised(byte[] frame) => false;

    /// <summary>Why the provider closes the connection at this moment; null while it does not.</summary>
    protected virtual (WebSocketCloseStatus Status, string Reason)? Goodbye(DateTimeOffset now) => null;

    /// <summary>The type of the frames: some providers send their JSON in binary ones.</summary>
    protected virtual WebSocketMessageType FrameType => WebSocketMessageType.Text;

    /// <summary>Sends an answer, whatever faults are in force.</summary>
    protected async Task SendAsync(byte[] frame, CancellationToken end)
    {
        await sending.WaitAsync(end);
        try
        {
            await socket.SendAsync(frame, FrameType, endOfMessage: true, end);
        }
        finally
        {
            sending.Release();
        }
    }

    /// <summary>Closes from the provider's side, after what was sent so far.</summary>
    protected Task CloseAsync(WebSocketCloseStatus status, string? reason, CancellationToken end) =>
        socket.State is WebSocketState.Open or WebSocketState.CloseReceived
            ? socket.CloseOutputAsync(status, reason, end)
            : Task.CompletedTask;

    /// <summary>Tells what is new at once, as after a fresh subscription.</summary>
    protected async Task TellNewsAsync(CancellationToken end)
    {
        // Two senders may meet here (the pump and a fresh subscription); frames must not overtake each other.
        await sending.WaitAsync(end);
        try
        {
            foreach (var frame in News(world.Time.GetUtcNow()))
            {
                await SendDataAsync(frame, end);
            }
        }
        finally
        {
            sending.Release();
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
                var code = part.EndOfMessage ? WebSocketCloseStatus.NormalClosure : WebSocketCloseStatus.MessageTooBig;
                await CloseAsync(code, null, end);
                return;
            }

            LastRequest = world.Time.GetUtcNow();
            await AnswerAsync(buffer.AsMemory(0, length), end);
        }
    }

    private async Task PumpAsync(CancellationToken end)
    {
        using var beat = new PeriodicTimer(Beat, world.Time);
        while (await beat.WaitForNextTickAsync(end))
        {
            if (Goodbye(world.Time.GetUtcNow()) is var (status, reason))
            {
                await CloseAsync(status, reason, end);
                return;
            }

            await TellNewsAsync(end);
        }
    }

    private async Task SendDataAsync(byte[] frame, CancellationToken end)
    {
        if (world.Faults.Next(provider, FaultPath) is not { } strike)
        {
            await socket.SendAsync(frame, FrameType, endOfMessage: true, end);
            return;
        }

        switch (strike.Fault.Kind)
        {
            case FaultKind.Timeout or FaultKind.Status or FaultKind.Silence when !IsPromised(frame):
                return;
            case FaultKind.Timeout or FaultKind.Status or FaultKind.Silence or FaultKind.Disconnect:
                throw new WebSocketException("A fault cuts this connection.");
            case FaultKind.Delay:
                await Task.Delay(TimeSpan.FromMilliseconds(strike.Fault.DelayMs), world.Time, end);
                break;
            case FaultKind.Duplicates:
                await socket.SendAsync(frame, FrameType, endOfMessage: true, end);
                break;
            case FaultKind.ErrorBody when IsPromised(frame):
                await socket.SendAsync(FaultyBody.Apply(strike, provider, FaultPath, frame), FrameType, endOfMessage: true, end);
                break;
            default:
                frame = FaultyBody.Apply(strike, provider, FaultPath, frame);
                break;
        }

        await socket.SendAsync(frame, FrameType, endOfMessage: true, end);
    }
}
