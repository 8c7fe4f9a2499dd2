using AkkaCrypto.Api.Ops;

namespace AkkaCrypto.Api.Hosting;

/// <summary>The rows of what operators change: dead letters and streams.</summary>
public static class AdminTable
{
    public static IReadOnlyList<ApiRoute> Of(DeadLetters letters, Requests requests) =>
    [
        new("GET", DeadLetters.Path, "Ops", "DeadLetters", "What could not be taken, newest first, in pages",
            RouteDescriptions.DeadLetters, DeadLetters.ListParameters, RouteExamples.DeadLetters, [503],
            requests.Handle(DeadLetters.ListParameters, DeadLetters.ParseList, letters.ListAsync)),
        new("DELETE", DeadLetters.Path, "Ops", "PurgeDeadLetters", "Delete the dead letters that fit a filter",
            RouteDescriptions.PurgeDeadLetters, DeadLetters.FilterParameters, RouteExamples.PurgedDeadLetters, [503],
            requests.HandleTarget(DeadLetters.FilterParameters, DeadLetters.ParsePurge, letters.PurgeManyAsync)),
        new("POST", DeadLetters.Path + "/replay", "Ops", "ReplayDeadLetters", "Take the open dead letters that fit a filter again",
            RouteDescriptions.ReplayDeadLetters, DeadLetters.ListParameters, RouteExamples.ReplayedDeadLetters, [503],
            requests.HandleTarget(DeadLetters.ListParameters, DeadLetters.ParseMany, letters.ReplayManyAsync)),
        Letter("GET", "", "DeadLetter", "One dead letter with its payload", RouteDescriptions.DeadLetter, RouteExamples.DeadLetter,
            requests, letters.ShowAsync),
        Letter("DELETE", "", "PurgeDeadLetter", "Delete one dead letter", RouteDescriptions.PurgeDeadLetters,
            RouteExamples.PurgedDeadLetters, requests, letters.PurgeAsync),
        Letter("POST", "/replay", "ReplayDeadLetter", "Take one dead letter again", RouteDescriptions.ReplayDeadLetters,
            RouteExamples.ReplayedDeadLetter, requests, letters.ReplayAsync),
    ];

    public static IReadOnlyList<ApiRoute> Of(Streams streams, Requests requests) =>
    [
        new("GET", Streams.Path, "Ops", "Streams", "The settings of every stream, each with its origin", RouteDescriptions.Streams, [],
            RouteExamples.Streams, [503], requests.Handle([], static _ => NoRequest.Instance, streams.ListAsync)),
        Stream("GET", "Stream", "The settings of one stream, each with its origin", RouteDescriptions.Streams,
            requests.HandleTarget([], static _ => NoRequest.Instance, streams.ShowAsync)),
        Stream("PATCH", "PatchStream", "Lay values over a stream's settings", RouteDescriptions.PatchStream,
            requests.HandleTargetBody(streams.PatchAsync),
            "Settings by name, as in HOCON, restart's in an object of their own: {\"batch-size\": 1000, \"flush-interval\": \"100ms\", "
            + "\"restart\": {\"jitter\": 0}}. null takes a value away again."),
        Stream("DELETE", "ClearStream", "Take away all that PATCH laid over a stream", RouteDescriptions.ClearStream,
            requests.HandleTarget([], static _ => NoRequest.Instance, streams.ClearAsync)),
    ];

    private static ApiRoute Letter(
        string method, string below, string name, string summary, string description, string example, Requests requests,
        Func<Target, NoRequest, CancellationToken, ValueTask<Answer>> serve) =>
        new(method, DeadLetters.Path + "/{id}" + below, "Ops", name, summary, description, [], example, [404, 503],
            requests.HandleTarget([], static _ => NoRequest.Instance, serve), Named: DeadLetters.IdParameter);

    private static ApiRoute Stream(
        string method, string name, string summary, string description, RequestDelegate handler, string? body = null) =>
        new(method, Streams.Path + "/{name}", "Ops", name, summary, description, [], RouteExamples.Stream,
            body is null ? [404, 503] : [404, 413, 415, 503], handler, body, Named: Streams.NameParameter);
}
