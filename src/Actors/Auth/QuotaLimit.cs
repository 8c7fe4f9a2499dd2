using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Actors.Auth;

/// <summary>One limit of a tier, as it is counted.</summary>
/// <param name="Index">Its place among the tier's limits.</param>
/// <param name="Route"><c>all</c>, or one route.</param>
/// <param name="Capacity">Units per window.</param>
/// <param name="Burst">Units that fit at once: for fixed and sliding windows the capacity.</param>
public sealed record QuotaLimit(
    int Index, string Name, string Route, QuotaAlgorithm Algorithm, long Capacity, TimeSpan Window, long Burst)
{
    /// <summary>Of every route.</summary>
    public const string AllRoutes = "all";

    /// <summary>A sliding window is counted in so many parts of its length; a unit leaves with the end of its part.</summary>
    public const int SlidingParts = 100;

    /// <summary>Milliseconds.</summary>
    public long Length { get; } = (long)Window.TotalMilliseconds;

    /// <summary>A request dearer than the whole limit takes the whole of it, else it could never be served.</summary>
    public long CostOf(long cost) => Math.Min(cost, Burst);

    /// <summary>
    /// <c>rate:{key}:endpoint:window</c> but for a fixed window's start, which only Redis' clock knows; the others have the algorithm's
    /// name in its place. A key's id is escaped, so that no id can end the hash tag or stand for another's.
    /// </summary>
    public string RedisKey(string keyId)
    {
        var start = Algorithm == QuotaAlgorithm.Fixed ? "" : Algorithm == QuotaAlgorithm.Sliding ? "sliding" : "gcra";
        return $"rate:{{{Uri.EscapeDataString(keyId)}}}:{Route}:{Length / 1000}-{start}";
    }
}
