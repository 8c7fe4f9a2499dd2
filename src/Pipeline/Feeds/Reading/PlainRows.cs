using System.Runtime.CompilerServices;
using System.Text.Json;

namespace AkkaCrypto.Pipeline.Feeds.Reading;

/// <summary>Which place among a row's fields a key of the first row has; below zero for one that isn't read. False: not plain.</summary>
/// <param name="index">The value's place in the row.</param>
/// <param name="name">Under which of its names (see <see cref="FieldNames"/>) the field came.</param>
internal delegate bool FindPlace(ref Utf8JsonReader key, int index, out int place, out byte name);

/// <summary>
/// The rows of a list as providers nearly always send them: flat objects (or arrays) that all have the first one's keys in its order,
/// written the same way. What stands between the first row's values is then what stands between every row's, so that each further row is
/// compared with it and only the values are looked at: a fraction of the cost of finding every token anew. Whatever is otherwise – another
/// key, an escape, a nested value, another space – ends the reading with false, and the list is read the general way. JSON that is not
/// well-formed is never taken: what lies between values equals text that a JSON reader took, and values follow RFC 8259 by themselves.
/// The text must be valid UTF-8.
/// </summary>
internal ref struct PlainRows
{
    /// <summary>Most values of a row.</summary>
    public const int MostColumns = 24;

    private readonly ReadOnlySpan<byte> json;
    private Columns columns;
    private int count;
    private (int Start, int Length) tail;
    private int at;
    private bool isFirst;

    private PlainRows(ReadOnlySpan<byte> json, int at)
    {
        this.json = json;
        this.at = at;
        isFirst = true;
    }

    /// <summary>Where the list's closing bracket stands, once <see cref="TryNext"/> has said that it is reached.</summary>
    public readonly int End => at;

    /// <summary>Values of a row, those that aren't read among them.</summary>
    public readonly int Count => count;

    /// <param name="list">Where the list's opening bracket stands.</param>
    /// <param name="row">What the rows are: objects or arrays.</param>
    public static bool TryOpen(ReadOnlySpan<byte> json, int list, JsonTokenType row, FindPlace find, out PlainRows rows)
    {
        rows = new PlainRows(json, list + 1);
        rows.SkipSpace();
        return rows.IsAtEnd() || rows.TryLearn(row, find);
    }

    /// <summary>Reads the next row's values into their places; those that no key of the rows has are left as they are.</summary>
    /// <param name="isEnd">There is no row any more.</param>
    /// <returns>False: what comes is not plain.</returns>
    public bool TryNext(scoped Span<JsonField> values, out bool isEnd)
    {
        isEnd = false;
        if (!isFirst || count == 0)
        {
            SkipSpace();
            if (IsAtEnd())
            {
                isEnd = true;
                return true;
            }

            if (isFirst || !TryTake((byte)','))
            {
                return false;
            }

            SkipSpace();
        }

        isFirst = false;
        for (var i = 0; i < count; i++)
        {
            ref readonly var column = ref columns[i];
            if (!TryTake(column.Before, column.BeforeLength) || !TryValue(column.Name, out var value))
            {
                return false;
            }

            if (column.Place >= 0)
            {
                values[column.Place] = value;
            }
        }

        return TryTake(tail.Start, tail.Length);
    }

    private readonly bool IsAtEnd() => at < json.Length && json[at] == ']';

    private void SkipSpace()
    {
        while (at < json.Length && json[at] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
        {
            at++;
        }
    }

    private bool TryTake(byte expected)
    {
        var found = at < json.Length && json[at] == expected;
        at += found ? 1 : 0;
        return found;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryTake(int start, int length)
    {
        if (!json[at..].StartsWith(json.Slice(start, length)))
        {
            return false;
        }

        at += length;
        return true;
    }

    /// <summary>The first row, read as JSON, says where the values of all rows stand.</summary>
    private bool TryLearn(JsonTokenType row, FindPlace find)
    {
        var reader = new Utf8JsonReader(json[at..]);
        if (!reader.Read() || reader.TokenType != row)
        {
            return false;
        }

        var (before, places) = (at, 0UL);
        while (reader.Read() && reader.TokenType is not (JsonTokenType.EndObject or JsonTokenType.EndArray))
        {
            var key = reader;
            if (reader.TokenType is JsonTokenType.PropertyName)
            {
                reader.Read();
            }

            if (count == MostColumns || key.ValueIsEscaped || !find(ref key, count, out var place, out var name)
                || reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray
                || (place >= 0 && (places & (1UL << place)) != 0))
            {
                return false;
            }

            places |= place >= 0 ? 1UL << place : 0;
            var start = at + (int)reader.TokenStartIndex;
            columns[count++] = new Column(before, start - before, place, name);
            before = start + reader.ValueSpan.Length + (reader.TokenType is JsonTokenType.String ? 2 : 0);
        }

        tail = (before, at + (int)reader.BytesConsumed - before);
        return count > 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryValue(byte name, out JsonField value)
    {
        var start = at;
        value = default;
        if (start >= json.Length)
        {
            return false;
        }

        if (json[start] == '"')
        {
            var length = PlainText.Length(json[(start + 1)..]);
            at = start + length + 2;
            value = new JsonField(start + 1, length, JsonTokenType.String, false, name);
            return length >= 0;
        }

        if (json[start] is >= (byte)'a' and <= (byte)'z')
        {
            return TryWord(name, out value);
        }

        var digits = PlainNumber.Length(json[start..]);
        at = start + digits;
        value = new JsonField(start, digits, JsonTokenType.Number, false, name);
        return digits > 0;
    }

    private bool TryWord(byte name, out JsonField value)
    {
        var rest = json[at..];
        var (length, type) = rest.StartsWith("true"u8) ? (4, JsonTokenType.True)
            : rest.StartsWith("false"u8) ? (5, JsonTokenType.False)
            : rest.StartsWith("null"u8) ? (4, JsonTokenType.Null)
            : (0, JsonTokenType.None);
        value = new JsonField(at, length, type, false, name);
        at += length;
        return length > 0;
    }

    /// <summary>One value of every row.</summary>
    /// <param name="Before">What stands before it, from the value before: where that is in the first row.</param>
    private readonly record struct Column(int Before, int BeforeLength, int Place, byte Name);

    [InlineArray(MostColumns)]
    private struct Columns
    {
        private Column first;
    }
}
