using System.Globalization;
using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;

namespace AkkaCrypto.Pipeline.Feeds.Reading;

/// <summary>
/// Lists of arrays whose places have meanings: <c>[[1688671200,"30306.1",…],…]</c>. A row may be longer than what is read of it, for
/// providers append to their rows; a shorter one is refused.
/// </summary>
internal static class Rows
{
    private const int MostFields = 16;

    private static readonly FieldNames LevelNames = Names(2);

    /// <summary>Names of the first <paramref name="count"/> places, as paths have them.</summary>
    public static FieldNames Names(int count) =>
        new([.. Enumerable.Range(0, count).Select(place => string.Create(CultureInfo.InvariantCulture, $"[{place}]"))]);

    /// <summary>Reads the list on whose start <paramref name="reader"/> stands, to its end.</summary>
    /// <param name="least">Places that a row must have; those of <paramref name="names"/> beyond it may be absent.</param>
    public static void Read(
        ref Utf8JsonReader reader, ReadOnlySpan<byte> json, in Reply reply, string path, FieldNames names, int least,
        ReplyContext context, ReadRecord read)
    {
        Span<JsonField> fields = stackalloc JsonField[MostFields];
        fields = fields[..names.Count];
        for (var index = 0; reader.Read() && reader.TokenType is not JsonTokenType.EndArray && !reply.IsHopeless; index++)
        {
            if (TryRow(ref reader, reply, path, index, fields, least)
                && read(new Element(json, fields, names, reply.Into, new ElementPath(path, index)), context) is { } record)
            {
                reply.Into.Records.Add(record);
            }
        }
    }

    /// <summary>
    /// The levels <c>["241.70","1.5",…]</c> of one side of a book. A level that can't be read refuses the whole book: a book with a hole is
    /// a wrong book.
    /// </summary>
    /// <param name="keepsZeros">True for changes, where a quantity of zero removes the level.</param>
    public static bool TryLevels(in Element book, int side, bool keepsZeros, List<BookLevel> levels)
    {
        if (book[side].Type is not JsonTokenType.StartArray)
        {
            book.Into.Refuse(RefusalCode.InvalidField, "not a list of levels [price, quantity]", book.PathOf(side));
            return false;
        }

        var rows = new EntryReader(book, side, LevelNames, stackalloc JsonField[LevelNames.Count]);
        while (rows.TryRow(LevelNames.Count, out var level))
        {
            if (!level.Decimal(0, Sign.Positive, out var price) || !level.Decimal(1, Sign.NotNegative, out var quantity))
            {
                return false;
            }

            if (quantity > 0 || keepsZeros)
            {
                levels.Add(new BookLevel(price, quantity));
            }
        }

        return rows.IsAtEnd || rows.Refuse(RefusalCode.UnexpectedShape, Shown(rows.Values, LevelNames.Count));
    }

    /// <summary>Reads the row on whose start the reader stands to its end; values past <paramref name="fields"/> are skipped.</summary>
    /// <returns>How many values the row has, those among them.</returns>
    public static int ReadValues(ref Utf8JsonReader reader, scoped Span<JsonField> fields)
    {
        fields.Clear();
        var count = 0;
        for (; reader.Read() && reader.TokenType is not JsonTokenType.EndArray; count++)
        {
            if (count < fields.Length)
            {
                fields[count] = JsonField.Capture(ref reader, (byte)count);
            }
            else
            {
                reader.Skip();
            }
        }

        return count;
    }

    private static bool TryRow(
        ref Utf8JsonReader reader, in Reply reply, string path, int index, scoped Span<JsonField> fields, int least)
    {
        var count = -1;
        if (reader.TokenType is JsonTokenType.StartArray)
        {
            count = ReadValues(ref reader, fields);
        }
        else
        {
            reader.Skip();
        }

        if (count >= least)
        {
            return true;
        }

        reply.Refuse(RefusalCode.UnexpectedShape, Shown(count, least), $"{path}[{index}]");
        return false;
    }

    private static string Shown(int count, int least) =>
        count < 0 ? "not a list of values" : $"a list of {count} values, expected at least {least}";
}
