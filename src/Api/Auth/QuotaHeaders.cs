using System.Globalization;
using AkkaCrypto.Actors.Auth;
using AkkaCrypto.Api.Errors;

namespace AkkaCrypto.Api.Auth;

/// <summary>
/// A tier's quota as answers show it: <c>RateLimit</c> and <c>RateLimit-Policy</c> (draft-ietf-httpapi-ratelimit-headers-10) with every
/// limit that the request was held against, and the older <c>X-RateLimit-Limit</c>, <c>-Remaining</c>, <c>-Reset</c> (seconds from now) of
/// the one that is used up first. What doesn't change from answer to answer is made once.
/// </summary>
public sealed class QuotaHeaders(QuotaTier tier)
{
    public static readonly string[] Names =
        ["RateLimit", "RateLimit-Policy", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "Retry-After"];

    /// <summary>Room for the members of all limits: a name, and two numbers of at most ten digits.</summary>
    private readonly int _longest = tier.Limits.Sum(limit => limit.Name.Length + 32);

    /// <summary>What stands before the first number of a limit.</summary>
    private readonly string[] _members = [.. tier.Limits.Select(limit => $"\"{limit.Name}\";r=")];

    private readonly string[] _bursts = [.. tier.Limits.Select(limit => limit.Burst.ToString(CultureInfo.InvariantCulture))];

    /// <summary>By the set of limits, each when it is first met.</summary>
    private readonly string?[] _policies = new string?[1 << tier.Limits.Length];

    /// <summary>Writes nothing where there is no limit, or none of which is known how it stands.</summary>
    /// <param name="verdict">Of this tier.</param>
    public void Write(IHeaderDictionary headers, in QuotaVerdict verdict)
    {
        if (verdict.Tightest is not { } tightest)
        {
            return;
        }

        var standing = verdict.Standings[tightest.Index];
        headers["RateLimit"] = RateLimit(verdict);
        headers["RateLimit-Policy"] = _policies[verdict.Mask] ??= Policy(verdict.Mask);
        headers["X-RateLimit-Limit"] = _bursts[tightest.Index];
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

    private string RateLimit(in QuotaVerdict verdict)
    {
        Span<char> text = stackalloc char[_longest];
        var length = 0;
        for (var i = 0; verdict.Mask >> i != 0; i++)
        {
            if ((verdict.Mask & (1 << i)) != 0)
            {
                Append(text, ref length, length == 0 ? "" : ", ");
                Append(text, ref length, _members[i]);
                Append(text, ref length, verdict.Standings[i].Remaining);
                Append(text, ref length, ";t=");
                Append(text, ref length, verdict.Standings[i].ResetSeconds);
            }
        }

        return new string(text[..length]);
    }

    private static void Append(Span<char> text, ref int length, string part)
    {
        part.CopyTo(text[length..]);
        length += part.Length;
    }

    private static void Append(Span<char> text, ref int length, int number)
    {
        number.TryFormat(text[length..], out var written, provider: CultureInfo.InvariantCulture);
        length += written;
    }

    private string Policy(int mask) => string.Join(
        ", ", tier.Limits.Where(limit => (mask & (1 << limit.Index)) != 0).Select(Policy));

    /// <summary>q is what fits at once, w how long it takes until all of it is there again.</summary>
    private static string Policy(QuotaLimit limit)
    {
        var seconds = ((limit.Burst * limit.Length / 1000) + limit.Capacity - 1) / limit.Capacity;
        return string.Create(CultureInfo.InvariantCulture, $"\"{limit.Name}\";q={limit.Burst};w={seconds}");
    }
}
