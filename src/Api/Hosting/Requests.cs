using AkkaCrypto.Api.Auth;
using AkkaCrypto.Api.Caching;
using AkkaCrypto.Api.Errors;
using AkkaCrypto.Api.Validation;
using AkkaCrypto.Contracts.Market;

namespace AkkaCrypto.Api.Hosting;

/// <summary>
/// The order of checks behind <see cref="Gate"/>, the same for every route: what the client accepts (406), its parameters (400), its quota
/// (429), and only then the resource. So an invalid request touches nothing and costs nothing.
/// </summary>
public sealed partial class Requests(
    Quota quota, AbuseLimit abuse, AnswerWriter answers, ExportWriter exports, long maxBodyBytes, ApiInstruments instruments)
{
    /// <summary>
    /// Parsed queries kept by their text, so that a repeated query is not parsed again; longer texts are parsed each time.
    /// </summary>
    private const int KeptQueries = 4096;
    private const int LongestKeptQuery = 512;

    /// <summary>For a read that may be answered from memory: then a 304 costs no quota.</summary>
    public RequestDelegate Handle<TRequest>(
        IReadOnlyList<Parameter> parameters, Func<Query, TRequest> parse, CachedRead<TRequest> read,
        Export<TRequest>? export = null)
        where TRequest : class => HandleRead(parameters, parse, read.Find, read.AnswerAsync, export, Media.Json);

    /// <param name="parse">Reads the query; its value is used only where it left no fault. Pure: a query's value is kept and
    /// shared.</param>
    /// <param name="export">For a route that offers CSV and NDJSON too.</param>
    /// <param name="only">The type of the answer, for a route that offers nothing else.</param>
    public RequestDelegate Handle<TRequest>(
        IReadOnlyList<Parameter> parameters, Func<Query, TRequest> parse, Func<TRequest, CancellationToken, ValueTask<Answer>> serve,
        Export<TRequest>? export = null, string only = Media.Json)
        where TRequest : class => HandleRead(parameters, parse, find: null, serve, export, only);

    /// <param name="find">The answer if memory has it.</param>
    private RequestDelegate HandleRead<TRequest>(
        IReadOnlyList<Parameter> parameters, Func<Query, TRequest> parse, Func<TRequest, Answer?>? find,
        Func<TRequest, CancellationToken, ValueTask<Answer>> serve,
        Export<TRequest>? export, string only)
        where TRequest : class
    {
        var parser = Parser(parameters, parse);
        IReadOnlyList<string> offers = export is null ? [only] : Media.Exports;
        return async context =>
        {
            var media = Media.Choose(context.Request, offers);
            var isAnswer = media == offers[0];
            if (Fault(context, offers, media, isAnswer, parser, out var request) is { } fault)
            {
                await ProblemWriter.WriteAsync(context, fault);
            }
            else if (isAnswer && find is not null && Preconditions.AreThere(context.Request)
                && answers.TryWriteNotModified(context, find(request!)))
            {
                // From memory alone: before the quota, and so for nothing.
                instruments.Count(ReadLevel.NotModified);
            }
            else if (await quota.RefusalAsync(context, request) is { } over)
            {
                await ProblemWriter.WriteAsync(context, over);
            }
            else if (isAnswer)
            {
                await answers.WriteAsync(context, await serve(request!, context.RequestAborted));
            }
            else
            {
                await ExportAsync(context, media!, export!, request!, serve);
            }
        };
    }

    /// <summary>For a route that writes its own answer, piece by piece.</summary>
    /// <param name="offers">The types that it can be had as, the preferred first.</param>
    public RequestDelegate HandleStream<TRequest>(
        IReadOnlyList<Parameter> parameters, Func<Query, TRequest> parse, IReadOnlyList<string> offers,
        Func<HttpContext, TRequest, Task> write)
        where TRequest : class
    {
        var parser = Parser(parameters, parse);
        return async context =>
        {
            var media = Media.Choose(context.Request, offers);
            if ((Fault(context, offers, media, isAnswer: false, parser, out var request)
                ?? await quota.RefusalAsync(context, request)) is { } refusal)
            {
                await ProblemWriter.WriteAsync(context, refusal);
            }
            else
            {
                await write(context, request!);
            }
        };
    }

    /// <summary>For a route that means one thing by its path, or that has to know who asks.</summary>
    public RequestDelegate HandleTarget<TRequest>(
        IReadOnlyList<Parameter> parameters, Func<Query, TRequest> parse,
        Func<Target, TRequest, CancellationToken, ValueTask<Answer>> serve)
        where TRequest : class =>
        HandleContext(parameters, parse, (context, request) => serve(Target.Of(context), request, context.RequestAborted));

    /// <summary>For a route that is about the caller, who is known behind <see cref="Gate"/>.</summary>
    public RequestDelegate HandleCaller(Func<Caller, CancellationToken, ValueTask<Answer>> serve) => HandleContext(
        [], static _ => NoRequest.Instance, (context, _) => serve(Caller.Of(context)!, context.RequestAborted));

    /// <summary>For a read that is about the caller and what its path names.</summary>
    public RequestDelegate HandleContext<TRequest>(
        IReadOnlyList<Parameter> parameters, Func<Query, TRequest> parse, Func<HttpContext, TRequest, ValueTask<Answer>> serve)
        where TRequest : class
    {
        var parser = Parser(parameters, parse);
        return async context =>
        {
            if ((Fault(context, parser, out var request)
                ?? await quota.RefusalAsync(context, request)) is { } refusal)
            {
                await ProblemWriter.WriteAsync(context, refusal);
            }
            else
            {
                await answers.WriteAsync(context, await serve(context, request!));
            }
        };
    }

    /// <summary>As <see cref="HandleTarget"/>, with a body.</summary>
    public RequestDelegate HandleTargetBody(
        Func<Target, ReadOnlyMemory<byte>, CancellationToken, ValueTask<Answer>> serve) =>
        HandleTargetBody([], static _ => NoRequest.Instance, (target, _, body, ct) => serve(target, body, ct));

    /// <summary>
    /// For a POST that must not be done and then refused: whether its answer could be sent (406) is looked at first. It takes no
    /// parameters, and may come without a body.
    /// </summary>
    public RequestDelegate HandleCommand(Func<HttpContext, ReadOnlyMemory<byte>, ValueTask<Answer>> serve)
    {
        var parser = Parser([], static _ => NoRequest.Instance);
        return async context =>
        {
            if (Fault(context, parser, out _) is { } fault)
            {
                await ProblemWriter.WriteAsync(context, fault);
                return;
            }

            Answer answer = await ReadBodyAsync(context) is not { } body ? Problem.ForStatus(StatusCodes.Status413PayloadTooLarge)
                : body.Length > 0 && !Media.IsJson(context.Request) ? Problem.ForStatus(StatusCodes.Status415UnsupportedMediaType)
                : await quota.RefusalAsync(context, NoRequest.Instance) is { } refusal ? refusal
                : await serve(context, body);
            await answers.WriteAsync(context, answer);
        };
    }

    /// <summary>For a POST: the body is read, within the bound of the server, before the quota is asked.</summary>
    public RequestDelegate HandleTargetBody<TRequest>(
        IReadOnlyList<Parameter> parameters, Func<Query, TRequest> parse,
        Func<Target, TRequest, ReadOnlyMemory<byte>, CancellationToken, ValueTask<Answer>> serve)
        where TRequest : class
    {
        var parser = Parser(parameters, parse);
        return async context =>
        {
            if (!Media.IsJson(context.Request))
            {
                await ProblemWriter.WriteAsync(context, Problem.ForStatus(StatusCodes.Status415UnsupportedMediaType));
                return;
            }

            var (request, faults) = parser(context.Request.QueryString.Value);
            if (faults is not null)
            {
                await ProblemWriter.WriteAsync(context, Invalid(context, faults));
                return;
            }

            Answer answer = await ReadBodyAsync(context) is not { } body ? Problem.ForStatus(StatusCodes.Status413PayloadTooLarge)
                : await quota.RefusalAsync(context, request) is { } refusal ? refusal
                : await serve(Target.Of(context), request!, body, context.RequestAborted);
            await answers.WriteAsync(context, answer);
        };
    }

    /// <summary>A parsed query, or its faults.</summary>
    private delegate (TRequest? Request, IReadOnlyDictionary<string, string>? Faults) QueryParser<TRequest>(string? query);

    private QueryParser<TRequest> Parser<TRequest>(IReadOnlyList<Parameter> parameters, Func<Query, TRequest> parse)
        where TRequest : class
    {
        string[] known = [.. parameters.Select(parameter => parameter.Name)];
        string[] mayBeEmpty = [.. parameters.Where(parameter => parameter.MayBeEmpty).Select(parameter => parameter.Name)];
        var kept = new BoundedCache<TRequest>(KeptQueries, KeptQueries * (long)LongestKeptQuery);
        return text =>
        {
            if (text is not null && kept.TryGet(text, out var before))
            {
                return (before, null);
            }

            var query = new Query(text, known, mayBeEmpty);
            var request = parse(query);
            if (query.Faults is not null)
            {
                return (null, query.Faults);
            }

            if (text is { Length: <= LongestKeptQuery })
            {
                kept.Set(text, request, text.Length);
            }

            return (request, null);
        };
    }

    /// <summary>As the next, of a route that answers JSON alone.</summary>
    private Problem? Fault<TRequest>(HttpContext context, QueryParser<TRequest> parser, out TRequest? request) =>
        Fault(context, Media.JsonOnly, Media.Choose(context.Request, Media.JsonOnly), isAnswer: true, parser, out request);

    /// <summary>What is wrong with the request itself, found without touching anything; null where it may go on.</summary>
    private Problem? Fault<TRequest>(
        HttpContext context, IReadOnlyList<string> offers, string? media, bool isAnswer, QueryParser<TRequest> parser,
        out TRequest? request)
    {
        request = default;
        if (media is null)
        {
            return Problem.NotAcceptable(offers);
        }

        (request, var faults) = parser(context.Request.QueryString.Value);
        return faults is not null ? Invalid(context, faults) : isAnswer ? AnswerWriter.Refusal(context.Request) : null;
    }

    /// <summary>Costs no quota. Past the abuse limit an open route says so here, for no key has been asked for before.</summary>
    private Problem Invalid(HttpContext context, IReadOnlyDictionary<string, string> faults) => Counted(context, Problem.Invalid(faults));

    private Problem Counted(HttpContext context, Problem invalid)
    {
        if (abuse.Refusal(context) is { } refusal)
        {
            return refusal;
        }

        abuse.Count(context);
        return invalid;
    }

    /// <summary>
    /// An empty range is answered as its JSON would be where that is a refusal (an unknown asset); else it is an empty export, with its
    /// columns' names.
    /// </summary>
    private async Task ExportAsync<TRequest>(
        HttpContext context, string media, Export<TRequest> export, TRequest request,
        Func<TRequest, CancellationToken, ValueTask<Answer>> serve)
    {
        var stop = context.RequestAborted;
        await using var records = export.Records(request, stop).GetAsyncEnumerator(stop);
        var isThere = await records.MoveNextAsync();
        if (!isThere && await serve(request, stop) is { Refusal: not null } refused)
        {
            await answers.WriteAsync(context, refused);
            return;
        }

        await exports.WriteAsync(context, media, export.Blank, isThere ? records : null);
    }

    /// <summary>Null for a body past the bound; what is left of it is the server's to read away, see <see cref="ServiceHost"/>.</summary>
    private async Task<ReadOnlyMemory<byte>?> ReadBodyAsync(HttpContext context)
    {
        if (context.Request.ContentLength > maxBodyBytes)
        {
            return null;
        }

        using var buffer = new MemoryStream();
        var part = new byte[64 * 1024];
        int read;
        while ((read = await context.Request.Body.ReadAsync(part, context.RequestAborted)) > 0)
        {
            if (buffer.Length + read > maxBodyBytes)
            {
                return null;
            }

            buffer.Write(part, 0, read);
        }

        return buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
    }
}
