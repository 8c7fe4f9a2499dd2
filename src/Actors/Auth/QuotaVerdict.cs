using System.Runtime.CompilerServices;
using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Actors.Auth;

/// <summary>What became of a request for quota.</summary>
public enum QuotaOutcome
{
    Allowed,

    /// <summary>429: at least one limit is used up; nothing was taken from any.</summary>
    Refused,

    /// <summary>503: nobody can count, and the tier doesn't serve uncounted.</summary>
    Unavailable,
}

/// <summary>How one limit stands after a request.</summary>
/// <param name="Remaining">Units that are left.</param>
/// <param name="ResetSeconds">Until all of the limit is there again if nothing is asked for meanwhile; rounded up.</param>
public readonly record struct Standing(int Remaining, int ResetSeconds);

/// <summary>One place for each limit that a tier can have, so that a verdict allocates nothing.</summary>
[InlineArray(TierSettings.MostLimits)]
public struct Standings
{
    private Standing _first;
}

/// <summary>What the quota says of one request.</summary>
/// <param name="Mask">The limits of <paramref name="Tier"/> that it was held against and whose standing is known, as bits.</param>
/// <param name="Standings">By limit, where its bit is set.</param>
/// <param name="RetryAfterSeconds">Of a refusal: who waits that long is served, unless somebody else takes it meanwhile.</param>
public readonly record struct QuotaVerdict(
    QuotaOutcome Outcome, QuotaTier? Tier, int Mask, Standings Standings, int RetryAfterSeconds)
{
    public static readonly QuotaVerdict Unlimited = new(QuotaOutcome.Allowed, null, 0, default, 0);

    /// <summary>The limit that would be used up first: the fewest units, and of equals the one that is full again last.</summary>
    public QuotaLimit? Tightest
    {
        get
        {
            QuotaLimit? tightest = null;
            var least = default(Standing);
            for (var i = 0; Mask >> i != 0; i++)
            {
                var standing = Standings[i];
                if ((Mask & (1 << i)) != 0 && (tightest is null || standing.Remaining < least.Remaining
                    || (standing.Remaining == least.Remaining && standing.ResetSeconds > least.ResetSeconds)))
                {
                    (tightest, least) = (Tier!.Limits[i], standing);
                }
            }

            return tightest;
        }
    }
}

/// <summary>How one limit of a caller stands, by the limiter's own count.</summary>
public sealed record LimitUsage(QuotaLimit Limit, long Used, long Remaining, int ResetSeconds);
