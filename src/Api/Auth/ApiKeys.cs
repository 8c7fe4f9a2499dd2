using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Hocon.Binding;

namespace AkkaCrypto.Api.Auth;

/// <summary>
/// The keys of the configuration, kept as digests only: SHA-256 behind a secret made at start, so neither the time of a lookup nor a dump
/// of the table says anything about a key. The key itself is not kept, compared or logged.
/// </summary>
public sealed class ApiKeys
{
    private const int LongestKey = 256;
    private const int SecretLength = 32;
    private const string DemoPrefix = "demo-";
    private readonly byte[] _secret = RandomNumberGenerator.GetBytes(SecretLength);
    private readonly Dictionary<Digest, Caller> _callers = [];

    /// <exception cref="SettingsException">All that is wrong with the keys.</exception>
    public ApiKeys(string profile, AuthSettings auth, QuotaSettings quota)
    {
        var faults = new List<SettingsFault>();
        foreach (var key in auth.ApiKeys)
        {
            Add(key, profile, quota, faults);
        }

        if (!string.IsNullOrEmpty(auth.AdminKey))
        {
            // The first admin key of a live system has no tier to look up: an admin has no quota.
            Add("admin", auth.AdminKey, new Caller("admin", ApiRole.Admin, "", "admin"), "akkacrypto.auth.admin-key", profile, faults);
        }

        if (faults.Count > 0)
        {
            throw new SettingsException(faults);
        }
    }

    /// <summary>The caller, or null for a key that is none of ours.</summary>
    public Caller? Find(string key) => key.Length is > 0 and <= LongestKey ? _callers.GetValueOrDefault(DigestOf(key)) : null;

    private void Add(ApiKeySettings key, string profile, QuotaSettings quota, List<SettingsFault> faults)
    {
        var path = $"akkacrypto.auth.api-keys, id '{key.Id}'";
        if (!quota.Tiers.ContainsKey(key.Tier))
        {
            var tiers = string.Join(", ", quota.Tiers.Keys);
            faults.Add(new SettingsFault(path + ", tier", key.Tier, "a name of akkacrypto.quota.tiers: " + tiers, null));
        }

        Add(key.Id, key.Key, new Caller(key.Id, key.Role, key.Tier, key.Tenant), path, profile, faults);
    }

    private void Add(string id, string key, Caller caller, string path, string profile, List<SettingsFault> faults)
    {
        if (key.StartsWith(DemoPrefix, StringComparison.OrdinalIgnoreCase) && profile != "demo")
        {
            faults.Add(new SettingsFault(
                path, $"a key that begins with '{DemoPrefix}'",
                $"one of your own: that is public, and refused outside the demo profile (this is {profile})", null));
        }

        if (key.Length > LongestKey || key.Any(c => c is <= ' ' or > '~'))
        {
            faults.Add(new SettingsFault(path, "***", $"a key of 1 to {LongestKey} visible ASCII characters", null));
        }
        else if (_callers.Values.Any(known => known.Id == id) || !_callers.TryAdd(DigestOf(key), caller))
        {
            faults.Add(new SettingsFault(path, "an id or a key that is already in use", "one of its own", null));
        }
    }

    private Digest DigestOf(string key)
    {
        Span<byte> text = stackalloc byte[SecretLength + (LongestKey * 3)];
        _secret.CopyTo(text);
        var length = SecretLength + Encoding.UTF8.GetBytes(key, text[SecretLength..]);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(text[..length], digest);
        return new Digest(BinaryPrimitives.ReadUInt128LittleEndian(digest), BinaryPrimitives.ReadUInt128LittleEndian(digest[16..]));
    }

    private readonly record struct Digest(UInt128 Low, UInt128 High);
}
