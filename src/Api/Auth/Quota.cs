using System.Collections.Frozen;
using AkkaCrypto.Actors.Auth;
using AkkaCrypto.Api.Errors;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Hocon.Binding;

namespace AkkaCrypto.Api.Auth;

/// <summary>A request whose cost may go by its rows.</summary>
public interface IRowRequest
{
    /// <summary>The most rows that it may be answered with.</summary>
    int Rows { get; }
}

/// <summary>
/// What requests may use, by the tier of the caller's key: <c>akkacrypto.quota</c>. <see cref="QuotaNode"/> counts; here a request becomes
/// a route and a cost, and a verdict becomes headers and problems. Admins have no quota.
/// </summary>
public sealed class Quota(QuotaSettings settings, QuotaNode node)
{
    private readonly FrozenDictionary<string, Tier> _tiers = settings.Tiers.ToFrozenDictionary(
        tier => tier.Key, tier => new Tier(new QuotaTier(tier.Key, tier.Value)), StringComparer.Ordinal);

    /// <summary>What an endpoint carries among its metadata, so that <see cref="RefusalAsync"/> knows its route and cost.</summary>
    /// <param name="path">As in the OpenAPI document.</param>
    public QuotaRoute RouteOf(string path) => new(path, settings.Costs.GetValueOrDefault(path, settings.CostDefaults));

    /// <summary>
    /// Takes what the request costs and writes the quota's headers; null where it may go on. Completed at once unless Redis has to be
    /// asked. To be called once for a request, after it was found valid.
    /// </summary>
    public ValueTask<Problem?> RefusalAsync(HttpContext context, object? request)
    {
        if (Caller.Of(context) is not { Role: not ApiRole.Admin } caller
            || context.GetEndpoint()?.Metadata.GetMetadata<QuotaRoute>() is not { } route)
        {
            return default;
        }

        if (!_tiers.TryGetValue(caller.Tier, out var tier))
        {
            return new ValueTask<Problem?>(Problem.Unavailable($"The tier '{caller.Tier}' of this key is not configured."));
        }

        var taking = node.TakeAsync(caller.Id, tier.Limits, route, (request as IRowRequest)?.Rows ?? 0);
        return taking.IsCompletedSuccessfully
            ? new ValueTask<Problem?>(Outcome(context.Response.Headers, tier.Headers, taking.Result))
            : new ValueTask<Problem?>(AwaitAsync(context, tier.Headers, taking));
    }

    /// <summary>How each limit of the caller stands; none for who has no quota.</summary>
    /// <exception cref="Storage.Redis.RedisUnavailableException">Nobody can say at this moment.</exception>
    public Task<IReadOnlyList<LimitUsage>> UsageAsync(Caller caller) =>
        caller.Role != ApiRole.Admin && _tiers.TryGetValue(caller.Tier, out var tier)
            ? node.UsageAsync(caller.Id, tier.Limits)
            : Task.FromResult<IReadOnlyList<LimitUsage>>([]);

    private static async Task<Problem?> AwaitAsync(HttpContext context, QuotaHeaders texts, ValueTask<QuotaVerdict> taking) =>
        Outcome(context.Response.Headers, texts, await taking);

    private static Problem? Outcome(IHeaderDictionary headers, QuotaHeaders texts, in QuotaVerdict verdict)
    {
        texts.Write(headers, verdict);
        return verdict.Outcome switch
        {
            QuotaOutcome.Allowed => null,
            QuotaOutcome.Refused => QuotaHeaders.Exceeded(verdict),
            _ => Problem.Unavailable("Requests of this tier are not served uncounted, and what counts them does not answer."),
        };
    }

    /// <param name="paths">Of all routes, as in the OpenAPI document.</param>
    /// <exception cref="SettingsException">A limit or a cost is of a route that isn't there.</exception>
    public void RefuseUnknownRoutes(IReadOnlyCollection<string> paths)
    {
        var limits = from tier in settings.Tiers
                     from limit in tier.Value.Limits
                     where limit.Value.Route != QuotaLimit.AllRoutes
                     select (Path: $"akkacrypto.quota.tiers.{tier.Key}.limits.{limit.Key}.route", limit.Value.Route);
        var costs = settings.Costs.Keys.Select(route => (Path: "akkacrypto.quota.costs", Route: route));
        var faults = limits.Concat(costs).Where(named => !paths.Contains(named.Route))
            .Select(named => new SettingsFault(named.Path, named.Route, "a route of /openapi/v1.json, such as /trades", null)).ToList();
        if (faults.Count > 0)
        {
            throw new SettingsException(faults);
        }
    }

    private sealed record Tier(QuotaTier Limits)
    {
        public QuotaHeaders Headers { get; } = new(Limits);
    }
}
