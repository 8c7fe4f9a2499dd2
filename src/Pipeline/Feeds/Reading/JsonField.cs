using System.Text.Json;

namespace AkkaCrypto.Pipeline.Feeds.Reading;

/// <summary>Where a value stands in the JSON it was read from; default for one that isn't there. Allocates nothing.</summary>
/// <param name="Start">Of a string: its first character within the quotes.</param>
/// <param name="Name">Under which of its names (see <see cref="FieldNames"/>) the value came.</param>
internal readonly record struct JsonField(int Start, int Length, JsonTokenType Type, bool IsEscaped, byte Name)
{
    /// <summary>Absent, null, or an empty string: a provider's ways to say that it doesn't know.</summary>
    public bool IsUnknown => Type is JsonTokenType.None or JsonTokenType.Null || (Type is JsonTokenType.String && Length == 0);

    /// <summary>The value on which <paramref name="reader"/> stands; an object or array is taken whole and the reader left at its
    /// end.</summary>
    public static JsonField Capture(ref Utf8JsonReader reader, byte name = 0)
    {
        var type = reader.TokenType;
        var start = (int)reader.TokenStartIndex;
        return type switch
        {
            JsonTokenType.String => new JsonField(start + 1, reader.ValueSpan.Length, type, reader.ValueIsEscaped, name),
            JsonTokenType.StartObject or JsonTokenType.StartArray =>
                new JsonField(start, LengthOfWhole(ref reader, start), type, false, name),
            _ => new JsonField(start, reader.ValueSpan.Length, type, false, name),
        };
    }

    private static int LengthOfWhole(ref Utf8JsonReader reader, int start)
    {
        reader.Skip();
        return (int)reader.BytesConsumed - start;
    }

    /// <summary>An object or array as JSON of its own.</summary>
    public ReadOnlySpan<byte> Of(ReadOnlySpan<byte> json) => json.Slice(Start, Length);

    /// <summary>The characters of a string, or of a number as written. False where an escape is half of a character (a lone
    /// surrogate).</summary>
    public bool TryText(ReadOnlySpan<byte> json, out ReadOnlySpan<byte> text)
    {
        text = json.Slice(Start, Length);
        return !IsEscaped || TryUnescape(json, out text);
    }

    private bool TryUnescape(ReadOnlySpan<byte> json, out ReadOnlySpan<byte> text)
    {
        text = default;
        var reader = new Utf8JsonReader(json.Slice(Start - 1, Length + 2));
        reader.Read();
        var unescaped = new byte[Length];
        try
        {
            text = unescaped.AsSpan(0, reader.CopyString(unescaped));
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
