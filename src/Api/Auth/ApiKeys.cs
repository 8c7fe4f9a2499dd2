using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Contracts.Settings;

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

    /// <exception cref="SettingsFault">All that is wrong with the keys, one line each.</exception>
    public ApiKeys(string profile, AuthSettings auth, QuotaSettings quota)
    {
        var faults = new List<string>();
        foreach (var key in auth.ApiKeys)
        {
            Add(key, profile, quota, faults);
        }

        if (!string.IsNullOrEmpty(auth.AdminKey))
        {
            // The first admin key of a live system has no tier to look up: an admin has no quota.
            Add("admin", auth.AdminKey, new Caller("admin", ApiRole.Admin, "", "admin"), "akkacrypto.auth.admin-key", profile, faults);
        }

        SettingsFault.ThrowIfAny(faults);
    }

    /// <summary>The caller, or null for a key that is none of ours.</summary>
    public Caller? Find(string key) => key.Length is > 0 and <= LongestKey ? _callers.GetValueOrDefault(DigestOf(key)) : null;

    private void Add(ApiKeySettings key, string profile, QuotaSettings quota, List<string> faults)
    {
        var path = $"akkacrypto.auth.api-keys, id '{key.Id}'";
        if (!quota.Tiers.ContainsKey(key.Tier))
        {
            faults.Add($"{path}: tier '{key.Tier}' is not one of akkacrypto.quota.tiers ({string.Join(", ", quota.Tiers.Keys)}).");
        }

        Add(key.Id, key.Key, new Caller(key.Id, key.Role, key.Tier, key.Tenant), path, profile, faults);
    }

    private void Add(string id, string key, Caller caller, string path, string profile, List<string> faults)
    {
        if (key.StartsWith(DemoPrefix, StringComparison.OrdinalIgnoreCase) && profile != "demo")
        {
            faults.Add($"{path}: a key that begins with '{DemoPrefix}' is public and refused outside the demo profile (this is '{profile}').");
        }

        if (key.Length > LongestKey || key.Any(c => c is <= ' ' or > '~'))
        {
            faults.Add($"{path}: a key is 1 to {LongestKey} visible ASCII characters.");
        }
        else if (_callers.Values.Any(known => known.Id == id) || !_callers.TryAdd(DigestOf(key), caller))
        {
            faults.Add($"{path}: its id or its key is already in use.");
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
