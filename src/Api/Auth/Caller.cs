using AkkaCrypto.Contracts.Auth;
using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Api.Auth;

/// <summary>Who asks. One object per key for the life of the process, so a request allocates none.</summary>
/// <param name="Id">The key's id, as logs and quotas call it; never the key. Of a token: <c>jwt:</c> and its subject.</param>
/// <param name="Tenant">Owner of wallets.</param>
public sealed record Caller(string Id, ApiRole Role, string Tier, string Tenant)
{
    /// <summary>What it may do within its role; all of it unless it was narrowed.</summary>
    public Scopes Scopes { get; init; } = ScopeNames.Of(Role);

    /// <summary>The caller of a request that passed <see cref="Gate"/>; null on open paths.</summary>
    public static Caller? Of(HttpContext context) => context.Features.Get<Caller>();
}
