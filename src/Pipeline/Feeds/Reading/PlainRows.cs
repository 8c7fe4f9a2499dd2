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
        return TryRow(values);
    }

    /// <summary>The values and what stands between them, in one go: each begins where the one before has ended, so that is kept at hand in
    /// variables of the method.</summary>
    private bool TryRow(scoped Span<JsonField> values)
    {
        var text = json;
        var next = at;
        for (var i = 0; i < count; i++)
        {
            ref readonly var column = ref columns[i];
            if (!TryTake(text, ref next, column.Before, column.BeforeLength))
            {
                return false;
            }

            var type = TakeValue(text, ref next, out var start, out var length);
            if (type is JsonTokenType.None)
            {
                return false;
            }

            if (column.Place >= 0)
            {
                values[column.Place] = new JsonField(start, length, type, false, column.Name);
            }
        }

        var isWhole = TryTake(text, ref next, tail.Start, tail.Length);
        at = next;
        return isWhole;
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

    /// <summary>Goes past what equals another piece of the text.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryTake(ReadOnlySpan<byte> json, ref int at, int start, int length)
    {
        var isSame = json[at..].StartsWith(json.Slice(start, length));
        at += length;
        return isSame;
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

    /// <summary>Goes past the value that comes next; None where it isn't plain. Not into a field, which would be put together in memory
    /// and be copied from there before it is whole.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static JsonTokenType TakeValue(ReadOnlySpan<byte> json, ref int at, out int start, out int length)
    {
        (start, length) = (at, 0);
        if (start >= json.Length)
        {
            return JsonTokenType.None;
        }

        if (json[start] == '"')
        {
            start++;
            length = PlainText.Length(json[start..]);
            at = start + length + 1;
            return length < 0 ? JsonTokenType.None : JsonTokenType.String;
        }

        var type = json[start] is >= (byte)'a' and <= (byte)'z' ? WordOf(json[start..], out length) : JsonTokenType.Number;
        if (type is JsonTokenType.Number)
        {
            length = PlainNumber.Length(json[start..]);
        }

        at = start + length;
        return length > 0 ? type : JsonTokenType.None;
    }

    private static JsonTokenType WordOf(ReadOnlySpan<byte> text, out int length)
    {
        (length, var type) = text.StartsWith("true"u8) ? (4, JsonTokenType.True)
            : text.StartsWith("false"u8) ? (5, JsonTokenType.False)
            : text.StartsWith("null"u8) ? (4, JsonTokenType.Null)
            : (0, JsonTokenType.None);
        return type;
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
