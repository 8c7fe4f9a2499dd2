using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Contracts.Auth;

/// <summary>What a key or token may do within its role.</summary>
[Flags]
public enum Scopes
{
    None = 0,

    /// <summary><c>market:read</c></summary>
    MarketRead = 1,

    /// <summary><c>wallets:read</c></summary>
    WalletsRead = 2,

    /// <summary><c>wallets:write</c></summary>
    WalletsWrite = 4,

    /// <summary><c>admin</c></summary>
    Admin = 8,
}

/// <summary>The scopes by their names, as keys, tokens and refusals call them.</summary>
public static class ScopeNames
{
    private static readonly (string Name, Scopes Scope)[] Named =
    [
        ("market:read", Scopes.MarketRead), ("wallets:read", Scopes.WalletsRead), ("wallets:write", Scopes.WalletsWrite),
        ("admin", Scopes.Admin),
    ];

    public static IReadOnlyList<string> All { get; } = [.. Named.Select(named => named.Name)];

    /// <summary>All that a role can have; what a key without listed scopes has.</summary>
    public static Scopes Of(ApiRole role) => role == ApiRole.Admin
        ? Scopes.MarketRead | Scopes.WalletsRead | Scopes.WalletsWrite | Scopes.Admin
        : Scopes.MarketRead | Scopes.WalletsRead | Scopes.WalletsWrite;

    /// <summary><see cref="Scopes.None"/> for a name that is none of ours.</summary>
    public static Scopes Find(string name) => Array.Find(Named, named => named.Name == name).Scope;

    /// <summary>The scopes of a list; an empty one is all of the role, and none is more than the role has.</summary>
    public static Scopes Read(IReadOnlyCollection<string> names, ApiRole role) => names.Count == 0
        ? Of(role)
        : Of(role) & names.Aggregate(Scopes.None, (scopes, name) => scopes | Find(name));

    /// <summary>The names of the scopes, joined by commas.</summary>
    public static string Text(Scopes scopes) =>
        string.Join(", ", Named.Where(named => scopes.HasFlag(named.Scope)).Select(named => named.Name));
}
