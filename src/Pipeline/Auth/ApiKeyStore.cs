using System.Security.Cryptography;
using AkkaCrypto.Contracts.Auth;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Storage.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace AkkaCrypto.Pipeline.Auth;

/// <summary>A stored key and, this once, the key itself.</summary>
public sealed record IssuedKey(ApiKeyRecord Record, string Key);

/// <summary>Why a change of keys was refused; the message is for the caller.</summary>
/// <param name="code">Stable, snake_case.</param>
public sealed class KeyRefusedException(string code, string message) : Exception(message)
{
    public string Code => code;
}

/// <summary>
/// The stored API keys. Each change is one transaction with its audit entry and a version of its own; versions are committed in their
/// order, over all nodes.
/// </summary>
/// <param name="pepper">Null where there is none: then keys can be listed and revoked, but none can be made.</param>
public sealed class ApiKeyStore(
    NpgsqlDataSource database, KeyPepper? pepper, StoredKeySettings settings, AuditLog audit, TimeProvider time)
{
    /// <summary>Secrets of one key that are valid at once, the newest included.</summary>
    private const int MostSecrets = 5;

    private const string IdPrefix = "key_";
    private const int IdLength = 16;
    private const string IdAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";
    private static readonly TimeSpan LongestOverlap = TimeSpan.FromDays(31);

    /// <summary>What to say where the pepper is not the one of the stored keys.</summary>
    public const string OtherPepper =
        "the pepper that the stored keys were hashed under, which this one is not: set the old one, or revoke all keys "
        + "(akkacrypto keys revoke) and set auth.key_changes.pepper_check to NULL.";

    public bool HasPepper => pepper is not null;

    /// <summary>Makes a key.</summary>
    /// <param name="key">Checked by <see cref="NewApiKey.Faults"/>.</param>
    /// <exception cref="KeyRefusedException">There is no pepper, another one, or no room.</exception>
    public async Task<IssuedKey> CreateAsync(NewApiKey key, Actor actor, CancellationToken cancellationToken)
    {
        var (now, id, text) = (Now(), IdPrefix + RandomNumberGenerator.GetString(IdAlphabet, IdLength), NewText());
        var digest = Pepper.Digest(text);
        return await ChangeAsync(needsPepper: true, async (connection, version) =>
        {
            await using (var count = Command(connection, ApiKeyStatements.CountLive))
            {
                count.Parameters.AddTime(now);
                if ((long)(await count.ExecuteScalarAsync(cancellationToken))! >= settings.MaxCount)
                {
                    throw new KeyRefusedException(
                        "too_many_keys", $"There are {settings.MaxCount} keys, the most that akkacrypto.auth.keys.max-count allows.");
                }
            }

            await using (var add = Command(connection, ApiKeyStatements.AddKey))
            {
                AddKey(add.Parameters, id, key, now, actor, version);
                await add.ExecuteNonQueryAsync(cancellationToken);
            }

            await AddSecretAsync(connection, id, digest, now, cancellationToken);
            var made = (await FindAsync(connection, id, cancellationToken))!;
            return (new IssuedKey(made, text), audit.Done(actor, "keys.create", id, null, ApiKeyJson.Text(made, now)));
        }, cancellationToken);
    }

    /// <summary>Gives the key its next secret; the ones until now end after the overlap.</summary>
    /// <param name="overlap">0 to 31 days; null: the setting's.</param>
    /// <returns>Null where there is no such key.</returns>
    /// <exception cref="KeyRefusedException">The key is revoked or expired, or too many of its secrets are valid.</exception>
    public Task<IssuedKey?> RotateAsync(string id, TimeSpan? overlap, Actor actor, CancellationToken cancellationToken)
    {
        var (now, text) = (Now(), NewText());
        var digest = Pepper.Digest(text);
        var until = now + Clamped(overlap ?? settings.RotationOverlap);
        return ChangeAsync<IssuedKey?>(needsPepper: true, async (connection, version) =>
        {
            if (await FindAsync(connection, id, cancellationToken) is not { } before)
            {
                return (null, null);
            }

            RefuseRotation(before, until, now);
            await using (var end = Command(connection, ApiKeyStatements.EndSecrets))
            {
                end.Parameters.AddValue(id);
                end.Parameters.AddTime(until);
                await end.ExecuteNonQueryAsync(cancellationToken);
            }

            await AddSecretAsync(connection, id, digest, now, cancellationToken);
            await TouchAsync(connection, ApiKeyStatements.Touch, id, version, null, cancellationToken);
            var after = (await FindAsync(connection, id, cancellationToken))!;
            var entry = audit.Done(actor, "keys.rotate", id, ApiKeyJson.Text(before, now), ApiKeyJson.Text(after, now));
            return (new IssuedKey(after, text), entry);
        }, cancellationToken);
    }

    /// <summary>Changes a key, whose secrets stay. Where it is so already nothing happens, and that is a success.</summary>
    /// <param name="change">Checked by <see cref="ApiKeyChange.Faults"/>.</param>
    /// <returns>Null where there is no such key.</returns>
    /// <exception cref="KeyRefusedException">The key is revoked or expired.</exception>
    public Task<ApiKeyRecord?> UpdateAsync(string id, ApiKeyChange change, Actor actor, CancellationToken cancellationToken)
    {
        var now = Now();
        return ChangeAsync<ApiKeyRecord?>(needsPepper: false, async (connection, version) =>
        {
            if (await FindAsync(connection, id, cancellationToken) is not { } before)
            {
                return (null, null);
            }

            RefuseOver(before, now);
            var wanted = change.Of(before);
            var (was, @is) = (ApiKeyJson.Text(before, now), ApiKeyJson.Text(wanted, now));
            if (was == @is)
            {
                return (before, null);
            }

            await UpdateAsync(connection, wanted, version, cancellationToken);
            var after = await FindAsync(connection, id, cancellationToken);
            return (after, audit.Done(actor, "keys.update", id, was, @is));
        }, cancellationToken);
    }

    /// <summary>Ends a key for ever. One that is revoked already stays as it is, and that is a success.</summary>
    /// <returns>Null where there is no such key.</returns>
    public Task<ApiKeyRecord?> RevokeAsync(string id, Actor actor, CancellationToken cancellationToken)
    {
        var now = Now();
        return ChangeAsync<ApiKeyRecord?>(needsPepper: false, async (connection, version) =>
        {
            if (await FindAsync(connection, id, cancellationToken) is not { RevokedAt: null } before)
            {
                return (await FindAsync(connection, id, cancellationToken), null);
            }

            await TouchAsync(connection, ApiKeyStatements.Revoke, id, version, now, cancellationToken);
            var after = before with { RevokedAt = now };
            return (after, audit.Done(actor, "keys.revoke", id, ApiKeyJson.Text(before, now), ApiKeyJson.Text(after, now)));
        }, cancellationToken);
    }

    /// <summary>Null where there is no such key.</summary>
    public async Task<ApiKeyRecord?> FindAsync(string id, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await FindAsync(connection, id, cancellationToken);
    }

    /// <summary>A page of keys, newest first, each with its place for the next page.</summary>
    /// <param name="before">Only keys with a smaller place; null: from the newest.</param>
    public async Task<IReadOnlyList<(long Sequence, ApiKeyRecord Key)>> ListAsync(
        string? tenant, long? before, int limit, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(ApiKeyStatements.NewestFirst);
        command.Parameters.AddValue(before ?? long.MaxValue);
        command.Parameters.AddText(tenant);
        command.Parameters.AddValue((long)limit);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var keys = new List<(long, ApiKeyRecord)>();
        while (await reader.ReadAsync(cancellationToken))
        {
            keys.Add(ApiKeyStatements.Read(reader));
        }

        return keys;
    }

    /// <summary>What has changed since a version that this process has seen.</summary>
    /// <param name="seen">Null: nothing yet.</param>
    /// <param name="also">Keys that are wanted whether they have changed or not.</param>
    public async Task<KeyChanges> ChangedSinceAsync(long? seen, IReadOnlyList<string> also, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var ask = Command(connection, ApiKeyStatements.Version);
        long version;
        bool otherPepper;
        await using (var reader = await ask.ExecuteReaderAsync(cancellationToken))
        {
            // No row: no key was ever made.
            var any = await reader.ReadAsync(cancellationToken);
            version = any ? reader.GetInt64(0) : 0;
            otherPepper = any && !reader.IsDBNull(1) && pepper is not null
                && !pepper.Check.AsSpan().SequenceEqual(reader.GetFieldValue<byte[]>(1));
        }

        // A version that went back is a database put back from a backup. What is committed after the version was read comes again with
        // the next look.
        var whole = seen is null || version < seen;
        if (!whole && version == seen && also.Count == 0)
        {
            return new KeyChanges(version, [], Whole: false, otherPepper);
        }

        await using var command = Command(connection, whole ? ApiKeyStatements.Live : ApiKeyStatements.Changed);
        if (whole)
        {
            command.Parameters.AddTime(Now());
        }
        else
        {
            command.Parameters.AddValue(seen!.Value);
            command.Parameters.AddColumn(NpgsqlDbType.Text, also.ToArray());
        }

        return new KeyChanges(version, await ReadAsync(command, cancellationToken), whole, otherPepper);
    }

    /// <summary>Notes when keys were used last.</summary>
    public async Task NoteUseAsync(IReadOnlyList<(string Id, DateTimeOffset At)> used, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(ApiKeyStatements.NoteUse);
        command.Parameters.AddColumn(NpgsqlDbType.Text, used.Select(use => use.Id).ToArray());
        command.Parameters.AddColumn(NpgsqlDbType.TimestampTz, used.Select(use => use.At.UtcDateTime).ToArray());
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private KeyPepper Pepper => pepper ?? throw new KeyRefusedException(
        "no_key_pepper",
        "Keys can't be made: the database is not this service's own and neither AKKACRYPTO_KEY_PEPPER nor "
        + "akkacrypto.auth.keys.pepper-file is set.");

    /// <summary>Whole microseconds, as the database keeps them.</summary>
    private DateTimeOffset Now()
    {
        var now = time.GetUtcNow();
        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));
    }

    private string NewText() => ApiKeyText.Compose(
        settings.Environment, RandomNumberGenerator.GetString(ApiKeyText.Alphabet, ApiKeyText.RandomLength));

    private static TimeSpan Clamped(TimeSpan overlap) =>
        overlap < TimeSpan.Zero ? TimeSpan.Zero : overlap > LongestOverlap ? LongestOverlap : overlap;

    private static void RefuseRotation(ApiKeyRecord key, DateTimeOffset until, DateTimeOffset now)
    {
        RefuseOver(key, now);
        if (until > now && key.Secrets.Count(secret => secret.ValidUntil is null || secret.ValidUntil > now) >= MostSecrets)
        {
            throw new KeyRefusedException(
                "too_many_secrets",
                $"{MostSecrets} secrets of the key {key.Id} are valid already: rotate with overlap_seconds 0, or wait.");
        }
    }

    private static void RefuseOver(ApiKeyRecord key, DateTimeOffset now)
    {
        if (key.StateAt(now) is not "active" and var state)
        {
            throw new KeyRefusedException("key_not_active", $"The key {key.Id} is {state}: make a new one.");
        }
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql) => new(sql, connection);

    private static void AddKey(
        NpgsqlParameterCollection parameters, string id, NewApiKey key, DateTimeOffset now, Actor actor, long version)
    {
        parameters.AddValue(id);
        parameters.AddValue(key.Name);
        parameters.AddValue(key.Tenant);
        parameters.AddValue(ApiKeyJson.Name(key.Role));
        parameters.AddValue(key.Tier);
        parameters.AddColumn(NpgsqlDbType.Text, key.Scopes.Distinct().ToArray());
        parameters.AddTime(now);
        parameters.AddValue(actor.Id);
        parameters.AddTime(key.ExpiresAt);
        parameters.AddValue(version);
    }

    private static async Task AddSecretAsync(
        NpgsqlConnection connection, string id, KeyDigest digest, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var add = Command(connection, ApiKeyStatements.AddSecret);
        add.Parameters.AddValue(digest.ToArray());
        add.Parameters.AddValue(id);
        add.Parameters.AddTime(now);
        await add.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task TouchAsync(
        NpgsqlConnection connection, string sql, string id, long version, DateTimeOffset? at, CancellationToken cancellationToken)
    {
        await using var touch = Command(connection, sql);
        touch.Parameters.AddValue(id);
        touch.Parameters.AddValue(version);
        if (at is { } time)
        {
            touch.Parameters.AddTime(time);
        }

        await touch.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<ApiKeyRecord?> FindAsync(NpgsqlConnection connection, string id, CancellationToken cancellationToken)
    {
        await using var command = Command(connection, ApiKeyStatements.Find);
        command.Parameters.AddValue(id);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? ApiKeyStatements.Read(reader).Key : null;
    }

    private static async Task<IReadOnlyList<LiveKey>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var keys = new List<LiveKey>();
        var secrets = new List<(KeyDigest, DateTimeOffset?)>();
        while (await reader.ReadAsync(cancellationToken))
        {
            if (keys.Count == 0 || keys[^1].Id != reader.GetString(0))
            {
                secrets = [];
                keys.Add(new LiveKey(
                    reader.GetString(0), reader.GetString(1), ApiKeyStatements.Role(reader.GetString(2)), reader.GetString(3),
                    reader.GetFieldValue<string[]>(4), reader.TimeOrNull(5), !reader.IsDBNull(6), secrets));
            }

            secrets.Add((KeyDigest.Of(reader.GetFieldValue<byte[]>(7)), reader.TimeOrNull(8)));
        }

        return keys;
    }

    /// <summary>Runs a change in its turn; without an audit entry nothing has changed, and nothing is kept.</summary>
    private static async Task UpdateAsync(
        NpgsqlConnection connection, ApiKeyRecord key, long version, CancellationToken cancellationToken)
    {
        await using var update = Command(connection, ApiKeyStatements.Update);
        update.Parameters.AddValue(key.Id);
        update.Parameters.AddValue(version);
        update.Parameters.AddValue(key.Name);
        update.Parameters.AddValue(key.Tier);
        update.Parameters.AddColumn(NpgsqlDbType.Text, key.Scopes.ToArray());
        update.Parameters.AddTime(key.ExpiresAt);
        await update.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task<T> ChangeAsync<T>(
        bool needsPepper, Func<NpgsqlConnection, long, Task<(T Value, AuditEntry? Audit)>> change, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var version = await TakeTurnAsync(connection, needsPepper, cancellationToken);
        var (value, entry) = await change(connection, version);
        if (entry is null)
        {
            return value;
        }

        await AuditLog.AppendAsync(connection, entry, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return value;
    }

    private async Task<long> TakeTurnAsync(NpgsqlConnection connection, bool needsPepper, CancellationToken cancellationToken)
    {
        long version;
        byte[]? check;
        await using (var next = Command(connection, ApiKeyStatements.NextVersion))
        await using (var reader = await next.ExecuteReaderAsync(cancellationToken))
        {
            await reader.ReadAsync(cancellationToken);
            (version, check) = (reader.GetInt64(0), reader.IsDBNull(1) ? null : reader.GetFieldValue<byte[]>(1));
        }

        if (!needsPepper)
        {
            return version;
        }

        if (check is null)
        {
            await using var take = Command(connection, ApiKeyStatements.TakePepper);
            take.Parameters.AddValue(Pepper.Check);
            await take.ExecuteNonQueryAsync(cancellationToken);
        }
        else if (!check.AsSpan().SequenceEqual(Pepper.Check))
        {
            throw new KeyRefusedException("other_key_pepper", "Needed is " + OtherPepper);
        }

        return version;
    }
}
