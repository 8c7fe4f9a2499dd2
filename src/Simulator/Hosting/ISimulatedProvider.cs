using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AkkaCrypto.Simulator;

/// <summary>
/// One provider's twin. Every class of this assembly that implements it is served (it needs a constructor without parameters): a new
/// twin is its folder and nothing else.
/// </summary>
internal interface ISimulatedProvider
{
    /// <summary>As the feeds know it; its routes lie below <c>/&lt;name&gt;</c>.</summary>
    string Name { get; }

    /// <summary>Requests per minute that are answered where <see cref="SimulatorOptions.RequestsPerMinute"/> names no other.</summary>
    int DefaultPerMinute { get; }

    /// <summary>Names under which its replies have numbers that are no market values, beyond those that several providers use: a
    /// correction of history doesn't touch them.</summary>
    IReadOnlyCollection<string> NotValues => [];

    /// <summary>Maps REST routes and sockets.</summary>
    void Map(IEndpointRouteBuilder app, SimulatedWorld world);

    /// <summary>The provider's own way to count a request against its limit and to say that it is used up.</summary>
    IRequestLimit LimitOf(int perMinute, TimeProvider time);

    /// <summary>Body of an HTTP error status; null where the provider's edge answers with a page of HTML.</summary>
    string? ErrorBody(int status);

    /// <summary>An error under HTTP 200, as far as the provider has such; <paramref name="code"/> is the fault's.</summary>
    string ErrorUnder200(string code);
}

/// <summary>Decides whether a request may be answered; if not, it has answered it.</summary>
internal interface IRequestLimit
{
    Task<bool> AdmitAsync(HttpContext context);
}

/// <summary>What the twins are made of.</summary>
internal sealed record SimulatedWorld(
    Market.MarketModel Market, TimeProvider Time, Faults.FaultBoard Faults, CancellationToken Stopping);

/// <summary>Every twin there is, by name.</summary>
internal static class SimulatedProviders
{
    public static IReadOnlyList<ISimulatedProvider> All { get; } =
    [
        .. typeof(ISimulatedProvider).Assembly.GetTypes()
            .Where(type => type.IsClass && !type.IsAbstract && type.IsAssignableTo(typeof(ISimulatedProvider)))
            .Select(type => (ISimulatedProvider)Activator.CreateInstance(type)!)
            .OrderBy(provider => provider.Name, StringComparer.Ordinal),
    ];

    public static ISimulatedProvider? Find(string name) => All.FirstOrDefault(provider => provider.Name == name);

    /// <summary>Which provider a path of the simulator stands for, and the path as that provider knows it.</summary>
    public static (ISimulatedProvider? Provider, string Path) Of(PathString path)
    {
        foreach (var provider in All)
        {
            if (path.StartsWithSegments("/" + provider.Name, out var rest))
            {
                return (provider, rest.Value is { Length: > 0 } value ? value : "/");
            }
        }

        return (null, path.Value ?? "/");
    }
}
