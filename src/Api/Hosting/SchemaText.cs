using System.Text.Json.Nodes;

namespace AkkaCrypto.Api.Hosting;

/// <summary>
/// JSON Schema (2020-12) from a short form: <c>"id integer, reason string?, note? string"</c> is a closed object whose <c>reason</c> may be
/// null and whose <c>note</c> may be missing.
/// </summary>
public static class SchemaText
{
    /// <param name="fields">Name and type of each: string, integer, number, boolean, decimal (a string), time (ISO 8601).</param>
    /// <param name="nested">Fields with schemas of their own; a name ending in <c>?</c> may be missing.</param>
    public static string Object(string fields, params ReadOnlySpan<(string Name, string Schema)> nested)
    {
        var properties = new JsonObject();
        var required = new JsonArray();
        foreach (var field in fields.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var space = field.IndexOf(' ', StringComparison.Ordinal);
            Add(field[..space], OfType(field[(space + 1)..]));
        }

        foreach (var (name, schema) in nested)
        {
            Add(name, JsonNode.Parse(schema)!);
        }

        return new JsonObject
        {
            ["type"] = "object", ["required"] = required, ["properties"] = properties, ["additionalProperties"] = false,
        }.ToJsonString();

        void Add(string name, JsonNode schema)
        {
            var key = name.TrimEnd('?');
            properties[key] = schema;
            if (key.Length == name.Length)
            {
                required.Add(key);
            }
        }
    }

    public static string Array(string items, int? longest = null)
    {
        var array = new JsonObject { ["type"] = "array", ["items"] = JsonNode.Parse(items) };
        if (longest is { } most)
        {
            array["maxItems"] = most;
        }

        return array.ToJsonString();
    }

    /// <summary>An object whose names are data.</summary>
    public static string Map(string values) =>
        new JsonObject { ["type"] = "object", ["additionalProperties"] = JsonNode.Parse(values) }.ToJsonString();

    public static string Nullable(string schema) =>
        new JsonObject { ["anyOf"] = new JsonArray(JsonNode.Parse(schema), new JsonObject { ["type"] = "null" }) }.ToJsonString();

    public static string OneOf(params string[] values) =>
        new JsonObject { ["type"] = "string", ["enum"] = new JsonArray([.. values.Select(value => (JsonNode)value)]) }.ToJsonString();

    /// <summary>Exactly one of the forms.</summary>
    public static string OneOfSchemas(params ReadOnlySpan<string> schemas)
    {
        var forms = new JsonArray();
        foreach (var schema in schemas)
        {
            forms.Add(JsonNode.Parse(schema));
        }

        return new JsonObject { ["oneOf"] = forms }.ToJsonString();
    }

    /// <summary>A page of items, as every list here has it.</summary>
    public static string Page(string item) => Object("next_cursor string?", ("data", Array(item, 1000)));

    private static JsonObject OfType(string type)
    {
        var name = type.TrimEnd('?');
        var schema = name switch
        {
            "decimal" => new JsonObject { ["type"] = "string", ["pattern"] = "^-?(0|[1-9][0-9]*)(\\.[0-9]*[1-9])?$" },
            "time" => new JsonObject { ["type"] = "string", ["format"] = "date-time" },
            "string" or "integer" or "number" or "boolean" => new JsonObject { ["type"] = name },
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, "is no type of this notation"),
        };
        if (name.Length < type.Length)
        {
            schema["type"] = new JsonArray(schema["type"]!.GetValue<string>(), "null");
        }

        return schema;
    }
}
