using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AkkaCrypto.TestKit;

/// <summary>A real websocket server on a free loopback port, whose talk is a script.</summary>
public sealed class SocketServer : IAsyncDisposable
{
    private readonly WebApplication app;

    private SocketServer(WebApplication app) => this.app = app;

    /// <summary>Where it listens.</summary>
    public Uri Address { get; private set; } = new("ws://127.0.0.1");

    /// <summary>Starts; <paramref name="talk"/> is held with every connection that comes and is not refused.</summary>
    /// <param name="refusal">Status and <c>Retry-After</c> of the answer to the next connection; null: it is accepted.</param>
    public static async Task<SocketServer> StartAsync(
        Func<WebSocket, CancellationToken, Task> talk, Func<(int Status, string RetryAfter)?>? refusal = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.UseWebSockets();
        app.Run(async (HttpContext context) =>
        {
            if (refusal?.Invoke() is var (status, retryAfter))
            {
                context.Response.StatusCode = status;
                context.Response.Headers.RetryAfter = retryAfter;
                return;
            }

            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            await talk(socket, context.RequestAborted);
        });
        await app.StartAsync();
        var http = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return new SocketServer(app) { Address = new UriBuilder(http) { Scheme = "ws" }.Uri };
    }

    /// <summary>The next whole message as text; null for the peer's close frame.</summary>
    public static async Task<string?> ReceiveTextAsync(WebSocket socket, CancellationToken cancellationToken)
    {
        var buffer = new byte[65_536];
        var received = await socket.ReceiveAsync(buffer, cancellationToken);
        return received.MessageType == WebSocketMessageType.Close ? null : System.Text.Encoding.UTF8.GetString(buffer, 0, received.Count);
    }

    public async ValueTask DisposeAsync()
    {
        using var atOnce = new CancellationTokenSource();
        await atOnce.CancelAsync();
        await app.StopAsync(atOnce.Token);
        await app.DisposeAsync();
    }
}
