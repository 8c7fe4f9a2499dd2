using AkkaCrypto.Simulator.Faults;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AkkaCrypto.Simulator.CoinGecko;

/// <summary>CoinGecko: fixed minutes per key, 429 in the nested shape of its errors.</summary>
internal sealed class SimulatedCoinGecko : ISimulatedProvider
{
    private const string RateLimit =
        """{"status":{"error_code":429,"error_message":"You've exceeded the Rate Limit. """
        + """Please visit https://www.coingecko.com/en/api/pricing to subscribe to our API plans for higher rate limits."}}""";

    public string Name => "coingecko";

    public int DefaultPerMinute => 6000;

    public void Map(IEndpointRouteBuilder app, SimulatedWorld world) => app.MapCoinGecko(world.Market, world.Time);

    public IRequestLimit LimitOf(int perMinute, TimeProvider time) => new MinuteLimit(perMinute, time, KeyOf, RateLimit);

    public string ErrorBody(int status) =>
        status == StatusCodes.Status429TooManyRequests ? RateLimit : $$"""{"status":{{status}},"error":"{{HttpReasons.Of(status)}}"}""";

    public string ErrorUnder200(string code) => RateLimit;

    private static string KeyOf(HttpRequest request) =>
        request.Headers["x-cg-demo-api-key"].FirstOrDefault() ?? request.Query["x_cg_demo_api_key"].FirstOrDefault() ?? "";
}
