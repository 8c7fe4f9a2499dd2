using System.Buffers;
using System.Globalization;
using System.Text.Json;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Api.Validation;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Ops;

namespace AkkaCrypto.Api.Ops;

/// <summary><c>GET /admin/audit</c>: who did what, newest first.</summary>
public sealed class Audit(AuditLog log)
{
    public const string Path = "/admin/audit";

    private const int DefaultLimit = 100;
    private const int MostLimit = 1000;

    public static readonly IReadOnlyList<Parameter> Parameters =
    [
        new("actor", "Id of the key that did it.", "admin"),
        new("act", "What was done.", "keys.revoke"),
        new("from", "At or after it; ISO 8601 or Unix seconds.", "2026-01-01T00:00:00Z"),
        new("to", "Before it; ISO 8601 or Unix seconds.", "2026-02-01T00:00:00Z"),
        new("limit", "1 to 1000, default 100.", "100", IsInteger: true),
        new("cursor", "next_cursor of an earlier answer; stays in place while entries come.", "4711"),
    ];

    public sealed record Request(AuditFilter Filter, int Limit, long? Cursor);

    public static Request Parse(Query query)
    {
        var (from, to) = (query.Time("from"), query.Time("to"));
        if (from >= to)
        {
            query.Fault("to", "must be after from");
        }

        long? cursor = null;
        if (query.Optional("cursor") is { } text)
        {
            if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var place))
            {
                cursor = place;
            }
            else
            {
                query.Fault("cursor", "must be a next_cursor of an earlier answer");
            }
        }

        return new Request(
            new AuditFilter(Text(query, "actor"), Text(query, "act"), from, to),
            query.Integer("limit", DefaultLimit, 1, MostLimit), cursor);
    }

    public async ValueTask<Answer> ListAsync(Request request, CancellationToken cancellationToken)
    {
        var entries = await log.ListAsync(request.Filter, request.Cursor, request.Limit, cancellationToken);
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartArray("data"u8);
            foreach (var entry in entries)
            {
                Write(json, entry);
            }

            json.WriteEndArray();
            json.WriteString(
                "next_cursor"u8, entries.Count == request.Limit ? entries[^1].Id.ToString(CultureInfo.InvariantCulture) : null);
            json.WriteEndObject();
        }

        return Answer.Of(buffer.WrittenMemory);
    }

    private static string? Text(Query query, string name)
    {
        var text = query.Optional(name);
        if (text is { Length: > 200 } || text?.Any(char.IsControl) == true || text?.Any(char.IsSurrogate) == true)
        {
            query.Fault(name, "must be 1 to 200 characters without control characters");
        }

        return text;
    }

    private static void Write(Utf8JsonWriter json, KeptAudit kept)
    {
        var entry = kept.Entry;
        json.WriteStartObject();
        json.WriteNumber("id"u8, kept.Id);
        json.WriteString("at"u8, entry.At.UtcDateTime);
        json.WriteString("actor"u8, entry.Actor.Id);
        json.WriteString("act"u8, entry.Act);
        json.WriteString("target"u8, entry.Target);
        WriteRaw(json, "before", entry.Before);
        WriteRaw(json, "after", entry.After);
        json.WriteString("outcome"u8, entry.Outcome);
        json.WriteString("trace_id"u8, entry.Actor.TraceId);
        json.WriteEndObject();
    }

    private static void WriteRaw(Utf8JsonWriter json, string name, string? text)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(text ?? "null");
    }
}
