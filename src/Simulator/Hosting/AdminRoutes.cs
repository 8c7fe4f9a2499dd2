using System.Text.Json;
using System.Text.Json.Serialization;
using AkkaCrypto.Simulator.Faults;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AkkaCrypto.Simulator;

/// <summary>
/// What the tests and an operator may ask of the simulator itself: <c>POST|GET|DELETE /faults</c>, <c>GET /requests</c>. A fault is a
/// <see cref="Fault"/> in snake case:
/// <c>{"provider":"coinone","path":"/public/v2/trades/*","kind":"status","status":429,"share":0.5,"count":10}</c>.
/// </summary>
internal static class AdminRoutes
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
    };

    public static void MapAdmin(this IEndpointRouteBuilder app, FaultBoard faults, RequestLog requests)
    {
        app.MapPost("/faults", context => AddAsync(context, faults));
        app.MapGet("/faults", context => context.Response.WriteAsJsonAsync(
            faults.InForce().Select(f => new { f.Fault, f.Hits }), Json, context.RequestAborted));
        app.MapDelete("/faults", context =>
        {
            faults.Clear();
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return Task.CompletedTask;
        });
        app.MapGet("/requests", context => context.Response.WriteAsJsonAsync(requests.All(), Json, context.RequestAborted));
    }

    private static async Task AddAsync(HttpContext context, FaultBoard faults)
    {
        try
        {
            var fault = await JsonSerializer.DeserializeAsync<Fault>(context.Request.Body, Json, context.RequestAborted)
                ?? throw new ArgumentException("expected an object, found null");
            faults.Add(fault);
            context.Response.StatusCode = StatusCodes.Status201Created;
        }
        catch (Exception refused) when (refused is JsonException or ArgumentException)
        {
            await Results.Problem(refused.Message, statusCode: StatusCodes.Status400BadRequest).ExecuteAsync(context);
        }
        catch (InvalidOperationException full)
        {
            await Results.Problem(full.Message, statusCode: StatusCodes.Status409Conflict).ExecuteAsync(context);
        }
    }
}
