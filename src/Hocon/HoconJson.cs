using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace AkkaCrypto.Hocon;

/// <summary>Resolved trees as JSON (RFC 8259). Numbers keep their text, fields their order.</summary>
public static class HoconJson
{
    /// <summary>What stands in the place of a secret.</summary>
    public const string Mask = "***";

    private static readonly JsonWriterOptions Indented = new()
    {
        Indented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = HoconLimits.Nesting + 2,
    };

    /// <summary>Renders <paramref name="value"/>, indented by two.</summary>
    /// <param name="value">What to render.</param>
    /// <param name="isSecret">True for the scalars (with their path) that are shown as <see cref="Mask"/>; none by default.</param>
    /// <param name="at">Path of <paramref name="value"/> itself, the beginning of the paths that <paramref name="isSecret"/> is asked
    /// for.</param>
    public static string Render(HoconValue value, Func<HoconPath, HoconScalar, bool>? isSecret = null, HoconPath? at = null)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Indented))
        {
            Write(json, value, at ?? HoconPath.Root, isSecret ?? ((_, _) => false));
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    internal static string Quote(string text) => $"\"{JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text)}\"";

    private static void Write(Utf8JsonWriter json, HoconValue value, HoconPath path, Func<HoconPath, HoconScalar, bool> isSecret)
    {
        switch (value)
        {
            case HoconObject { Fields: var fields }:
                json.WriteStartObject();
                foreach (var (key, field) in fields)
                {
                    json.WritePropertyName(key);
                    Write(json, field, path.Then(key), isSecret);
                }

                json.WriteEndObject();
                break;
            case HoconArray { Items: var items }:
                json.WriteStartArray();
                for (var i = 0; i < items.Count; i++)
                {
                    Write(json, items[i], path.Then($"{i}"), isSecret);
                }

                json.WriteEndArray();
                break;
            case HoconScalar scalar when isSecret(path, scalar):
                json.WriteStringValue(Mask);
                break;
            case HoconScalar scalar:
                WriteScalar(json, scalar);
                break;
        }
    }

    private static void WriteScalar(Utf8JsonWriter json, HoconScalar scalar)
    {
        switch (scalar)
        {
            case HoconNull:
                json.WriteNullValue();
                break;
            case HoconBoolean flag:
                json.WriteBooleanValue(flag.Value);
                break;
            case HoconNumber number:
                json.WriteRawValue(number.Text);
                break;
            default:
                json.WriteStringValue(scalar.Text);
                break;
        }
    }
}
