using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text;

namespace AkkaCrypto.TestKit.Feeds;

/// <summary>
/// A provider's websocket on loopback that says what the test wants, to whoever is connected. It hears everything, answers a goodbye, and
/// otherwise is silent by itself.
/// </summary>
public sealed class ScriptedSocket : IAsyncDisposable
{
    private readonly ConcurrentQueue<string> _heard = new();
    private readonly SemaphoreSlim _sending = new(1);
    private SocketServer? _server;
    private volatile WebSocket? _client;
    private int _connections;
    private int _refused;

    private ScriptedSocket()
    {
    }

    public string Address => _server!.Address.ToString().TrimEnd('/');

    /// <summary>Connections so far.</summary>
    public int Connections => Volatile.Read(ref _connections);

    public bool IsConnected => _client is not null;

    /// <summary>While true, whoever connects is cut off at once.</summary>
    public bool Refuses { get; set; }

    /// <summary>Status and <c>Retry-After</c> that every handshake is answered with; null: connections are accepted.</summary>
    public (int Status, string RetryAfter)? Refusal { get; set; }

    /// <summary>Handshakes that were answered with <see cref="Refusal"/>.</summary>
    public int Refused => Volatile.Read(ref _refused);

    /// <summary>What clients have said, oldest first.</summary>
    public IReadOnlyList<string> Heard => [.. _heard];

    /// <summary>What is sent to each connection at its beginning, before anything else.</summary>
    public Func<IEnumerable<string>> Greeting { get; set; } = static () => [];

    public static async Task<ScriptedSocket> StartAsync()
    {
        var scripted = new ScriptedSocket();
        scripted._server = await SocketServer.StartAsync(scripted.TalkAsync, scripted.Refuse);
        return scripted;
    }

    /// <summary>Sends frames, one after the other, to the client at hand.</summary>
    /// <returns>Whether there was one; a client that has just left may not have got them.</returns>
    public async Task<bool> SendAsync(params IEnumerable<string> frames)
    {
        if (_client is not { } client)
        {
            return false;
        }

        await _sending.WaitAsync();
        try
        {
            foreach (var frame in frames)
            {
                var bytes = Encoding.UTF8.GetBytes(frame);
                await client.SendAsync(bytes, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
            }

            return true;
        }
        catch (Exception gone) when (gone is WebSocketException or ObjectDisposedException or OperationCanceledException or IOException)
        {
            return false;
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>Cuts the line without a goodbye.</summary>
    public void Cut()
    {
        var client = _client;
        _client = null;
        client?.Abort();
    }

    /// <summary>Says goodbye to the client at hand, as a provider does that wants it gone.</summary>
    public async Task CloseAsync()
    {
        if (_client is { } client)
        {
            await client.CloseOutputAsync(WebSocketCloseStatus.PolicyViolation, "enough", CancellationToken.None);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _server!.DisposeAsync();
        _sending.Dispose();
    }

    private (int Status, string RetryAfter)? Refuse()
    {
        if (Refusal is not null)
        {
            Interlocked.Increment(ref _refused);
        }

        return Refusal;
    }

    private async Task TalkAsync(WebSocket socket, CancellationToken gone)
    {
        if (Refuses)
        {
            socket.Abort();
            return;
        }

        Interlocked.Increment(ref _connections);
        _client = socket;
        try
        {
            await SendAsync(Greeting());
            while (await SocketServer.ReceiveTextAsync(socket, gone) is { } text)
            {
                _heard.Enqueue(text);
            }

            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, gone);
        }
        catch (Exception cut) when (cut is WebSocketException or OperationCanceledException or IOException)
        {
            socket.Abort();
        }
        finally
        {
            Interlocked.CompareExchange(ref _client, null, socket);
        }
    }
}
