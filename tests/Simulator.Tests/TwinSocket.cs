using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace AkkaCrypto.Simulator.Tests;

/// <summary>A client of a twin's socket that reads one JSON message after the other.</summary>
internal sealed class TwinSocket(ClientWebSocket socket) : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    public static async Task<TwinSocket> ConnectAsync(RunningSimulator simulator, string path)
    {
        var socket = new ClientWebSocket();
        var server = simulator.Server.Address.ToString().Replace("http", "ws", StringComparison.Ordinal).TrimEnd('/');
        await socket.ConnectAsync(new Uri(server + path), default);
        return new TwinSocket(socket);
    }

    public async Task SendAsync(string text) =>
        await socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, default);

    /// <summary>Sends a request and returns the first message that has the property.</summary>
    public async Task<JsonElement> AskAsync(string text, string property)
    {
        await SendAsync(text);
        while (true)
        {
            var message = await NextAsync();
            if (message.TryGetProperty(property, out _))
            {
                return message;
            }
        }
    }

    public async Task<JsonElement> NextAsync()
    {
        using var deadline = new CancellationTokenSource(Deadline);
        using var message = new MemoryStream();
        var buffer = new byte[64 * 1024];
        ValueWebSocketReceiveResult part;
        do
        {
            part = await socket.ReceiveAsync(buffer.AsMemory(), deadline.Token);
            message.Write(buffer, 0, part.Count);
        }
        while (!part.EndOfMessage);

        Assert.NotEqual(WebSocketMessageType.Close, part.MessageType);
        using var document = JsonDocument.Parse(message.ToArray());
        return document.RootElement.Clone();
    }

    public void Dispose() => socket.Dispose();
}
