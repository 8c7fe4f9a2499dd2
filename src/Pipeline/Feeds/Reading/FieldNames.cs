using System.Text;
using System.Text.Json;

namespace AkkaCrypto.Pipeline.Feeds.Reading;

/// <summary>
/// The fields that are read of one kind of object; all others are skipped. A field may have several names (<c>"price|p"</c>: long and short
/// form). Keys may come in any order; of a key that comes twice the last counts, as in most readers of JSON.
/// </summary>
internal sealed class FieldNames
{
    private readonly byte[][] names;
    private readonly string[] texts;
    private readonly int[] fields;

    public FieldNames(params string[] fields)
    {
        var all = fields.SelectMany((field, index) => field.Split('|').Select((name, place) => (name, place, index)))
            .OrderBy(entry => entry.place).ThenBy(entry => entry.index).ToArray();
        Count = fields.Length;
        texts = [.. all.Select(entry => entry.name)];
        names = [.. all.Select(entry => Encoding.UTF8.GetBytes(entry.name))];
        this.fields = [.. all.Select(entry => entry.index)];
        Places = FindPlace;
        Indexes = FindIndex;
    }

    public int Count { get; }

    /// <summary>The places of the keys of <see cref="PlainRows"/>' objects.</summary>
    public FindPlace Places { get; }

    /// <summary>The places of the values of <see cref="PlainRows"/>' arrays.</summary>
    public FindPlace Indexes { get; }

    /// <summary>The name under which the field came, or its first where it did not come.</summary>
    public string NameOf(int field, in JsonField value) => value.Type is JsonTokenType.None ? texts[field] : texts[value.Name];

    /// <summary>Reads an object, on whose start the reader stands, to its end.</summary>
    public void Read(ref Utf8JsonReader reader, scoped Span<JsonField> values)
    {
        values.Clear();
        var expected = 0;
        while (Next(ref reader, ref expected, out var field))
        {
            values[field] = JsonField.Capture(ref reader, (byte)(expected - 1));
        }
    }

    /// <summary>Moves to the value of the next known field of an object; false at the object's end.</summary>
    /// <param name="expected">Where to look first: one past the name found before, for objects of one kind keep one order.</param>
    public bool Next(ref Utf8JsonReader reader, ref int expected, out int field)
    {
        while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
        {
            var found = Find(ref reader, expected);
            reader.Read();
            if (found >= 0)
            {
                expected = found + 1;
                field = fields[found];
                return true;
            }

            reader.Skip();
        }

        field = -1;
        return false;
    }

    /// <summary>Whether the property name on which the reader stands is a known field; leaves the reader there.</summary>
    public bool TryField(ref Utf8JsonReader reader, out int field, out byte name)
    {
        var found = Find(ref reader, 0);
        (field, name) = found < 0 ? (-1, (byte)0) : (fields[found], (byte)found);
        return found >= 0;
    }

    private bool FindPlace(ref Utf8JsonReader key, int index, out int place, out byte name)
    {
        TryField(ref key, out place, out name);
        return true;
    }

    private bool FindIndex(ref Utf8JsonReader value, int index, out int place, out byte name)
    {
        (place, name) = index < Count ? (index, (byte)index) : (-1, (byte)0);
        return true;
    }

    private int Find(ref Utf8JsonReader reader, int expected) =>
        expected < names.Length && !reader.ValueIsEscaped && reader.ValueSpan.SequenceEqual(names[expected])
            ? expected
            : Search(ref reader, expected);

    private int Search(ref Utf8JsonReader reader, int expected)
    {
        if (reader.ValueIsEscaped)
        {
            return Array.IndexOf(texts, JsonKeys.Read(ref reader));
        }

        for (var i = 0; i < names.Length; i++)
        {
            var candidate = expected + i;
            candidate = candidate < names.Length ? candidate : candidate - names.Length;
            if (reader.ValueSpan.SequenceEqual(names[candidate]))
            {
                return candidate;
            }
        }

        return -1;
    }
}
