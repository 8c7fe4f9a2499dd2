using System.Globalization;
using AkkaCrypto.Simulator.Faults;
using AkkaCrypto.Simulator.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AkkaCrypto.Simulator.Coinbase;

/// <summary>
/// Coinbase Exchange: so many requests a second and address with a burst of half as many more (it documents 10 and 15), 429 with a
/// sentence. Its socket <c>/coinbase/socket</c> stands for <c>wss://ws-feed.exchange.coinbase.com</c>.
/// </summary>
internal sealed class SimulatedCoinbase : ISimulatedProvider
{
    public string Name => "coinbase";

    public int DefaultPerMinute => 600;

    public void Map(IEndpointRouteBuilder app, SimulatedWorld world)
    {
        CoinbaseRoutes.Map(app, world.Market, world.Time);
        app.Map("/coinbase/socket", SimulatedSession.Handler(world, socket => new CoinbaseSession(socket, world)));
    }

    public IRequestLimit LimitOf(int perMinute, TimeProvider time) => new Limit(perMinute, time);

    public string ErrorBody(int status) => Message(
        status == StatusCodes.Status429TooManyRequests ? "Public rate limit exceeded" : HttpReasons.Of(status));

    /// <summary>Exchange is not known to answer errors under 200; a gateway before it might.</summary>
    public string ErrorUnder200(string code) => Message("Internal server error");

    internal static string Message(string text) => $$"""{"message":"{{text}}"}""";

    private sealed class Limit(int perMinute, TimeProvider time) : IRequestLimit
    {
        private readonly Lock gate = new();
        private readonly double perSecond = perMinute / 60.0;
        private readonly double burst = Math.Max(1, perMinute / 40.0);
        private double tokens = Math.Max(1, perMinute / 40.0);
        private long last = time.GetTimestamp();

        public async Task<bool> AdmitAsync(HttpContext context)
        {
            if (context.WebSockets.IsWebSocketRequest || TryTake())
            {
                return true;
            }

            context.Response.Headers.RetryAfter = 1.ToString(CultureInfo.InvariantCulture);
            await JsonReply.WriteAsync(context, Message("Public rate limit exceeded"), StatusCodes.Status429TooManyRequests);
            return false;
        }

        private bool TryTake()
        {
            lock (gate)
            {
                var now = time.GetTimestamp();
                tokens = Math.Min(burst, tokens + (time.GetElapsedTime(last, now).TotalSeconds * perSecond));
                last = now;
                var passes = tokens >= 1;
                tokens -= passes ? 1 : 0;
                return passes;
            }
        }
    }
}
