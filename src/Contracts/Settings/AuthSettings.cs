using System.ComponentModel.DataAnnotations;

namespace AkkaCrypto.Contracts.Settings;

public sealed record AuthSettings(IReadOnlyList<ApiKeySettings> ApiKeys, string? AdminKey, StoredKeySettings Keys, JwtSettings Jwt);

public enum ApiRole
{
    User,
    Admin,
}

public sealed record ApiKeySettings(
    [Required(AllowEmptyStrings = false)] string Id,
    [Required(AllowEmptyStrings = false)] string Key,
    ApiRole Role,
    [Required(AllowEmptyStrings = false)] string Tier,
    [Required(AllowEmptyStrings = false)] string Tenant);

/// <summary>The keys of the database: <c>akkacrypto.auth.keys</c>; see reference.conf.</summary>
public sealed record StoredKeySettings(
    [RegularExpression("[a-z0-9]{1,16}")] string Environment,
    string? Pepper,
    string? PepperFile,
    [Range(1, 1_000_000)] int MaxCount,
    [Range(typeof(TimeSpan), "00:00:00.050", "00:00:00.500")] TimeSpan PollEvery,
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")] TimeSpan TrustUnconfirmed,
    [Range(typeof(TimeSpan), "00:00:00", "31.00:00:00")] TimeSpan RotationOverlap,
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")] TimeSpan LastUseEvery,
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")] TimeSpan ListTtl);

/// <summary>Bearer tokens: <c>akkacrypto.auth.jwt</c>; see reference.conf.</summary>
public sealed record JwtSettings(
    string? Issuer,
    string? Audience,
    string? Secret,
    string? PublicKeyFile,
    IReadOnlyList<JwtKeySettings> Keys,
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")] TimeSpan ClockSkew,
    [Required(AllowEmptyStrings = false)] string DefaultTier,
    [Range(256, 16_384)] int MaxLength,
    [Range(16, 1_000_000)] int CachedTokens,
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")] TimeSpan ReloadEvery);

/// <summary>One more key of tokens, by its id. Either a secret (HS256) or a file (RS256, ES256).</summary>
public sealed record JwtKeySettings([Required(AllowEmptyStrings = false)] string Kid, string? Secret, string? PublicKeyFile);
