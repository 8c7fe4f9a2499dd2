using System.Collections.Frozen;
using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Api.Auth;

/// <summary>What the quota says of one request. A limit of 0 means that the caller has none.</summary>
/// <param name="Remaining">After this request, within the window.</param>
/// <param name="ResetSeconds">Until the window ends, rounded up: who waits that long is served.</param>
public readonly record struct QuotaVerdict(bool Allowed, int Limit, int Remaining, int ResetSeconds)
{
    public static readonly QuotaVerdict Unlimited = new(true, 0, 0, 0);
}

/// <summary>
/// Requests a minute over all routes, by the tier of the caller's key, in fixed windows that begin with the UTC minute. The count is exact
/// and per node: N nodes allow N times the limit. Admins have no quota.
/// </summary>
public sealed class Quota
{
    private readonly FrozenDictionary<string, MinuteWindow> _windows;

    public Quota(AuthSettings auth, QuotaSettings quota, TimeProvider time) => _windows = auth.ApiKeys
        .Where(key => key.Role != ApiRole.Admin && quota.Tiers.GetValueOrDefault(key.Tier)?.RequestsPerMinute is not null)
        .ToFrozenDictionary(
            key => key.Id, key => new MinuteWindow(quota.Tiers[key.Tier].RequestsPerMinute!.Value, time), StringComparer.Ordinal);

    /// <summary>Takes one request from the caller's window, or refuses and takes none.</summary>
    public QuotaVerdict Take(Caller caller) =>
        _windows.TryGetValue(caller.Id, out var window) ? window.Take() : QuotaVerdict.Unlimited;
}
