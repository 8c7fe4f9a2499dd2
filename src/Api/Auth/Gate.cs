using AkkaCrypto.Api.Errors;
using AkkaCrypto.Contracts.Auth;
using AkkaCrypto.Contracts.Settings;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Primitives;

namespace AkkaCrypto.Api.Auth;

/// <summary>
/// The first two checks, 401 and 403, before anything else of a request is looked at; and 429 for who sent too much that was invalid. A
/// middleware of its own rather than ASP.NET's authentication and authorisation, because those make a principal, a ticket and a service
/// scope for each request, which costs more than the whole cached read behind them.
/// </summary>
public sealed class Gate(RequestDelegate next, ApiKeys keys, AcceptedTokens accepted, AbuseLimit abuse)
{
    private const string KeyWay = "ApiKey realm=\"akkacrypto\", header=\"X-API-Key\"";
    private const string TokenWay = "Bearer realm=\"akkacrypto\"";

    private static readonly Problem NoTokens = Unauthorized(
        "Bearer tokens are not accepted here: send an API key in the header X-API-Key.");

    private static readonly Problem Nobody = Unauthorized("A valid API key is needed in the header X-API-Key.");

    private static readonly Problem Several = Unauthorized(
        "The request has two different credentials: send one API key or one bearer token.");

    private static readonly Problem Malformed = Unauthorized(
        "This is no API key of this service: its checksum does not hold, or it is of another environment. Look for a typo.");

    private static readonly Problem Unchecked = Problem.Unavailable(
        "API keys can't be checked at this moment: the database is away.");

    private static readonly Problem Forbidden = new(
        StatusCodes.Status403Forbidden, ProblemCodes.Forbidden, "This path needs a key of the role admin.");

    public Task InvokeAsync(HttpContext context)
    {
        var rule = context.GetEndpoint()?.Metadata.GetMetadata<AccessRule>() ?? AccessTable.For(context.Request.Path);
        var credentials = Credentials.Take(context.Request);
        if (rule.Access == Access.Open)
        {
            return next(context);
        }

        if (credentials is { Several: false, Authorization: not null })
        {
            return AskTokenAsync(context, rule, credentials);
        }

        if (credentials is not { Several: false, Key: { } key })
        {
            return RefuseAsync(context, credentials.Several ? Several : Nobody);
        }

        var found = Find(context, key);
        return found.Verdict switch
        {
            KeyVerdict.Known => AdmitAsync(context, rule, found.Caller!),
            KeyVerdict.Unknown when ApiKeyText.IsClaimedBy(key) => FindAnewAsync(context, rule, key),
            _ => RefuseAsync(context, RefusalOf(found.Verdict)),
        };
    }

    private static Problem Unauthorized(string detail) => new(StatusCodes.Status401Unauthorized, ProblemCodes.Unauthorized, detail);

    private static Problem RefusalOf(KeyVerdict verdict) => verdict switch
    {
        KeyVerdict.Malformed => Malformed,
        KeyVerdict.Unchecked => Unchecked,
        _ => Nobody,
    };

    /// <summary>Only HTTP/1 has one request at a time on a connection.</summary>
    private KeyFinding Find(HttpContext context, string key) =>
        HttpProtocol.IsHttp11(context.Request.Protocol) && context.Features.Get<IConnectionItemsFeature>() is { } connection
            ? keys.Find(key, connection.Items)
            : keys.Find(key);

    private Task AskTokenAsync(HttpContext context, AccessRule rule, Credentials credentials)
    {
        if (accepted.Tokens is not { } tokens)
        {
            return RefuseAsync(context, NoTokens);
        }

        // Before the check: signatures cost more than anything else here.
        return abuse.Refusal(context) is { } stranger ? ProblemWriter.WriteAsync(context, stranger)
            : tokens.Find(credentials.Token, out var fault) is { } caller ? AdmitAsync(context, rule, caller)
            : RefuseAsync(context, Unauthorized($"The bearer token is not valid: {fault}."));
    }

    private async Task FindAnewAsync(HttpContext context, AccessRule rule, string key)
    {
        // Before the look: who guesses is refused without one.
        var found = abuse.Refusal(context) is null
            ? await keys.FindAnewAsync(key, context.RequestAborted)
            : new KeyFinding(KeyVerdict.Unknown);
        await (found.Caller is { } caller ? AdmitAsync(context, rule, caller) : RefuseAsync(context, RefusalOf(found.Verdict)));
    }

    private Task AdmitAsync(HttpContext context, AccessRule rule, Caller caller)
    {
        context.Features.Set(caller);
        var needed = rule.Needed(context.Request.Method);
        return rule.Access == Access.Admin && caller.Role != ApiRole.Admin ? ProblemWriter.WriteAsync(context, Forbidden)
            : (caller.Scopes & needed) != needed ? ProblemWriter.WriteAsync(context, Lacks(needed & ~caller.Scopes))
            : abuse.Refusal(context) is { } refusal ? ProblemWriter.WriteAsync(context, refusal)
            : next(context);
    }

    private static Problem Lacks(Scopes scopes) => new(
        StatusCodes.Status403Forbidden, ProblemCodes.Forbidden, $"This needs a key with the scope {ScopeNames.Text(scopes)}.");

    private Task RefuseAsync(HttpContext context, Problem problem)
    {
        if (problem.Status != StatusCodes.Status401Unauthorized)
        {
            return ProblemWriter.WriteAsync(context, problem);
        }

        if (abuse.Refusal(context) is { } stranger)
        {
            return ProblemWriter.WriteAsync(context, stranger);
        }

        abuse.Count(context);
        context.Response.Headers.WWWAuthenticate = accepted.Tokens is null ? KeyWay : new StringValues([KeyWay, TokenWay]);
        return ProblemWriter.WriteAsync(context, problem);
    }
}
