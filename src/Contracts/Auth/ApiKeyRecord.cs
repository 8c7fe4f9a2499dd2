using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Contracts.Auth;

/// <summary>What may be known of a stored key: everything but the key.</summary>
/// <param name="Id"><c>key_</c> and 16 characters; stays through rotations, so quota and log go on.</param>
/// <param name="Tenant">Owner of wallets; the user of <c>api_keys:&lt;user_id&gt;</c>.</param>
/// <param name="Scopes">Names; empty: all of the role.</param>
/// <param name="ExpiresAt">From then on no secret of it is valid; null: never.</param>
/// <param name="LastUsedAt">To the minute; null: not yet.</param>
/// <param name="Secrets">By generation; those whose time is over too.</param>
public sealed record ApiKeyRecord(
    string Id, string Name, string Tenant, ApiRole Role, string Tier, IReadOnlyList<string> Scopes, DateTimeOffset CreatedAt,
    string CreatedBy, DateTimeOffset? ExpiresAt, DateTimeOffset? RevokedAt, DateTimeOffset? LastUsedAt,
    IReadOnlyList<ApiKeySecret> Secrets)
{
    /// <summary><c>active</c>, <c>expired</c> or <c>revoked</c>.</summary>
    public string StateAt(DateTimeOffset now) => RevokedAt is not null ? "revoked" : ExpiresAt <= now ? "expired" : "active";
}

/// <summary>One secret of a key: each rotation makes the next generation.</summary>
/// <param name="ValidUntil">Null: as long as the key.</param>
public sealed record ApiKeySecret(int Generation, DateTimeOffset CreatedAt, DateTimeOffset? ValidUntil);

/// <summary>What a new key is to be. The caller has checked it with <see cref="Faults"/>.</summary>
public sealed record NewApiKey(
    string Name, string Tenant, ApiRole Role, string Tier, IReadOnlyList<string> Scopes, DateTimeOffset? ExpiresAt)
{
    private const int LongestText = 100;

    /// <summary>What is wrong, by field; empty where nothing is.</summary>
    /// <param name="tiers">The names of <c>akkacrypto.quota.tiers</c>.</param>
    public IReadOnlyDictionary<string, string> Faults(IEnumerable<string> tiers, DateTimeOffset now)
    {
        var faults = new Dictionary<string, string>(StringComparer.Ordinal);
        if (Name.Length is 0 or > LongestText || Name.Any(char.IsControl) || Name.Any(char.IsSurrogate))
        {
            faults["name"] = $"must be 1 to {LongestText} characters without control characters";
        }

        if (!IsTenant(Tenant))
        {
            faults["tenant"] = $"must be 1 to {LongestText} of a-z, A-Z, 0-9, '.', '_', '@', '-'";
        }

        if (!tiers.Contains(Tier, StringComparer.Ordinal))
        {
            faults["tier"] = "must be one of " + string.Join(", ", tiers);
        }

        if (Scopes.FirstOrDefault(scope => (ScopeNames.Find(scope) & ScopeNames.Of(Role)) == Auth.Scopes.None) is not null)
        {
            faults["scopes"] = "each must be one of " + ScopeNames.Text(ScopeNames.Of(Role));
        }

        if (ExpiresAt <= now)
        {
            faults["expires_at"] = "must be in the future";
        }

        return faults;
    }

    /// <summary>Whether a text can name a tenant of stored keys.</summary>
    public static bool IsTenant(string text) =>
        text.Length is > 0 and <= LongestText && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '@' or '-');
}

/// <summary>What of a stored key is to become something else; null: stays. Id, tenant and role never change: they say whose key it is
/// and what it may be made for.</summary>
/// <param name="Scopes">Names; empty: all of the role.</param>
/// <param name="SetsExpiry">Whether <paramref name="ExpiresAt"/> is to hold; null in it is never.</param>
public sealed record ApiKeyChange(
    string? Name = null, string? Tier = null, IReadOnlyList<string>? Scopes = null, bool SetsExpiry = false,
    DateTimeOffset? ExpiresAt = null)
{
    public bool IsEmpty => Name is null && Tier is null && Scopes is null && !SetsExpiry;

    public ApiKeyRecord Of(ApiKeyRecord key) => key with
    {
        Name = Name ?? key.Name,
        Tier = Tier ?? key.Tier,
        Scopes = Scopes is null ? key.Scopes : [.. Scopes.Distinct(StringComparer.Ordinal)],
        ExpiresAt = SetsExpiry ? ExpiresAt : key.ExpiresAt,
    };

    /// <summary>What is wrong with the change, by field: as of a new key, but only of what is to change.</summary>
    /// <param name="key">That is to change.</param>
    /// <param name="tiers">The names of <c>akkacrypto.quota.tiers</c>.</param>
    public IReadOnlyDictionary<string, string> Faults(ApiKeyRecord key, IReadOnlyCollection<string> tiers, DateTimeOffset now)
    {
        var after = Of(key);
        var whole = new NewApiKey(after.Name, after.Tenant, after.Role, after.Tier, after.Scopes, SetsExpiry ? ExpiresAt : null);
        return whole.Faults(Tier is null ? [.. tiers, after.Tier] : tiers, now)
            .Where(fault => fault.Key switch { "name" => Name is not null, "scopes" => Scopes is not null, _ => true })
            .ToDictionary(StringComparer.Ordinal);
    }
}
