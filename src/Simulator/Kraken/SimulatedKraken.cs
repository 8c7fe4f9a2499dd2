using AkkaCrypto.Simulator.Market;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AkkaCrypto.Simulator.Kraken;

/// <summary>
/// Kraken's spot market: REST below <c>/kraken/0/public</c>, the socket v2 at <c>/kraken/socket/v2</c>. A counter that falls by one a
/// second; errors are texts in a list under HTTP 200.
/// </summary>
internal sealed class SimulatedKraken : ISimulatedProvider
{
    private const string TooMany = """{"error":["EAPI:Rate limit exceeded"]}""";

    public string Name => KrakenMarket.Exchange;

    public int DefaultPerMinute => 60;

    public void Map(IEndpointRouteBuilder app, SimulatedWorld world)
    {
        var tapes = new TradeTapes(world.Market);
        KrakenRoutes.Map(app, world.Market, tapes, world.Time);
        app.Map("/kraken/socket/v2", Sockets.SimulatedSession.Handler(world, socket => new KrakenSession(socket, world, tapes)));
    }

    public IRequestLimit LimitOf(int perMinute, TimeProvider time) => new Limit(new TokenBucket(perMinute, time));

    /// <summary>Kraken's edge answers with HTML; only what its own servers say has a body of theirs.</summary>
    public string? ErrorBody(int status) => status switch
    {
        StatusCodes.Status429TooManyRequests => """{"error":["EGeneral:Too many requests"]}""",
        StatusCodes.Status503ServiceUnavailable => """{"error":["EService:Unavailable"]}""",
        _ => null,
    };

    public string ErrorUnder200(string code) => code.StartsWith('E') && !code.Contains('"') ? $$"""{"error":["{{code}}"]}""" : TooMany;

    private sealed class Limit(TokenBucket bucket) : IRequestLimit
    {
        public async Task<bool> AdmitAsync(HttpContext context)
        {
            if (context.WebSockets.IsWebSocketRequest || bucket.TryTake(out _))
            {
                return true;
            }

            await JsonReply.WriteAsync(context, TooMany, StatusCodes.Status200OK);
            return false;
        }
    }
}
