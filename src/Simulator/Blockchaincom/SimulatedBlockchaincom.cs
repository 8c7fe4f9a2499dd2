using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AkkaCrypto.Simulator.Blockchaincom;

/// <summary>Blockchain.com's charts: fixed minutes for all callers together, errors as an object with a word and a sentence.</summary>
internal sealed class SimulatedBlockchaincom : ISimulatedProvider
{
    public string Name => "blockchaincom";

    public int DefaultPerMinute => 600;

    /// <summary>A point's time.</summary>
    public IReadOnlyCollection<string> NotValues => ["x"];

    public void Map(IEndpointRouteBuilder app, SimulatedWorld world) => ChartRoutes.Map(app, world.Market, world.Time);

    public IRequestLimit LimitOf(int perMinute, TimeProvider time) =>
        new MinuteLimit(perMinute, time, _ => "", ErrorBody(StatusCodes.Status429TooManyRequests));

    public string ErrorBody(int status) => status switch
    {
        400 => Error("invalid-arg", "Invalid argument"),
        404 => Error("not-found-or-invalid-arg", "Resource not found"),
        429 => Error("too-many-requests", "Too many requests"),
        _ => Error("internal-server-error", "An internal error occurred"),
    };

    public string ErrorUnder200(string code) => """{"status":"unavailable","name":"","unit":"","period":"day","values":[]}""";

    private static string Error(string code, string message) => $$"""{"error":"{{code}}","message":"{{message}}"}""";
}
