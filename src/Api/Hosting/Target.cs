using AkkaCrypto.Api.Auth;
using AkkaCrypto.Contracts.Ops;

namespace AkkaCrypto.Api.Hosting;

/// <summary>What a request means by its path, and who means it.</summary>
/// <param name="Name">The path's variable segment; empty where it has none.</param>
/// <param name="Actor">The caller and the request, for logs and for who changed what.</param>
public sealed record Target(string Name, Actor Actor)
{
    private const int LongestShown = 64;

    /// <summary>The name short and printable, for an answer.</summary>
    public string ShownName => string.Concat(Name.Take(LongestShown).Select(c => c is >= ' ' and <= '~' ? c : '?'));

    /// <summary>The id of the caller's key.</summary>
    public string By => Actor.Id;

    public static Target Of(HttpContext context) => new(
        context.Request.RouteValues.Values.FirstOrDefault() as string ?? "",
        new Actor(Caller.Of(context)?.Id ?? "nobody", context.TraceIdentifier));
}
