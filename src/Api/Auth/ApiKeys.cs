using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using AkkaCrypto.Contracts.Auth;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Hocon.Binding;
using AkkaCrypto.Pipeline.Auth;

namespace AkkaCrypto.Api.Auth;

/// <summary>What is known of a key that a request brought.</summary>
public enum KeyVerdict
{
    Known,

    /// <summary>None of ours, or one that is over.</summary>
    Unknown,

    /// <summary>It says that it is a stored key, and its checksum or its environment says that it isn't one of this service.</summary>
    Malformed,

    /// <summary>The database hasn't confirmed the stored keys for too long.</summary>
    Unchecked,
}

/// <param name="Caller">Null but for <see cref="KeyVerdict.Known"/>.</param>
public readonly record struct KeyFinding(KeyVerdict Verdict, Caller? Caller = null);

/// <summary>
/// The keys of the configuration and the stored ones, found by digest only: SHA-256 behind a secret made at start, so neither the time of
/// a lookup nor a dump of the table says anything about a key. The key itself is not kept here or logged; a connection remembers the one
/// that it brought last. A stored key is hashed under the pepper once, and found like the others from then on, without a lock.
/// </summary>
public sealed class ApiKeys
{
    /// <summary>Longest key of the configuration; a longer text is no key.</summary>
    public const int LongestKey = 256;

    private const int SecretLength = 32;

    /// <summary>Where a connection's items have it.</summary>
    private static readonly object LastKey = new();

    private const string DemoPrefix = "demo-";
    private readonly byte[] _secret = RandomNumberGenerator.GetBytes(SecretLength);
    private readonly ConcurrentDictionary<KeyDigest, KeyEntry> _seen = new();
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);
    private readonly KeyRing? _ring;
    private readonly TimeProvider _time;
    private readonly int _mostSeen;

    /// <param name="ring">The stored keys; null where there are none.</param>
    /// <exception cref="SettingsException">All that is wrong with the keys.</exception>
    public ApiKeys(string profile, AuthSettings auth, QuotaSettings quota, KeyRing? ring, TimeProvider time)
    {
        (_ring, _time, _mostSeen) = (ring, time, auth.ApiKeys.Count + 1 + (2 * auth.Keys.MaxCount));
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

    public KeyFinding Find(string key) => Find(key, out _);

    /// <summary>As <see cref="Find(string)"/>, for a key that a connection brought: it mostly brings the same one again.</summary>
    /// <param name="connection">The items of a connection that has one request at a time.</param>
    public KeyFinding Find(string key, IDictionary<object, object?> connection)
    {
        if (connection.TryGetValue(LastKey, out var item) && item is ConnectionKey last && last.Is(key))
        {
            return Check(last.Entry);
        }

        var found = Find(key, out var entry);
        if (entry is not null)
        {
            connection[LastKey] = new ConnectionKey(key, entry);
        }

        return found;
    }

    /// <summary>As <see cref="Find"/>, after a look whether the key has been made a moment ago.</summary>
    public async Task<KeyFinding> FindAnewAsync(string key, CancellationToken cancellationToken)
    {
        if (_ring?.CanBe(key) != true)
        {
            return Find(key);
        }

        try
        {
            await _ring.LookAsync(cancellationToken);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Whoever follows the keys says why; here the key may be one that this node hasn't heard of.
            return Find(key) is { Caller: not null } found ? found : new KeyFinding(KeyVerdict.Unchecked);
        }

        return Find(key);
    }

    private KeyFinding Find(string key, out KeyEntry? entry)
    {
        entry = null;
        if (key.Length is 0 or > LongestKey)
        {
            return new KeyFinding(KeyVerdict.Unknown);
        }

        var digest = DigestOf(key);
        return _seen.TryGetValue(digest, out entry) && !entry.IsDropped ? Check(entry)
            : _ring is not null && ApiKeyText.IsClaimedBy(key) ? FindStored(key, digest, out entry)
            : new KeyFinding(KeyVerdict.Unknown);
    }

    private KeyFinding FindStored(string key, KeyDigest digest, out KeyEntry? entry)
    {
        entry = null;
        if (!_ring!.CanBe(key))
        {
            return new KeyFinding(KeyVerdict.Malformed);
        }

        entry = _ring.Find(key);
        if (entry is null)
        {
            return new KeyFinding(_ring.IsTrusted ? KeyVerdict.Unknown : KeyVerdict.Unchecked);
        }

        if (_seen.Count >= _mostSeen)
        {
            ForgetDropped();
        }

        _seen[digest] = entry;
        return Check(entry);
    }

    private KeyFinding Check(KeyEntry entry) =>
        entry.IsStored && !_ring!.IsTrusted ? new KeyFinding(KeyVerdict.Unchecked)
        : entry.Holds(_time.GetUtcNow().UtcTicks) ? new KeyFinding(KeyVerdict.Known, entry.Caller)
        : new KeyFinding(KeyVerdict.Unknown);

    private void ForgetDropped()
    {
        foreach (var (digest, entry) in _seen)
        {
            if (entry.IsDropped)
            {
                _seen.TryRemove(new KeyValuePair<KeyDigest, KeyEntry>(digest, entry));
            }
        }
    }

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
        else if (!_ids.Add(id) || !_seen.TryAdd(DigestOf(key), new KeyEntry(caller, long.MaxValue, use: null)))
        {
            faults.Add(new SettingsFault(path, "an id or a key that is already in use", "one of its own", null));
        }
    }

    private KeyDigest DigestOf(string key)
    {
        Span<byte> text = stackalloc byte[SecretLength + (LongestKey * 3)];
        _secret.CopyTo(text);
        var length = SecretLength + Encoding.UTF8.GetBytes(key, text[SecretLength..]);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(text[..length], digest);
        return KeyDigest.Of(digest);
    }

    /// <summary>
    /// The last key of a connection, whose requests lie in the server's memory as plain as this: so a key is hashed once for a connection
    /// and not for each request. Compared in a time that tells nothing of it, for behind a proxy others send theirs over the same one.
    /// </summary>
    private sealed class ConnectionKey(string key, KeyEntry entry)
    {
        public KeyEntry Entry => entry;

        public bool Is(string other) =>
            !entry.IsDropped
            && CryptographicOperations.FixedTimeEquals(MemoryMarshal.AsBytes(key.AsSpan()), MemoryMarshal.AsBytes(other.AsSpan()));
    }
}
