using AkkaCrypto.Api.Caching;
using AkkaCrypto.Api.CoinGecko;
using AkkaCrypto.Api.Errors;
using AkkaCrypto.Api.Validation;
using Microsoft.AspNetCore.Http.Features;

namespace AkkaCrypto.Api.Hosting;

/// <summary>The same order of checks for the paths of CoinGecko's API, whose queries are read as CoinGecko reads them.</summary>
public sealed partial class Requests
{
    /// <param name="parse">As in <see cref="Handle"/>: pure, its value is kept and shared.</param>
    public RequestDelegate HandleCoinGecko<TRequest>(Func<CoinGeckoQuery, TRequest> parse, CoinRead<TRequest> read)
        where TRequest : class => HandleCoinGecko(parse, read.Find, read.AnswerAsync);

    /// <summary>For an answer that is no data.</summary>
    public RequestDelegate HandleCoinGecko<TRequest>(
        Func<CoinGeckoQuery, TRequest> parse, Func<TRequest, CancellationToken, ValueTask<Answer>> serve)
        where TRequest : class =>
        HandleCoinGecko(parse, static (_, _) => null, (_, request, cancellationToken) => serve(request, cancellationToken));

    /// <param name="find">The answer if memory has it, by the variable segment of the path, which is empty where it has none.</param>
    private RequestDelegate HandleCoinGecko<TRequest>(
        Func<CoinGeckoQuery, TRequest> parse, Func<string, TRequest, Answer?> find,
        Func<string, TRequest, CancellationToken, ValueTask<Answer>> serve)
        where TRequest : class
    {
        var kept = new BoundedCache<TRequest>(KeptQueries, KeptQueries * (long)LongestKeptQuery);
        return async context =>
        {
            if (Fault(context, kept, parse, out var request) is { } fault)
            {
                await ProblemWriter.WriteAsync(context, fault);
                return;
            }

            var id = IdOf(context);
            if (Preconditions.AreThere(context.Request) && answers.TryWriteNotModified(context, find(id, request!)))
            {
                // From memory alone: before the quota, and so for nothing.
                instruments.Count(ReadLevel.NotModified);
            }
            else if (await quota.RefusalAsync(context, request) is { } over)
            {
                await ProblemWriter.WriteAsync(context, over);
            }
            else
            {
                await answers.WriteAsync(context, await serve(id, request!, context.RequestAborted));
            }
        };
    }

    /// <summary>Asked of the feature, for the request would make a table of no values for each path that has none.</summary>
    private static string IdOf(HttpContext context) =>
        context.Features.Get<IRouteValuesFeature>()?.RouteValues["id"] as string ?? "";

    /// <summary>What is wrong with the request itself, found without touching anything; null where it may go on.</summary>
    private Problem? Fault<TRequest>(
        HttpContext context, BoundedCache<TRequest> kept, Func<CoinGeckoQuery, TRequest> parse, out TRequest? request)
        where TRequest : class
    {
        request = null;
        if (Media.Choose(context.Request, Media.JsonOnly) is null)
        {
            return Problem.NotAcceptable(Media.JsonOnly);
        }

        var text = context.Request.QueryString.Value ?? "";
        if (!kept.TryGet(text, out request))
        {
            var query = new CoinGeckoQuery(text);
            request = parse(query);
            if (query.Refusal is { } refusal)
            {
                return Counted(context, refusal);
            }

            // A key that came in the query has been taken out of it: see Credentials.
            if (text.Length <= LongestKeptQuery)
            {
                kept.Set(text, request, text.Length);
            }
        }

        return AnswerWriter.Refusal(context.Request);
    }
}
