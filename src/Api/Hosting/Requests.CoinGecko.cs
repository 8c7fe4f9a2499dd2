using AkkaCrypto.Api.Caching;
using AkkaCrypto.Api.CoinGecko;
using AkkaCrypto.Api.Errors;
using AkkaCrypto.Api.Validation;

namespace AkkaCrypto.Api.Hosting;

/// <summary>The same order of checks for the paths of CoinGecko's API, whose queries are read as CoinGecko reads them.</summary>
public sealed partial class Requests
{
    /// <param name="parse">As in <see cref="Handle"/>: pure, its value is kept and shared.</param>
    public RequestDelegate HandleCoinGecko<TRequest>(
        Func<CoinGeckoQuery, TRequest> parse, Func<TRequest, CancellationToken, ValueTask<Answer>> serve)
        where TRequest : class => HandleCoinGecko(parse, (_, request, cancellationToken) => serve(request, cancellationToken));

    /// <param name="serve">With the variable segment of the path; empty where it has none.</param>
    public RequestDelegate HandleCoinGecko<TRequest>(
        Func<CoinGeckoQuery, TRequest> parse, Func<string, TRequest, CancellationToken, ValueTask<Answer>> serve)
        where TRequest : class
    {
        var kept = new BoundedCache<TRequest>(KeptQueries, KeptQueries * (long)LongestKeptQuery, time);
        return async context =>
        {
            if (Media.Choose(context.Request, [Media.Json]) is null)
            {
                await ProblemWriter.WriteAsync(context, Problem.ForStatus(StatusCodes.Status406NotAcceptable));
                return;
            }

            var text = context.Request.QueryString.Value ?? "";
            if (!kept.TryGet(text, out var request))
            {
                var query = new CoinGeckoQuery(text);
                request = parse(query);
                if (query.Refusal is { } refusal)
                {
                    await ProblemWriter.WriteAsync(context, Counted(context, refusal));
                    return;
                }

                // A key that came in the query has been taken out of it: see Credentials.
                if (text.Length <= LongestKeptQuery)
                {
                    kept.Set(text, request, text.Length);
                }
            }

            if ((AnswerWriter.Refusal(context.Request) ?? await quota.RefusalAsync(context, request)) is { } refused)
            {
                await ProblemWriter.WriteAsync(context, refused);
                return;
            }

            var id = context.Request.RouteValues["id"] as string ?? "";
            await answers.WriteAsync(context, await serve(id, request, context.RequestAborted));
        };
    }
}
