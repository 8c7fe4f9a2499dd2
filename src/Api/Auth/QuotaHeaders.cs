using System.Globalization;
using System.Runtime.CompilerServices;
using AkkaCrypto.Actors.Auth;
using AkkaCrypto.Api.Errors;

namespace AkkaCrypto.Api.Auth;

/// <summary>
/// The quota as answers show it: <c>RateLimit</c> and <c>RateLimit-Policy</c> (draft-ietf-httpapi-ratelimit-headers-10) with every limit
/// that the request was held against, and the older <c>X-RateLimit-Limit</c>, <c>-Remaining</c>, <c>-Reset</c> (seconds from now) of the
/// one that is used up first.
/// </summary>
public static class QuotaHeaders
{
    public static readonly string[] Names =
        ["RateLimit", "RateLimit-Policy", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "Retry-After"];

    /// <summary>What doesn't change from answer to answer, by tier and the limits in question.</summary>
    private static readonly ConditionalWeakTable<QuotaTier, Policies> Known = [];

    /// <summary>Writes nothing where there is no limit, or none of which is known how it stands.</summary>
    public static void Write(IHeaderDictionary headers, in QuotaVerdict verdict)
    {
        if (verdict.Tightest is not { } tightest)
        {
            return;
        }

        var policies = Known.GetValue(verdict.Tier!, static tier => new Policies(tier));
        var standing = verdict.Standings[tightest.Index];
        headers["RateLimit"] = RateLimit(verdict);
        headers["RateLimit-Policy"] = policies.Of(verdict.Mask);
        headers["X-RateLimit-Limit"] = policies.Burst(tightest.Index);
        headers["X-RateLimit-Remaining"] = standing.Remaining.ToString(CultureInfo.InvariantCulture);
        headers["X-RateLimit-Reset"] = standing.ResetSeconds.ToString(CultureInfo.InvariantCulture);
    }

    public static Problem Exceeded(in QuotaVerdict verdict)
    {
        var limit = verdict.Tightest;
        var what = limit is null ? "The quota is used up"
            : limit.Route == QuotaLimit.AllRoutes ? $"Not enough is left of {Shown(limit)} over all routes"
            : $"Not enough is left of {Shown(limit)} for {limit.Route}";
        return new(
            StatusCodes.Status429TooManyRequests, ProblemCodes.QuotaExceeded,
            $"{what}; there is room again in {verdict.RetryAfterSeconds} s.", RetryAfter: TimeSpan.FromSeconds(verdict.RetryAfterSeconds));
    }

    private static string Shown(QuotaLimit limit) =>
        string.Create(CultureInfo.InvariantCulture, $"the limit '{limit.Name}' of {limit.Capacity} per {limit.Length / 1000} s");

    private static string RateLimit(in QuotaVerdict verdict)
    {
        var text = new DefaultInterpolatedStringHandler(0, 0, CultureInfo.InvariantCulture, stackalloc char[256]);
        for (var i = 0; verdict.Mask >> i != 0; i++)
        {
            if ((verdict.Mask & (1 << i)) == 0)
            {
                continue;
            }

            text.AppendLiteral((verdict.Mask & ((1 << i) - 1)) == 0 ? "\"" : ", \"");
            text.AppendLiteral(verdict.Tier!.Limits[i].Name);
            text.AppendLiteral("\";r=");
            text.AppendFormatted(verdict.Standings[i].Remaining);
            text.AppendLiteral(";t=");
            text.AppendFormatted(verdict.Standings[i].ResetSeconds);
        }

        return text.ToStringAndClear();
    }

    /// <summary>The texts of a tier's limits, made once; of each set of limits when it is first met.</summary>
    private sealed class Policies(QuotaTier tier)
    {
        private readonly string?[] _byMask = new string?[1 << tier.Limits.Length];
        private readonly string[] _bursts =
            [.. tier.Limits.Select(limit => limit.Burst.ToString(CultureInfo.InvariantCulture))];

        public string Burst(int limit) => _bursts[limit];

        public string Of(int mask) => _byMask[mask] ??= string.Join(
            ", ", tier.Limits.Where(limit => (mask & (1 << limit.Index)) != 0).Select(Policy));

        /// <summary>q is what fits at once, w how long it takes until all of it is there again.</summary>
        private static string Policy(QuotaLimit limit)
        {
            var seconds = ((limit.Burst * limit.Length / 1000) + limit.Capacity - 1) / limit.Capacity;
            return string.Create(CultureInfo.InvariantCulture, $"\"{limit.Name}\";q={limit.Burst};w={seconds}");
        }
    }
}
