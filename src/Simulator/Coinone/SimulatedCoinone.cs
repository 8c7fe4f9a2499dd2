using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AkkaCrypto.Simulator.Coinone;

/// <summary>Coinone: a token bucket per address (it documents 1200 and 20 a second), error 4 under HTTP 200 with three headers.</summary>
internal sealed class SimulatedCoinone : ISimulatedProvider
{
    private const string Blocked = """{"result":"error","error_code":"4","error_msg":"Blocked user access"}""";

    public string Name => "coinone";

    public int DefaultPerMinute => 1200;

    public void Map(IEndpointRouteBuilder app, SimulatedWorld world)
    {
        CoinoneRoutes.Map(app, world.Market, world.Time);
        app.Map("/coinone/socket", new CoinoneSocket(world).HandleAsync);
    }

    public IRequestLimit LimitOf(int perMinute, TimeProvider time) => new Limit(new TokenBucket(perMinute, time));

    public string? ErrorBody(int status) => status == StatusCodes.Status429TooManyRequests ? Blocked : null;

    public string ErrorUnder200(string code) => Error(code);

    internal static string Error(string code) => code switch
    {
        "4" => Blocked,
        "108" => """{"result":"error","error_code":"108","error_msg":"Unknown CryptoCurrency"}""",
        "105" => """{"result":"error","error_code":"105","error_msg":"Price is not correct"}""",
        _ => $$"""{"result":"error","error_code":"{{code}}","error_msg":"Parameter error"}""",
    };

    private sealed class Limit(TokenBucket bucket) : IRequestLimit
    {
        public async Task<bool> AdmitAsync(HttpContext context)
        {
            if (context.WebSockets.IsWebSocketRequest)
            {
                return true;
            }

            var taken = bucket.TryTake(out var remaining);
            var headers = context.Response.Headers;
            headers["public-ratelimit-remaining"] = remaining.ToString(CultureInfo.InvariantCulture);
            headers["public-ratelimit-replenish-rate"] = bucket.PerSecond.ToString(CultureInfo.InvariantCulture);
            headers["public-ratelimit-burst-capacity"] = bucket.Capacity.ToString(CultureInfo.InvariantCulture);
            if (!taken)
            {
                context.Response.ContentType = "application/json; charset=utf-8";
                await context.Response.WriteAsync(Blocked, context.RequestAborted);
            }

            return taken;
        }
    }
}
