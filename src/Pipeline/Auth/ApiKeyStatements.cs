using AkkaCrypto.Contracts.Auth;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Storage.Postgres;
using Npgsql;

namespace AkkaCrypto.Pipeline.Auth;

/// <summary>The statements of <see cref="ApiKeyStore"/>.</summary>
internal static class ApiKeyStatements
{
    /// <summary>Takes the turn of who changes keys, until the transaction's end.</summary>
    public const string NextVersion = """
        INSERT INTO auth.key_changes AS changes (version) VALUES (1)
        ON CONFLICT (only_row) DO UPDATE SET version = changes.version + 1 RETURNING version, pepper_check
        """;

    public const string TakePepper = "UPDATE auth.key_changes SET pepper_check = $1";

    public const string CountLive =
        "SELECT count(*) FROM auth.api_keys WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $1)";

    public const string AddKey = """
        INSERT INTO auth.api_keys (key_id, name, tenant, role, tier, scopes, created_at, created_by, expires_at, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """;

    public const string AddSecret = """
        INSERT INTO auth.key_secrets (digest, key_id, generation, created_at)
        SELECT $1, $2, coalesce(max(generation), 0) + 1, $3 FROM auth.key_secrets WHERE key_id = $2
        """;

    /// <summary>The secrets until now end at a time, where they don't end before it.</summary>
    public const string EndSecrets =
        "UPDATE auth.key_secrets SET valid_until = least(coalesce(valid_until, $2), $2) WHERE key_id = $1";

    public const string Touch = "UPDATE auth.api_keys SET version = $2 WHERE key_id = $1";

    public const string Update =
        "UPDATE auth.api_keys SET name = $3, tier = $4, scopes = $5, expires_at = $6, version = $2 WHERE key_id = $1";

    public const string Revoke = "UPDATE auth.api_keys SET revoked_at = $3, version = $2 WHERE key_id = $1";

    public const string Version = "SELECT version, pepper_check FROM auth.key_changes";

    /// <summary>Changed after a version, or one of some ids.</summary>
    public const string Changed = """
        SELECT k.key_id, k.tenant, k.role, k.tier, k.scopes, k.expires_at, k.revoked_at, s.digest, s.valid_until
        FROM auth.api_keys k JOIN auth.key_secrets s USING (key_id)
        WHERE k.version > $1 OR k.key_id = ANY ($2)
        ORDER BY k.key_id
        """;

    /// <summary>As <see cref="Changed"/>, of a node that begins: what is over already is left out.</summary>
    public const string Live = """
        SELECT k.key_id, k.tenant, k.role, k.tier, k.scopes, k.expires_at, k.revoked_at, s.digest, s.valid_until
        FROM auth.api_keys k JOIN auth.key_secrets s USING (key_id)
        WHERE k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > $1) AND (s.valid_until IS NULL OR s.valid_until > $1)
        ORDER BY k.key_id
        """;

    /// <summary>Rows are locked in the order of their ids, so that nodes that write at once wait and don't deadlock.</summary>
    public const string NoteUse = """
        WITH used AS (SELECT * FROM unnest($1::text[], $2::timestamptz[]) AS used (key_id, at)),
        taken AS (SELECT k.key_id FROM auth.api_keys k JOIN used USING (key_id) ORDER BY k.key_id FOR UPDATE OF k)
        UPDATE auth.api_keys k SET last_used_at = used.at
        FROM used JOIN taken USING (key_id)
        WHERE k.key_id = used.key_id AND (k.last_used_at IS NULL OR k.last_used_at < used.at)
        """;

    private const string Columns = """
        SELECT k.key_id, k.name, k.tenant, k.role, k.tier, k.scopes, k.created_at, k.created_by, k.expires_at, k.revoked_at,
            k.last_used_at, k.sequence,
            array(SELECT s.generation FROM auth.key_secrets s WHERE s.key_id = k.key_id ORDER BY generation),
            array(SELECT s.created_at FROM auth.key_secrets s WHERE s.key_id = k.key_id ORDER BY generation),
            array(SELECT s.valid_until FROM auth.key_secrets s WHERE s.key_id = k.key_id ORDER BY generation)
        FROM auth.api_keys k
        """;

    public const string Find = Columns + " WHERE k.key_id = $1";

    public const string NewestFirst = Columns + """
         WHERE k.sequence < $1 AND ($2::text IS NULL OR k.tenant = $2)
        ORDER BY k.sequence DESC LIMIT $3
        """;

    public static (long Sequence, ApiKeyRecord Key) Read(NpgsqlDataReader reader)
    {
        var generations = reader.GetFieldValue<int[]>(12);
        var created = reader.GetFieldValue<DateTime[]>(13);
        var until = reader.GetFieldValue<DateTime?[]>(14);
        return (reader.GetInt64(11), new ApiKeyRecord(
            reader.GetString(0), reader.GetString(1), reader.GetString(2), Role(reader.GetString(3)), reader.GetString(4),
            reader.GetFieldValue<string[]>(5), reader.Time(6), reader.GetString(7), reader.TimeOrNull(8), reader.TimeOrNull(9),
            reader.TimeOrNull(10),
            [.. generations.Select((generation, i) => new ApiKeySecret(
                generation, new DateTimeOffset(created[i]), until[i] is { } end ? new DateTimeOffset(end) : null))]));
    }

    public static ApiRole Role(string text) => text == "admin" ? ApiRole.Admin : ApiRole.User;
}
