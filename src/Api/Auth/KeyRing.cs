using System.Collections.Concurrent;
using AkkaCrypto.Contracts.Auth;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Hocon.Binding;
using AkkaCrypto.Pipeline.Auth;

namespace AkkaCrypto.Api.Auth;

/// <summary>
/// All stored keys that are in force, in this process's memory, followed by version: whether a key is known is answered without a look in
/// PostgreSQL, so guessing reaches nobody. Bounded by <c>akkacrypto.auth.keys.max-count</c>.
/// </summary>
/// <param name="pepper">Null where there is none: then no stored key can be checked, and the ring stays empty.</param>
/// <param name="tiers">The names of <c>akkacrypto.quota.tiers</c>; a key of another tier is left out, for its limits are unknown.</param>
public sealed partial class KeyRing(
    ApiKeyStore store, KeyPepper? pepper, StoredKeySettings settings, IReadOnlyCollection<string> tiers, TimeProvider time,
    ILogger<KeyRing> log)
{
    /// <summary>Looks that unknown keys cause begin no closer together, however many unknown keys come.</summary>
    private static readonly TimeSpan LookSpacing = TimeSpan.FromMilliseconds(100);

    /// <summary>A look that isn't answered in so long has failed: a connection may hang for much longer than that.</summary>
    private static readonly TimeSpan LookTimeout = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<KeyDigest, KeyEntry> _entries = new();
    private readonly ConcurrentDictionary<string, Held> _keys = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _doubted = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Lock _looks = new();
    private Task _look = Task.CompletedTask;
    private long _lookedAt;
    private long _confirmedAt;
    private long? _version;
    private bool _toldOfPepper;

    /// <summary>Of the newest change seen; 0 before the first look.</summary>
    public long Version => Volatile.Read(ref _confirmedAt) == 0 ? 0 : _version ?? 0;

    /// <summary>Whether the database has confirmed the keys lately enough to go by them.</summary>
    public bool IsTrusted
    {
        get
        {
            var confirmed = Volatile.Read(ref _confirmedAt);
            return confirmed != 0 && time.GetElapsedTime(confirmed) <= settings.TrustUnconfirmed;
        }
    }

    /// <summary>Whether a text can be a stored key of this service at all: form, environment, checksum.</summary>
    public bool CanBe(string key) => pepper is not null && ApiKeyText.IsWellFormed(key, settings.Environment);

    /// <param name="key">One that <see cref="CanBe"/>.</param>
    public KeyEntry? Find(string key) => _entries.GetValueOrDefault(pepper!.Digest(key));

    /// <summary>
    /// For a key that is not known: it may have been made on another node a moment ago. Callers share looks; within
    /// <see cref="LookSpacing"/> of the last one they share that, so a flood of unknown keys costs the database ten looks a second.
    /// </summary>
    /// <exception cref="Exception">The database can't be asked.</exception>
    public Task LookAsync(CancellationToken cancellationToken)
    {
        lock (_looks)
        {
            if (_look.IsCompleted && (_lookedAt == 0 || time.GetElapsedTime(_lookedAt) >= LookSpacing))
            {
                _lookedAt = time.GetTimestamp();
                _look = RefreshAsync(CancellationToken.None);
            }

            return _look.WaitAsync(cancellationToken);
        }
    }

    /// <summary>
    /// A message says that the key is revoked: it is not served from here on, and the next look tells what is true. Waits for nothing, for
    /// a look under way may be one that hangs.
    /// </summary>
    public void Doubt(string id)
    {
        _doubted[id] = true;
        Drop(id);
    }

    /// <summary>Takes over what has changed in the database.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        if (pepper is null)
        {
            return;
        }

        await _turn.WaitAsync(cancellationToken);
        try
        {
            // Before the question is sent: what is committed after that is not in the answer.
            var asked = time.GetTimestamp();
            string[] doubted = [.. _doubted.Keys];
            var changes = await AskAsync(doubted, cancellationToken);
            Take(changes, doubted);
            foreach (var id in doubted)
            {
                _doubted.TryRemove(id, out _);
            }

            _version = changes.Version;
            Volatile.Write(ref _confirmedAt, asked);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>As <see cref="RefreshAsync"/>, where the caller's own work is done: a failure is left to the next look.</summary>
    public async Task TryRefreshAsync() =>
        await RefreshAsync(CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    /// <summary>The keys used since that was written last, at most so many.</summary>
    public IReadOnlyList<(string Id, KeyUse Use, DateTimeOffset At)> Used(int most) =>
        [.. _keys.Where(key => key.Value.Use.Unwritten() is not null).Take(most)
            .Select(key => (key.Key, key.Value.Use, key.Value.Use.Unwritten()!.Value))];

    /// <summary>Lets go of the secrets whose time is over, and of keys that have none left.</summary>
    public void ForgetOver()
    {
        var now = time.GetUtcNow().UtcTicks;
        foreach (var (id, held) in _keys)
        {
            var left = held.Digests.Where(digest => !IsOver(digest, now)).ToList();
            if (left.Count == 0)
            {
                _keys.TryRemove(new KeyValuePair<string, Held>(id, held));
            }
            else if (left.Count < held.Digests.Count)
            {
                _keys.TryUpdate(id, held with { Digests = left }, held);
            }
        }
    }

    private bool IsOver(KeyDigest digest, long nowTicks)
    {
        if (!_entries.TryGetValue(digest, out var entry) || !entry.IsOver(nowTicks))
        {
            return false;
        }

        _entries.TryRemove(new KeyValuePair<KeyDigest, KeyEntry>(digest, entry));
        entry.Drop();
        return true;
    }

    private async Task<KeyChanges> AskAsync(string[] doubted, CancellationToken cancellationToken)
    {
        using var bound = new CancellationTokenSource(LookTimeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(bound.Token, cancellationToken);
        try
        {
            return await store.ChangedSinceAsync(_version, doubted, both.Token);
        }
        catch (OperationCanceledException late) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"The database did not tell of the keys within {LookTimeout.TotalSeconds} s.", late);
        }
    }

    private void Take(KeyChanges changes, string[] doubted)
    {
        if (changes.OtherPepper)
        {
            // Keys that can't be checked are no keys: a service doesn't begin without those that it had, and a running one says so.
            _keys.Keys.ToList().ForEach(Drop);
            if (_version is null)
            {
                throw new SettingsException([new SettingsFault("akkacrypto.auth.keys.pepper", "***", ApiKeyStore.OtherPepper, null)]);
            }

            if (!_toldOfPepper)
            {
                NoKeyHolds("needed is " + ApiKeyStore.OtherPepper);
                _toldOfPepper = true;
            }

            return;
        }

        if (changes.Whole)
        {
            foreach (var gone in _keys.Keys.Except(changes.Keys.Select(key => key.Id)).ToList())
            {
                Drop(gone);
            }
        }

        foreach (var key in changes.Keys)
        {
            Take(key);
            // Doubted since the question was sent: the next answer counts.
            if (_doubted.ContainsKey(key.Id) && !doubted.Contains(key.Id))
            {
                Drop(key.Id);
            }
        }
    }

    /// <summary>The new entries stand before the old ones are dropped: a request meets one of them.</summary>
    private void Take(LiveKey key)
    {
        if (key.IsRevoked || !tiers.Contains(key.Tier))
        {
            Drop(key.Id);
            if (!key.IsRevoked)
            {
                UnknownTier(key.Id, key.Tier);
            }

            return;
        }

        var before = _keys.GetValueOrDefault(key.Id) ?? new Held(new KeyUse(), []);
        var dropped = before.Digests.Select(digest => _entries.GetValueOrDefault(digest)).ToList();
        var caller = new Caller(key.Id, key.Role, key.Tier, key.Tenant) { Scopes = ScopeNames.Read([.. key.Scopes], key.Role) };
        foreach (var (digest, until) in key.Secrets)
        {
            var end = Math.Min(Ticks(key.ExpiresAt), Ticks(until));
            _entries[digest] = new KeyEntry(caller, end, before.Use);
        }

        _keys[key.Id] = new Held(before.Use, [.. key.Secrets.Select(secret => secret.Digest)]);
        dropped.ForEach(entry => entry?.Drop());
    }

    private void Drop(string id)
    {
        if (!_keys.TryRemove(id, out var key))
        {
            return;
        }

        foreach (var digest in key.Digests)
        {
            if (_entries.TryRemove(digest, out var entry))
            {
                entry.Drop();
            }
        }
    }

    private static long Ticks(DateTimeOffset? time) => time?.UtcTicks ?? long.MaxValue;

    [LoggerMessage(LogLevel.Error, "No stored key holds: {Reason}")]
    private partial void NoKeyHolds(string reason);

    [LoggerMessage(LogLevel.Error, "The key {Key} is left out: its tier {Tier} is not in akkacrypto.quota.tiers")]
    private partial void UnknownTier(string key, string tier);

    private sealed record Held(KeyUse Use, IReadOnlyList<KeyDigest> Digests);
}
