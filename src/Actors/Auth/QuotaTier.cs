using System.Collections.Concurrent;
using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Actors.Auth;

/// <summary>A route as quotas see it; one object for the life of the process.</summary>
/// <param name="path">As in the OpenAPI document.</param>
public sealed class QuotaRoute(string path, CostSettings cost)
{
    public string Path => path;

    /// <summary>Units that a request for so many rows costs.</summary>
    public int CostOf(int rows) => cost.RowsPerUnit is { } unit ? cost.Base + (int)(((long)rows + unit - 1) / unit) : cost.Base;
}

/// <summary>A tier: its limits, and which of them hold for which route.</summary>
public sealed class QuotaTier
{
    private readonly ConcurrentDictionary<QuotaRoute, int> _masks = new();

    public QuotaTier(string name, TierSettings settings)
    {
        (Name, WithoutRedis, LocalShare) = (name, settings.WithoutRedis, settings.LocalShare);
        Limits = [.. settings.Limits.Select((limit, index) => new QuotaLimit(
            index, limit.Key, limit.Value.Route, limit.Value.Algorithm, limit.Value.Limit, limit.Value.Window,
            limit.Value.Burst ?? limit.Value.Limit))];
        foreach (var limit in Limits.Where(limit => limit.Algorithm != QuotaAlgorithm.Fixed))
        {
            ScriptOnly |= 1 << limit.Index;
        }
    }

    public string Name { get; }

    public QuotaLimit[] Limits { get; }

    public WithoutRedis WithoutRedis { get; }

    public double LocalShare { get; }

    /// <summary>Limits that only the script decides, as bits: of these no slice is leased.</summary>
    public int ScriptOnly { get; }

    /// <summary>The limits that a request of the route is held against, as bits by <see cref="QuotaLimit.Index"/>.</summary>
    public int MaskOf(QuotaRoute route) => _masks.GetOrAdd(route, static (route, limits) => limits
        .Where(limit => limit.Route == QuotaLimit.AllRoutes || limit.Route == route.Path)
        .Aggregate(0, (mask, limit) => mask | (1 << limit.Index)), Limits);
}
