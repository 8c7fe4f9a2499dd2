using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using AkkaCrypto.Contracts.Auth;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Hocon.Binding;
using AkkaCrypto.Pipeline.Auth;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace AkkaCrypto.Api.Auth;

/// <summary>
/// Bearer tokens (JWT, RFC 7519, after the practices of RFC 8725): HS256, RS256 and ES256, each by keys that are good for that algorithm
/// alone. A token that was checked is known by its digest until it expires or the keys change.
/// </summary>
public sealed partial class BearerTokens
{
    private const int SecretLength = 32;
    private const int LongestId = 128;
    private readonly byte[] _secret = RandomNumberGenerator.GetBytes(SecretLength);
    private readonly JwtSettings _settings;
    private readonly IReadOnlyCollection<string> _tiers;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly JsonWebTokenHandler _handler = new() { MaximumTokenSizeInBytes = 64 * 1024 };

    /// <summary>The library's cache of verifiers goes by kid alone: another key under a known kid would not be taken.</summary>
    private readonly CryptoProviderFactory _verifiers = new() { CacheSignatureProviders = false };
    private readonly ConcurrentDictionary<KeyDigest, Checked> _checked = new();
    private volatile JwtKeySet _keys;
    private string? _trouble;
    private int _count;

    private BearerTokens(
        JwtSettings settings, IReadOnlyCollection<string> tiers, JwtKeySet keys, TimeProvider time, ILogger log) =>
        (_settings, _tiers, _keys, _time, _log) = (settings, tiers, keys, time, log);

    /// <summary>Null where no key is set: then no token is accepted.</summary>
    /// <param name="tiers">The names of <c>akkacrypto.quota.tiers</c>.</param>
    /// <exception cref="SettingsException">The settings of tokens don't hold.</exception>
    public static BearerTokens? Of(
        JwtSettings settings, IReadOnlyCollection<string> tiers, TimeProvider time, ILogger<BearerTokens> log)
    {
        try
        {
            var keys = JwtKeySet.Of(settings, File.ReadAllText);
            if (keys.IsEmpty)
            {
                return null;
            }

            var faults = new List<SettingsFault>();
            Require(settings.Issuer, "issuer", faults);
            Require(settings.Audience, "audience", faults);
            if (!tiers.Contains(settings.DefaultTier))
            {
                faults.Add(new SettingsFault(
                    "akkacrypto.auth.jwt.default-tier", settings.DefaultTier, "one of " + string.Join(", ", tiers), null));
            }

            return faults.Count == 0 ? new BearerTokens(settings, tiers, keys, time, log) : throw new SettingsException(faults);
        }
        catch (FormatException broken)
        {
            throw new SettingsException([new SettingsFault("", null, broken.Message, null)]);
        }
    }

    /// <summary>The caller, or null with what is wrong with the token.</summary>
    public Caller? Find(ReadOnlySpan<char> token, out string fault)
    {
        if (token.IsEmpty || token.Length > _settings.MaxLength || !Ascii.IsValid(token))
        {
            fault = $"it must have 1 to {_settings.MaxLength} ASCII characters";
            return null;
        }

        fault = "";
        var (digest, keys) = (DigestOf(token), _keys);
        if (_checked.TryGetValue(digest, out var known) && known.Keys == keys && known.ExpiresAt > _time.GetUtcNow())
        {
            return known.Caller;
        }

        if (Check(token.ToString(), keys, out var expires, out fault) is not { } caller)
        {
            return null;
        }

        if (Interlocked.Increment(ref _count) > _settings.CachedTokens)
        {
            _checked.Clear();
            Volatile.Write(ref _count, 1);
        }

        _checked[digest] = new Checked(caller, expires, keys);
        return caller;
    }

    /// <summary>Follows edits of the files until it is stopped.</summary>
    public async Task FollowAsync(CancellationToken stopping)
    {
        using var tick = new PeriodicTimer(_settings.ReloadEvery, _time);
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        while (await tick.WaitForNextTickAsync(stopping))
        {
            Reload(texts);
        }
    }

    /// <summary>Takes the files anew where one has changed; a broken one is told once, and the keys in force stay.</summary>
    /// <param name="texts">What the files held at the last call; empty at the first.</param>
    public void Reload(Dictionary<string, string> texts)
    {
        try
        {
            var changed = false;
            var keys = JwtKeySet.Of(_settings, file =>
            {
                var text = File.ReadAllText(file);
                changed |= texts.GetValueOrDefault(file) != text;
                return texts[file] = text;
            });
            if (changed)
            {
                _keys = keys;
            }

            _trouble = null;
        }
        catch (FormatException broken)
        {
            if (Interlocked.Exchange(ref _trouble, broken.Message) != broken.Message)
            {
                Broken(broken.Message);
            }
        }
    }

    private Caller? Check(string token, JwtKeySet keys, out DateTimeOffset expires, out string fault)
    {
        expires = default;
        if (JwtContent.Read(token) is not { } content)
        {
            fault = "it has not the form of a token with the claims sub, role and exp";
            return null;
        }

        if (keys.Find(content.Algorithm, content.Kid) is not { } key)
        {
            fault = "its alg and kid are of no key that is accepted here";
            return null;
        }

        var result = _handler.ValidateToken(token, Parameters(key, content));
        fault = result.IsValid ? "" : FaultOf(result.Exception);
        expires = content.ExpiresAt + _settings.ClockSkew;
        return result.IsValid ? CallerOf(content, out fault) : null;
    }

    private TokenValidationParameters Parameters(SecurityKey key, JwtContent content) => new()
    {
        ValidIssuer = _settings.Issuer,
        ValidAudience = _settings.Audience,
        IssuerSigningKey = key,
        CryptoProviderFactory = _verifiers,
        RequireSignedTokens = true,
        RequireExpirationTime = true,
        // By our own clock, which a test can set.
        LifetimeValidator = (_, _, _, _) => content.ExpiresAt + _settings.ClockSkew > _time.GetUtcNow()
            && (content.NotBefore is not { } begins || begins <= _time.GetUtcNow() + _settings.ClockSkew),
    };

    private static string FaultOf(Exception? exception) => exception switch
    {
        SecurityTokenInvalidLifetimeException => "its time has not begun, or is over",
        SecurityTokenInvalidIssuerException => "it is of another issuer",
        SecurityTokenInvalidAudienceException => "it is for another audience",
        _ => "its signature does not hold",
    };

    private Caller? CallerOf(JwtContent content, out string fault)
    {
        var role = content.Roles.Contains("admin") ? ApiRole.Admin : ApiRole.User;
        var tier = content.Tier ?? _settings.DefaultTier;
        var tenant = content.Tenant ?? content.Subject;
        fault = content.Roles.Contains("admin") || content.Roles.Contains("user") ? "" : "its claim role is neither user nor admin";
        fault = fault.Length > 0 ? fault
            : !_tiers.Contains(tier) ? "its claim tier is no tier of this service"
            : !NewApiKey.IsTenant(tenant) ? "its claim tenant (or sub) can't name a tenant: 1 to 100 of a-z, A-Z, 0-9, '.', '_', '@', '-'"
            : "";
        return fault.Length > 0 ? null : new Caller(IdOf(content.Subject), role, tier, tenant)
        {
            Scopes = content.Scopes is null ? ScopeNames.Of(role)
                : ScopeNames.Of(role) & content.Scopes.Aggregate(Scopes.None, (all, name) => all | ScopeNames.Find(name)),
        };
    }

    /// <summary>For logs, quotas and their keys in Redis: short and plain, whatever the subject is.</summary>
    private static string IdOf(string subject) => subject.Length <= LongestId && NewApiKey.IsTenant(subject)
        ? "jwt:" + subject
        : "jwt:sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(subject)).AsSpan(0, 16));

    private static void Require(string? value, string name, List<SettingsFault> faults)
    {
        if (string.IsNullOrEmpty(value))
        {
            faults.Add(new SettingsFault("akkacrypto.auth.jwt." + name, null, "a text, for a key of tokens is set", null));
        }
    }

    private KeyDigest DigestOf(ReadOnlySpan<char> token)
    {
        Span<byte> text = stackalloc byte[SecretLength + token.Length];
        _secret.CopyTo(text);
        Encoding.ASCII.GetBytes(token, text[SecretLength..]);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(text, digest);
        return KeyDigest.Of(digest);
    }

    [LoggerMessage(LogLevel.Error, "The keys of bearer tokens can't be taken anew, those in force stay: {Trouble}")]
    private partial void Broken(string trouble);

    private sealed record Checked(Caller Caller, DateTimeOffset ExpiresAt, JwtKeySet Keys);
}

/// <summary>The tokens that are accepted.</summary>
/// <param name="Tokens">Null: none are.</param>
public sealed record AcceptedTokens(BearerTokens? Tokens);
