using System.Globalization;
using AkkaCrypto.Api.Errors;

namespace AkkaCrypto.Api.Auth;

/// <summary>
/// The quota as answers show it: <c>RateLimit</c> and <c>RateLimit-Policy</c> (draft-ietf-httpapi-ratelimit-headers-10) and the older
/// <c>X-RateLimit-Limit</c>, <c>-Remaining</c>, <c>-Reset</c> (seconds from now).
/// </summary>
public static class QuotaHeaders
{
    public static readonly string[] Names =
        ["RateLimit", "RateLimit-Policy", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "Retry-After"];

    public static void Write(IHeaderDictionary headers, QuotaVerdict verdict)
    {
        if (verdict.Limit == 0)
        {
            return;
        }

        var culture = CultureInfo.InvariantCulture;
        headers["RateLimit"] = string.Create(culture, $"\"minute\";r={verdict.Remaining};t={verdict.ResetSeconds}");
        headers["RateLimit-Policy"] = string.Create(culture, $"\"minute\";q={verdict.Limit};w={MinuteWindow.Seconds}");
        headers["X-RateLimit-Limit"] = verdict.Limit.ToString(culture);
        headers["X-RateLimit-Remaining"] = verdict.Remaining.ToString(culture);
        headers["X-RateLimit-Reset"] = verdict.ResetSeconds.ToString(culture);
    }

    public static Problem Exceeded(QuotaVerdict verdict) => new(
        StatusCodes.Status429TooManyRequests, ProblemCodes.QuotaExceeded,
        $"All {verdict.Limit} requests of this minute are used; the next window begins in {verdict.ResetSeconds} s.",
        RetryAfter: TimeSpan.FromSeconds(verdict.ResetSeconds));
}
