using System.Net.WebSockets;
using Microsoft.AspNetCore.Http;

namespace AkkaCrypto.Simulator.Coinone;

/// <summary>
/// The door of Coinone's websocket, <c>/coinone/socket</c> for <c>wss://stream.coinone.co.kr</c>: at most 20 connections, then 4290.
/// </summary>
internal sealed class CoinoneSocket(SimulatedWorld world)
{
    public const int MostConnections = 20;
    public const int TooManyConnections = 4290;

    private int connections;

    public async Task HandleAsync(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
            return;
        }

        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        try
        {
            if (Interlocked.Increment(ref connections) > MostConnections)
            {
                await socket.CloseOutputAsync((WebSocketCloseStatus)TooManyConnections, "too many connections", context.RequestAborted);
                return;
            }

            using var until = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, world.Stopping);
            await new CoinoneSession(socket, world).RunAsync(until.Token);
        }
        finally
        {
            Interlocked.Decrement(ref connections);
        }
    }
}
