using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AkkaCrypto.Simulator.CryptoQuant;

/// <summary>CryptoQuant: fixed minutes per token, errors as its documented status objects.</summary>
internal sealed class SimulatedCryptoQuant : ISimulatedProvider
{
    public string Name => "cryptoquant";

    public int DefaultPerMinute => 6000;

    public void Map(IEndpointRouteBuilder app, SimulatedWorld world) => CryptoQuantRoutes.Map(app, world.Market, world.Time);

    public IRequestLimit LimitOf(int perMinute, TimeProvider time) => new MinuteLimit(
        perMinute, time, request => request.Headers.Authorization.ToString(), StatusObject(StatusCodes.Status429TooManyRequests));

    public string ErrorBody(int status) => StatusObject(status);

    public string ErrorUnder200(string code) => StatusObject(StatusCodes.Status500InternalServerError);

    /// <summary>The documented table of status objects; a recorded error body was never found.</summary>
    internal static string StatusObject(int status) => $$$"""{"status":{"code":{{{status}}},"message":"{{{Message(status)}}}"}}""";

    private static string Message(int status) => status switch
    {
        400 => "bad_request",
        401 => "unauthorized",
        403 => "forbidden",
        404 => "not_found",
        405 => "not_allowed",
        429 => "too_many_requests",
        _ => "internal_server_error",
    };
}
