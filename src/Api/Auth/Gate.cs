using AkkaCrypto.Api.Errors;
using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Api.Auth;

/// <summary>
/// The first two checks, 401 and 403, before anything else of a request is looked at; and 429 for who sent too much that was invalid. A
/// middleware of its own rather than ASP.NET's authentication and authorisation, because those make a principal, a ticket and a service
/// scope for each request, which costs more than the whole cached read behind them. Other kinds of credentials join in
/// <see cref="Identify"/>.
/// </summary>
public sealed class Gate(RequestDelegate next, ApiKeys keys, AbuseLimit abuse)
{
    private const string KeyHeader = "X-API-Key";

    private static readonly Problem Unauthorized = new(
        StatusCodes.Status401Unauthorized, ProblemCodes.Unauthorized, "A valid API key is needed in the header X-API-Key.");

    private static readonly Problem Forbidden = new(
        StatusCodes.Status403Forbidden, ProblemCodes.Forbidden, "This path needs a key of the role admin.");

    public Task InvokeAsync(HttpContext context)
    {
        var access = AccessTable.For(context.Request.Path);
        if (access == Access.Open)
        {
            return next(context);
        }

        if (Identify(context.Request) is not { } caller)
        {
            if (abuse.Refusal(context) is { } stranger)
            {
                return ProblemWriter.WriteAsync(context, stranger);
            }

            abuse.Count(context);
            context.Response.Headers.WWWAuthenticate = "ApiKey realm=\"akkacrypto\", header=\"X-API-Key\"";
            return ProblemWriter.WriteAsync(context, Unauthorized);
        }

        context.Features.Set(caller);
        return access == Access.Admin && caller.Role != ApiRole.Admin ? ProblemWriter.WriteAsync(context, Forbidden)
            : abuse.Refusal(context) is { } refusal ? ProblemWriter.WriteAsync(context, refusal)
            : next(context);
    }

    private Caller? Identify(HttpRequest request) =>
        request.Headers.TryGetValue(KeyHeader, out var values) && values is [{ } key] ? keys.Find(key) : null;
}
