using System.Buffers;
using System.Net.WebSockets;
using System.Threading.Channels;

namespace AkkaCrypto.Pipeline.Streams;

/// <summary>
/// One websocket connection of a run. Receives and sends carry no token, for a cancelled one would cut the connection and leave no way to
/// close it politely; a wait beside them ends instead.
/// </summary>
internal sealed class SocketConnection : IAsyncDisposable
{
    private static readonly TimeSpan CloseGrace = TimeSpan.FromSeconds(2);
    private readonly SocketSettings settings;
    private readonly TimeProvider time;
    private readonly CancellationToken cancellationToken;
    private readonly CancellationTokenSource stopSending = new();
    private readonly CancellationTokenRegistration registration;
    private readonly TaskCompletionSource cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ClientWebSocket socket = new();
    private readonly Alarm alarm;
    private readonly ArrayBufferWriter<byte> message = new(4096);
    private readonly SemaphoreSlim sending = new(1);
    private Task heartbeat = Task.CompletedTask;
    private Task speaking = Task.CompletedTask;
    private Task<ValueWebSocketReceiveResult>? receiving;

    public SocketConnection(SocketSettings settings, TimeProvider time, CancellationToken cancellationToken)
    {
        this.settings = settings;
        this.time = time;
        this.cancellationToken = cancellationToken;
        alarm = new Alarm(time);
        registration = cancellationToken.Register(() => cancelled.TrySetResult());

        // The framework's own pings run on the ambient clock; ours is the heartbeat.
        socket.Options.KeepAliveInterval = Timeout.InfiniteTimeSpan;
        socket.Options.CollectHttpResponseDetails = settings.Refused is not null;
        settings.Configure?.Invoke(socket.Options);
    }

    /// <summary>Connects, subscribes and starts the heartbeat.</summary>
    public async Task OpenAsync()
    {
        await (settings.Ready?.Invoke(cancellationToken) ?? Task.CompletedTask);
        using var late = new CancellationTokenSource(settings.Silence, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        try
        {
            await socket.ConnectAsync(settings.Address, either.Token); // 101 when it is open, 0 when nothing has answered
            foreach (var text in settings.Subscribe)
            {
                await socket.SendAsync(text, WebSocketMessageType.Text, endOfMessage: true, either.Token);
            }
        }
        catch (WebSocketException) when ((int)socket.HttpStatusCode is not (0 or 101))
        {
            var retryAfter = socket.HttpResponseHeaders?.FirstOrDefault(
                header => header.Key.Equals("Retry-After", StringComparison.OrdinalIgnoreCase)).Value;
            settings.Refused?.Invoke((int)socket.HttpStatusCode, retryAfter?.FirstOrDefault());
            throw;
        }
        catch (OperationCanceledException exception) when (late.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"{settings.Address}: no connection within {settings.Silence.TotalSeconds:0.###} s.", exception);
        }

        heartbeat = settings.Heartbeat.IsEmpty ? Task.CompletedTask : BeatAsync(stopSending.Token);
        speaking = settings.Further is { } further ? SpeakAsync(further, stopSending.Token) : Task.CompletedTask;
    }

    /// <summary>The next message; null when the server has closed.</summary>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync()
    {
        message.ResetWrittenCount();
        var since = time.GetTimestamp();
        while (true)
        {
            receiving ??= socket.ReceiveAsync(message.GetMemory(4096), CancellationToken.None).AsTask();
            await WaitAsync(receiving, since);
            var part = await receiving;
            receiving = null;
            if (part.MessageType == WebSocketMessageType.Close)
            {
                return null;
            }

            message.Advance(part.Count);
            if (message.WrittenCount > settings.MaxMessageBytes)
            {
                throw new BufferOverflowException(
                    $"{settings.Address}: a message is longer than the {settings.MaxMessageBytes} bytes that are allowed.");
            }

            if (part.EndOfMessage)
            {
                return message.WrittenSpan.ToArray();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await registration.DisposeAsync();
        await stopSending.CancelAsync();
        var closing = socket.State is WebSocketState.Open or WebSocketState.CloseReceived ? CloseAsync() : Task.CompletedTask;
        await alarm.EndsWithinAsync(closing, time.GetTimestamp(), CloseGrace);

        // Whatever still waits for the connection ends here. How the goodbye ended makes no difference: the connection is gone.
        socket.Abort();
        await Calls.EndedAsync(closing);
        await Calls.EndedAsync(heartbeat);
        await Calls.EndedAsync(speaking);
        await Calls.EndedAsync(receiving ?? Task.CompletedTask);
        socket.Dispose();
        alarm.Dispose();
        sending.Dispose();
        stopSending.Dispose();
    }

    /// <summary>Waits for what is received, and throws when the run is cancelled, the peer silent, or the heartbeat failed first.</summary>
    private async ValueTask WaitAsync(Task received, long since)
    {
        if (received.IsCompleted)
        {
            return;
        }

        var first = heartbeat.IsCompletedSuccessfully
            ? Task.WhenAny(received, cancelled.Task)
            : Task.WhenAny(received, cancelled.Task, heartbeat);
        var inTime = await alarm.EndsWithinAsync(first, since, settings.Silence);
        alarm.Disarm();
        cancellationToken.ThrowIfCancellationRequested();
        if (!inTime)
        {
            throw new TimeoutException($"{settings.Address}: no message for {settings.Silence.TotalSeconds:0.###} s.");
        }

        if (heartbeat.IsFaulted && !received.IsCompleted)
        {
            await heartbeat;
        }
    }

    private async Task BeatAsync(CancellationToken stop)
    {
        while (true)
        {
            await Task.Delay(settings.HeartbeatEvery, time, stop);
            await SendAsync(settings.Heartbeat);
        }
    }

    /// <summary>Where it fails the connection is gone, and whoever reads from it is told.</summary>
    private async Task SpeakAsync(ChannelReader<ReadOnlyMemory<byte>> further, CancellationToken stop)
    {
        await foreach (var text in further.ReadAllAsync(stop))
        {
            await SendAsync(text);
        }
    }

    /// <summary>A websocket takes one message at a time.</summary>
    private async Task SendAsync(ReadOnlyMemory<byte> text)
    {
        await sending.WaitAsync(CancellationToken.None);
        try
        {
            await socket.SendAsync(text, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        }
        finally
        {
            sending.Release();
        }
    }

    /// <summary>Sends our close frame after the last message and reads on, discarding, until the server's has come or the connection is
    /// gone.</summary>
    private async Task CloseAsync()
    {
        await Calls.EndedAsync(heartbeat);
        await Calls.EndedAsync(speaking);
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, statusDescription: null, CancellationToken.None);
        while (socket.State == WebSocketState.CloseSent)
        {
            receiving ??= socket.ReceiveAsync(message.GetMemory(4096), CancellationToken.None).AsTask();
            await receiving;
            receiving = null;
        }
    }
}
