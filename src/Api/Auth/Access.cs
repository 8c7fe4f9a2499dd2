using System.Collections.Frozen;
using AkkaCrypto.Contracts.Auth;

namespace AkkaCrypto.Api.Auth;

public enum Access
{
    /// <summary>For anybody, without a key.</summary>
    Open,

    /// <summary>Any valid key.</summary>
    User,

    /// <summary>A key of the role admin.</summary>
    Admin,
}

/// <summary>Who may ask for a path and for what lies below it.</summary>
/// <param name="Path">Lower case.</param>
/// <param name="Reads">The scope that GET and HEAD need; none: any key of the role will do.</param>
/// <param name="Writes">The scope that every other method needs.</param>
public sealed record AccessRule(string Path, Access Access, Scopes Reads = Scopes.None, Scopes Writes = Scopes.None)
{
    /// <summary>False: this path alone, and not what lies below it.</summary>
    public bool Below { get; init; } = true;

    public Scopes Needed(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method) ? Reads : Writes;
}

/// <summary>
/// Who may ask for which path: the whole rule. It goes by path and not by endpoint, so that a path that leads nowhere needs a key as well;
/// a route carries its rule with it, so that no spelling of its path finds another one. A test holds every mapped route to a row of its
/// own here.
/// </summary>
public static class AccessTable
{
    private const Scopes Market = Scopes.MarketRead;

    public static readonly IReadOnlyList<AccessRule> Rules =
    [
        new("/", Access.Open) { Below = false },
        new("/healthz", Access.Open) { Below = false },
        new("/readyz", Access.Open) { Below = false },
        new("/openapi/v1.json", Access.Open) { Below = false },
        new("/api/v3/ping", Access.Open) { Below = false },
        // The two pages bring their own scripts and styles.
        new("/docs", Access.Open),
        new("/redoc", Access.Open),
        new("/simple_price", Access.User, Market, Market),
        new("/market_chart", Access.User, Market, Market),
        new("/trades", Access.User, Market, Market),
        new("/candles", Access.User, Market, Market),
        new("/orderbook", Access.User, Market, Market),
        new("/onchain", Access.User, Market, Market),
        new("/api/v3", Access.User, Market, Market),
        new("/stream", Access.User, Market, Market),
        new("/udf", Access.User, Market, Market),
        new("/wallets", Access.User, Scopes.WalletsRead, Scopes.WalletsWrite),
        new("/transfers", Access.User, Scopes.WalletsRead, Scopes.WalletsWrite),
        new("/usage", Access.User),
        new("/admin", Access.Admin, Scopes.Admin, Scopes.Admin),
        new("/internal-api", Access.Admin, Scopes.Admin, Scopes.Admin),
        new("/logs", Access.Admin, Scopes.Admin, Scopes.Admin),
        new("/metrics", Access.Admin, Scopes.Admin, Scopes.Admin),
    ];

    /// <summary>For what no row speaks of: a key that may do all that a user may, for nobody has said which scope it needs.</summary>
    public static readonly AccessRule Unlisted = new("", Access.User, UserScopes, UserScopes);

    /// <summary>By the first segment, the longest path first: a request compares with one or two rows.</summary>
    private static readonly FrozenDictionary<string, AccessRule[]> ByFirst = Rules
        .GroupBy(rule => First(rule.Path).ToString(), StringComparer.OrdinalIgnoreCase)
        .ToFrozenDictionary(
            group => group.Key, group => group.OrderByDescending(rule => rule.Path.Length).ToArray(), StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenDictionary<string, AccessRule[]>.AlternateLookup<ReadOnlySpan<char>> BySpan =
        ByFirst.GetAlternateLookup<ReadOnlySpan<char>>();

    private static Scopes UserScopes => ScopeNames.Of(Contracts.Settings.ApiRole.User);

    /// <summary>The row of a path, or <see cref="Unlisted"/>.</summary>
    public static AccessRule For(PathString path)
    {
        if (BySpan.TryGetValue(First(path.Value), out var rules))
        {
            foreach (var rule in rules)
            {
                if (rule.Below
                    ? path.StartsWithSegments(rule.Path, StringComparison.OrdinalIgnoreCase)
                    : string.Equals(path.Value, rule.Path, StringComparison.OrdinalIgnoreCase))
                {
                    return rule;
                }
            }
        }

        return Unlisted;
    }

    private static ReadOnlySpan<char> First(ReadOnlySpan<char> path)
    {
        var below = path.IsEmpty ? path : path[1..];
        var end = below.IndexOf('/');
        return end < 0 ? below : below[..end];
    }
}
