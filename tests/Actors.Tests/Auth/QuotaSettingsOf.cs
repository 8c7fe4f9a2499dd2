using AkkaCrypto.Actors.Auth;
using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Actors.Tests.Auth;

/// <summary>Tiers and routes for tests.</summary>
internal static class QuotaSettingsOf
{
    public static readonly QuotaRoute Trades = new("/trades", new CostSettings(1, 100));

    public static readonly QuotaRoute Prices = new("/simple_price", new CostSettings(1, null));

    public static LimitSettings Fixed(int limit, int seconds, string route = "all") =>
        new(QuotaAlgorithm.Fixed, route, limit, TimeSpan.FromSeconds(seconds), null);

    public static LimitSettings Sliding(int limit, int seconds) =>
        new(QuotaAlgorithm.Sliding, "all", limit, TimeSpan.FromSeconds(seconds), null);

    public static LimitSettings Gcra(int limit, int seconds, int? burst = null) =>
        new(QuotaAlgorithm.Gcra, "all", limit, TimeSpan.FromSeconds(seconds), burst);

    public static QuotaTier Tier(params LimitSettings[] limits) => Tier(WithoutRedis.Local, 0.5, limits);

    public static QuotaTier Tier(WithoutRedis without, double share, params LimitSettings[] limits) => new("tier", new TierSettings(
        limits.Select((limit, index) => (limit, index)).ToDictionary(pair => $"l{pair.index}", pair => pair.limit), without, share));
}
