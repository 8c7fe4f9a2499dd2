using AkkaCrypto.Simulator.Market;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AkkaCrypto.Simulator.Binance;

/// <summary>
/// Binance's spot market: REST below <c>/binance/api/v3</c>, the market streams below <c>/binance/socket</c> (<c>/stream</c> and
/// <c>/ws</c>). A minute's request weight, 429, and 418 for who does not stop.
/// </summary>
internal sealed class SimulatedBinance : ISimulatedProvider
{
    private const string TooMuch =
        "Too much request weight used; current limit is {0} request weight per 1 MINUTE. Please use WebSocket Streams for live "
        + "updates to avoid polling the API.";

    public string Name => BinanceMarket.Exchange;

    public int DefaultPerMinute => 6000;

    public void Map(IEndpointRouteBuilder app, SimulatedWorld world)
    {
        var tapes = new TradeTapes(world.Market);
        BinanceRoutes.Map(app, world.Market, tapes, world.Time);
        app.Map("/binance/socket/stream", context => BinanceSession.HandleAsync(context, world, tapes));
        app.Map("/binance/socket/ws", context => BinanceSession.HandleAsync(context, world, tapes));
        app.Map("/binance/socket/ws/{**streams}", context => BinanceSession.HandleAsync(context, world, tapes));
    }

    public IRequestLimit LimitOf(int perMinute, TimeProvider time) => new BinanceLimit(perMinute, time);

    public string? ErrorBody(int status) => status switch
    {
        StatusCodes.Status429TooManyRequests => TooMuchWeight(DefaultPerMinute),
        StatusCodes.Status418ImATeapot => Banned(1_773_500_966_535),
        StatusCodes.Status400BadRequest => Error(-1102, "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed."),
        StatusCodes.Status503ServiceUnavailable => Error(-1008, "Server is currently overloaded with other requests."),
        _ => null,
    };

    public string ErrorUnder200(string code) => int.TryParse(code, out var number) && number < 0
        ? Error(number, "A simulated error.")
        : Error(-1000, "An unknown error occurred while processing the request.");

    internal static string Error(int code, string message) => $$"""{"code":{{code}},"msg":"{{message}}"}""";

    internal static string Banned(long untilMilliseconds) => Error(-1003, string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"Way too much request weight used; IP banned until {untilMilliseconds}. Please use WebSocket Streams to avoid bans."));

    internal static string TooMuchWeight(int limit) =>
        Error(-1003, string.Format(System.Globalization.CultureInfo.InvariantCulture, TooMuch, limit));
}
