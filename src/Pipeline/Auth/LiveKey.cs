using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Pipeline.Auth;

/// <summary>A stored key as the check of a request needs it.</summary>
/// <param name="IsRevoked">Then it is in a list of changes to be forgotten.</param>
/// <param name="Secrets">The hash of each, and until when it is valid; null: as long as the key.</param>
public sealed record LiveKey(
    string Id, string Tenant, ApiRole Role, string Tier, IReadOnlyList<string> Scopes, DateTimeOffset? ExpiresAt, bool IsRevoked,
    IReadOnlyList<(KeyDigest Digest, DateTimeOffset? ValidUntil)> Secrets);

/// <summary>What has changed of the keys since a version.</summary>
/// <param name="Whole">These are all keys there are, and what isn't among them is gone: the first look, or a database put back.</param>
/// <param name="OtherPepper">The secrets were made under another pepper than this process has: none of them can be checked.</param>
public sealed record KeyChanges(long Version, IReadOnlyList<LiveKey> Keys, bool Whole, bool OtherPepper);
