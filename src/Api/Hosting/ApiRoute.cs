namespace AkkaCrypto.Api.Hosting;

/// <summary>A query parameter: what the validation knows and what the OpenAPI document says come from the same place.</summary>
/// <param name="Description">Form, bounds and default.</param>
/// <param name="OneOf">The only values, where they are few.</param>
public sealed record Parameter(
    string Name, string Description, string Example, bool Required = false, IReadOnlyList<string>? OneOf = null, bool IsInteger = false)
{
    /// <summary>For a protocol whose clients send a parameter without a value as if they sent none.</summary>
    public bool MayBeEmpty { get; init; }
}

/// <summary>What a request's JSON body must be.</summary>
/// <param name="Schema">JSON Schema (2020-12).</param>
/// <param name="Example">A body that fits it.</param>
public sealed record BodyForm(string Schema, string Example, bool IsRequired = true)
{
    /// <summary>Of bodies that only their description tells of.</summary>
    public static readonly BodyForm AnyObject = new("""{"type":"object"}""", "{}");
}

/// <summary>One route of the service: mapped and documented from the same row.</summary>
/// <param name="Method"><c>GET</c> (then HEAD too), <c>POST</c>, <c>PATCH</c> or <c>DELETE</c>.</param>
/// <param name="Tag">The domain noun it belongs to.</param>
/// <param name="Description">What a caller must know beyond the summary.</param>
/// <param name="Example">A body of the 200 answer.</param>
/// <param name="Refusals">Statuses other than 200 that it can answer, beside those that every route of its access has.</param>
/// <param name="BodyDescription">What the JSON body is; null where there is none.</param>
/// <param name="Named">The variable segment of the path, where it has one.</param>
/// <param name="Media">Type of its 200 answer.</param>
public sealed record ApiRoute(
    string Method, string Path, string Tag, string Name, string Summary, string Description,
    IReadOnlyList<Parameter> Parameters, string Example, IReadOnlyList<int> Refusals, RequestDelegate Handler,
    string? BodyDescription = null, Parameter? Named = null,
    string Media = Validation.Media.Json)
{
    /// <summary>What every answer with market data has.</summary>
    public static readonly IReadOnlyList<string> AllDataHeaders = ["ETag", "Last-Modified", "X-Data-Time", "Age"];

    private static readonly string[] ReadMethods = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>JSON Schema (2020-12, as OpenAPI 3.1 takes it) of the body of its 200 answer; null: an object.</summary>
    public string? Schema { get; init; }

    /// <summary>Of its body, where it has one.</summary>
    public BodyForm BodyForm { get; init; } = BodyForm.AnyObject;

    /// <summary>Types that it can be had as beside <see cref="Media"/>.</summary>
    public IReadOnlyList<string> AlsoAs { get; init; } = [];

    /// <summary>Headers of its good answer that tell its version and age. Without one there is no 304.</summary>
    public IReadOnlyList<string> DataHeaders { get; init; } = [];

    /// <summary>Request headers of its own.</summary>
    public IReadOnlyList<Parameter> Headers { get; init; } = [];

    /// <summary>The path's second variable segment, where it has one.</summary>
    public Parameter? AlsoNamed { get; init; }

    /// <summary>Of its good answer.</summary>
    public int Success { get; init; } = StatusCodes.Status200OK;

    /// <summary>HEAD works wherever GET does; the server leaves its body out.</summary>
    public IReadOnlyList<string> Methods => Method == HttpMethods.Get ? ReadMethods : [Method];
}
