namespace AkkaCrypto.Contracts.Ops;

/// <summary>Why a provider's reply, or one record in it, was not taken. The names in snake_case are part of the outer contract.</summary>
public enum RefusalCode
{
    /// <summary>Not JSON, or cut off, or nested too deep.</summary>
    MalformedJson,

    /// <summary>JSON, but not this endpoint's reply.</summary>
    UnexpectedShape,

    /// <summary>A field that a record can't be without is absent or null.</summary>
    MissingField,

    /// <summary>A field of the wrong type or form, or a value that can't be (a negative price).</summary>
    InvalidField,

    /// <summary>A number or time past what this system can hold.</summary>
    OutOfRange,

    /// <summary>The reply speaks of another pair than the one asked for.</summary>
    WrongPair,

    /// <summary>The provider's own errors, by meaning; the provider's code is kept beside it.</summary>
    RateLimited,
    Unauthorized,
    Forbidden,
    TimeRangeExceeded,
    NotFound,
    BadRequest,
    ProviderUnavailable,

    /// <summary>An error of the provider whose code has no known meaning.</summary>
    ProviderError,

    /// <summary>A record whose key is stored with other content.</summary>
    Differing,
}

/// <param name="Message">What happened, with the value (shortened) and what was expected.</param>
/// <param name="Path">Where in the reply, e.g. <c>$.transactions[3].price</c>; null for the whole reply.</param>
/// <param name="ProviderCode">The provider's own error code, where it sent one.</param>
public sealed record Refusal(RefusalCode Code, string Message, string? Path = null, string? ProviderCode = null)
{
    /// <summary>How many of the reply's records stand before it: it stood between the last of them and the next one.</summary>
    public int Behind { get; init; }

    /// <summary>Whether the provider itself answered with an error, as opposed to a reply that can't be read.</summary>
    public bool IsProviderError => Code is RefusalCode.RateLimited or RefusalCode.Unauthorized or RefusalCode.Forbidden
        or RefusalCode.TimeRangeExceeded or RefusalCode.NotFound or RefusalCode.BadRequest or RefusalCode.ProviderUnavailable
        or RefusalCode.ProviderError;

    /// <summary>What happened, behind the place where one is known.</summary>
    public string Reason => Path is null ? Message : $"{Path}: {Message}";

    /// <summary>Whether the provider has said for good that it has no such thing, whoever asks and whenever. A key that it refuses is no
    /// such answer: keys are mended.</summary>
    public bool IsFinal => Code is RefusalCode.NotFound or RefusalCode.BadRequest or RefusalCode.TimeRangeExceeded;

    /// <summary>Whether asking again later may help; what can't help is not asked again before the next turn.</summary>
    public bool MayPass => Code is RefusalCode.RateLimited or RefusalCode.ProviderUnavailable or RefusalCode.ProviderError
        or RefusalCode.MalformedJson or RefusalCode.UnexpectedShape;
}

/// <summary>The words for refusal codes in JSON, in the database and on the command line.</summary>
public static class RefusalCodes
{
    /// <summary>The code as the outside knows it: <c>rate_limited</c>.</summary>
    public static string Text(this RefusalCode code) => code switch
    {
        RefusalCode.MalformedJson => "malformed_json",
        RefusalCode.UnexpectedShape => "unexpected_shape",
        RefusalCode.MissingField => "missing_field",
        RefusalCode.InvalidField => "invalid_field",
        RefusalCode.OutOfRange => "out_of_range",
        RefusalCode.WrongPair => "wrong_pair",
        RefusalCode.RateLimited => "rate_limited",
        RefusalCode.Unauthorized => "unauthorized",
        RefusalCode.Forbidden => "forbidden",
        RefusalCode.TimeRangeExceeded => "time_range_exceeded",
        RefusalCode.NotFound => "not_found",
        RefusalCode.BadRequest => "bad_request",
        RefusalCode.ProviderUnavailable => "provider_unavailable",
        RefusalCode.ProviderError => "provider_error",
        RefusalCode.Differing => "differing",
    };
}
