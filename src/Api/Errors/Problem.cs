namespace AkkaCrypto.Api.Errors;

/// <summary>One refusal or failure as the outside sees it. The body is RFC 9457 problem details: see <see cref="ProblemWriter"/>.</summary>
/// <param name="Code">Stable, snake_case: one of <see cref="ProblemCodes"/>.</param>
/// <param name="Detail">What happened, to which value, and what was expected. Never an exception's text or a secret.</param>
/// <param name="Errors">For 400: one message per field.</param>
/// <param name="RetryAfter">For 429 and 503; rounded up to whole seconds.</param>
/// <param name="ProviderCode">For 502: the provider's own error code.</param>
/// <param name="Missing">For 503 of /readyz: what lacks, one line each.</param>
public sealed record Problem(
    int Status, string Code, string Detail, IReadOnlyDictionary<string, string>? Errors = null, TimeSpan? RetryAfter = null,
    string? ProviderCode = null, IReadOnlyList<string>? Missing = null)
{
    /// <summary>How soon a 503 for missing or old data is worth asking again: feeds refresh within seconds.</summary>
    private static readonly TimeSpan DataRetry = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan DependencyRetry = TimeSpan.FromSeconds(2);

    public static Problem Invalid(IReadOnlyDictionary<string, string> errors) =>
        new(StatusCodes.Status400BadRequest, ProblemCodes.InvalidRequest, "The request is invalid; nothing was done.", errors);

    public static Problem Invalid(string field, string message) =>
        Invalid(new Dictionary<string, string>(StringComparer.Ordinal) { [field] = message });

    public static Problem Unknown(string what, string name) =>
        new(StatusCodes.Status404NotFound, "unknown_" + what, $"The {what} '{name}' is neither configured nor stored.");

    public static Problem NoDataYet(string what) =>
        new(StatusCodes.Status503ServiceUnavailable, ProblemCodes.NoDataYet, $"No data for {what} has arrived yet.", RetryAfter: DataRetry);

    public static Problem Stale(string what, TimeSpan age, TimeSpan limit) => new(
        StatusCodes.Status503ServiceUnavailable, ProblemCodes.StaleData,
        $"The newest data for {what} is {(long)age.TotalSeconds} s old, past the limit of {(long)limit.TotalSeconds} s.",
        RetryAfter: DataRetry);

    public static Problem NotReady(IReadOnlyList<string> missing) => new(
        StatusCodes.Status503ServiceUnavailable, ProblemCodes.NotReady, "Not everything that is enabled can be served yet; see missing.",
        RetryAfter: DependencyRetry, Missing: missing);

    public static Problem Unavailable(string detail) =>
        new(StatusCodes.Status503ServiceUnavailable, ProblemCodes.Unavailable, detail, RetryAfter: DependencyRetry);

    /// <param name="offers">The types that the route can answer as.</param>
    public static Problem NotAcceptable(IReadOnlyList<string> offers) => new(
        StatusCodes.Status406NotAcceptable, ProblemCodes.NotAcceptable,
        $"Accept allows none of what the route answers as: {string.Join(", ", offers)}.");

    /// <summary>For a status that came without a body of its own.</summary>
    public static Problem ForStatus(int status) => status switch
    {
        StatusCodes.Status404NotFound => new(status, ProblemCodes.NotFound, "There is no such route."),
        StatusCodes.Status405MethodNotAllowed =>
            new(status, ProblemCodes.MethodNotAllowed, "The route does not take this method; see Allow."),
        StatusCodes.Status408RequestTimeout => new(status, ProblemCodes.RequestTimeout, "The request's body did not arrive in time."),
        StatusCodes.Status413PayloadTooLarge => new(status, ProblemCodes.PayloadTooLarge, "The body is larger than http.max-body-bytes."),
        StatusCodes.Status414UriTooLong => new(status, ProblemCodes.UriTooLong, "The request line is too long."),
        StatusCodes.Status415UnsupportedMediaType => new(
            status, ProblemCodes.UnsupportedMediaType, "The body must be application/json in UTF-8, without a Content-Encoding."),
        StatusCodes.Status503ServiceUnavailable => Unavailable("The service is overloaded or stopping."),
        >= 500 => new(status, ProblemCodes.InternalError, "An error on our side; the trace id finds it in the log."),
        _ => new(status, ProblemCodes.InvalidRequest, "The request is invalid; nothing was done."),
    };
}

/// <summary>The stable <c>code</c>s; <c>unknown_asset</c>, <c>unknown_currency</c>, … come from <see cref="Problem.Unknown"/>.</summary>
public static class ProblemCodes
{
    public const string Unauthorized = "unauthorized";
    public const string Forbidden = "forbidden";
    public const string InvalidRequest = "invalid_request";
    public const string NotFound = "not_found";
    public const string MethodNotAllowed = "method_not_allowed";
    public const string NotAcceptable = "not_acceptable";
    public const string RequestTimeout = "request_timeout";
    public const string PayloadTooLarge = "payload_too_large";
    public const string UriTooLong = "uri_too_long";
    public const string UnsupportedMediaType = "unsupported_media_type";
    public const string QuotaExceeded = "quota_exceeded";
    public const string TooManyInvalidRequests = "too_many_invalid_requests";
    public const string NotReady = "not_ready";
    public const string NoDataYet = "no_data_yet";
    public const string StaleData = "stale_data";
    public const string FeedDisabled = "feed_disabled";
    public const string Unavailable = "unavailable";
    public const string Overloaded = "overloaded";
    public const string UpstreamFailed = "upstream_failed";
    public const string UpstreamTimeout = "upstream_timeout";
    public const string InternalError = "internal_error";
}

/// <summary>Ends a request with a problem; thrown where a value can't be returned through the layers between.</summary>
public sealed class ProblemException(Problem problem) : Exception(problem.Detail)
{
    public Problem Problem { get; } = problem;
}
