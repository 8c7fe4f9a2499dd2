using System.Buffers;
using System.Text;
using System.Text.Json;
using AkkaCrypto.Contracts.Auth;
using AkkaCrypto.Contracts.Settings;

namespace AkkaCrypto.Pipeline.Auth;

/// <summary>A stored key as the API, the command line, the audit and Redis show it: without the key.</summary>
public static class ApiKeyJson
{
    public static string Name(ApiRole role) => role == ApiRole.Admin ? "admin" : "user";

    /// <param name="secret">The key itself, for the one answer that gives it out.</param>
    public static void Write(Utf8JsonWriter json, ApiKeyRecord key, DateTimeOffset now, string? secret = null)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, key.Id);
        if (secret is not null)
        {
            json.WriteString("key"u8, secret);
        }

        json.WriteString("name"u8, key.Name);
        json.WriteString("tenant"u8, key.Tenant);
        json.WriteString("role"u8, Name(key.Role));
        json.WriteString("tier"u8, key.Tier);
        json.WriteStartArray("scopes"u8);
        foreach (var scope in key.Scopes)
        {
            json.WriteStringValue(scope);
        }

        json.WriteEndArray();
        json.WriteString("state"u8, key.StateAt(now));
        WriteTime(json, "created_at", key.CreatedAt);
        json.WriteString("created_by"u8, key.CreatedBy);
        WriteTime(json, "expires_at", key.ExpiresAt);
        WriteTime(json, "revoked_at", key.RevokedAt);
        WriteTime(json, "last_used_at", key.LastUsedAt);
        json.WriteStartArray("secrets"u8);
        foreach (var made in key.Secrets)
        {
            json.WriteStartObject();
            json.WriteNumber("generation"u8, made.Generation);
            WriteTime(json, "created_at", made.CreatedAt);
            WriteTime(json, "valid_until", made.ValidUntil);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    public static string Text(ApiKeyRecord key, DateTimeOffset now)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            Write(json, key, now);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void WriteTime(Utf8JsonWriter json, string name, DateTimeOffset? time)
    {
        if (time is { } known)
        {
            json.WriteString(name, known.UtcDateTime);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
