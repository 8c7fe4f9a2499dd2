using System.Text.Json;
using System.Text.Unicode;
using AkkaCrypto.Contracts.Market;

namespace AkkaCrypto.Pipeline.Feeds.Reading;

/// <summary>Reads a reply that is plain (see <see cref="PlainRows"/>). False where it isn't, or where anything in it would be
/// refused.</summary>
internal delegate bool ReadPlain(ReadOnlySpan<byte> json, ReplyContext context, Normalised into);

/// <summary>
/// Two ways to read one kind of reply: the fast one for what is plain, and the general one, with all its refusals, for whatever is not.
/// They use the same readers of records, so a plain reply gives the same records either way.
/// </summary>
internal static class PlainReply
{
    /// <summary>The fast way where it is possible; else, with nothing left of it, the general one.</summary>
    public static Normaliser Or(ReadPlain plain, Normaliser general) => (payload, context, into) =>
    {
        if (!TryRead(payload.Span, context, into, plain))
        {
            general(payload, context, into);
        }
    };

    /// <summary>A reply that is a list of objects and nothing else.</summary>
    /// <param name="knowsPair">Whether only the request knows the pair.</param>
    /// <param name="atEnd">Completes the records from a place on.</param>
    public static ReadPlain List(
        FieldNames names, ReadRecord read, bool knowsPair, Action<List<NormalisedRecord>, int>? atEnd = null) =>
        (json, context, into) =>
        {
            var first = into.Records.Count;
            if (json is not [(byte)'[', ..] || (knowsPair && context.Pair is null)
                || !TryObjects(json, 0, names, context, into, read, out var end) || !IsRest(json[end..], "]"u8))
            {
                return false;
            }

            atEnd?.Invoke(into.Records, first);
            return true;
        };

    /// <summary>The objects of a list, as <see cref="Elements"/> reads them.</summary>
    /// <param name="list">Where the list's opening bracket stands.</param>
    /// <param name="end">Where its closing bracket stands.</param>
    public static bool TryObjects(
        ReadOnlySpan<byte> json, int list, FieldNames names, ReplyContext context, Normalised into, ReadRecord read, out int end) =>
        TryRows(json, list, JsonTokenType.StartObject, names.Places, names, context, into, read, out end);

    /// <summary>The arrays of a list, as <see cref="Rows"/> reads them.</summary>
    /// <param name="least">Places that a row must have.</param>
    public static bool TryArrays(
        ReadOnlySpan<byte> json, int list, FieldNames names, int least, ReplyContext context, Normalised into, ReadRecord read,
        out int end) =>
        TryRows(json, list, JsonTokenType.StartArray, names.Indexes, names, context, into, read, out end, least);

    /// <summary>Whether nothing but these brackets is left, with any space around them.</summary>
    public static bool IsRest(ReadOnlySpan<byte> json, ReadOnlySpan<byte> brackets)
    {
        var found = 0;
        foreach (var character in json)
        {
            if (found < brackets.Length && character == brackets[found])
            {
                found++;
            }
            else if (character is not ((byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t'))
            {
                return false;
            }
        }

        return found == brackets.Length;
    }

    /// <summary>Moves on, and says whether to what was expected.</summary>
    public static bool Next(ref Utf8JsonReader reader, JsonTokenType type) => reader.Read() && reader.TokenType == type;

    /// <summary>The same for a property's name, written without escapes.</summary>
    public static bool NextName(ref Utf8JsonReader reader, ReadOnlySpan<byte> name) =>
        Next(ref reader, JsonTokenType.PropertyName) && reader.ValueSpan.SequenceEqual(name);

    private static bool TryRead(ReadOnlySpan<byte> json, ReplyContext context, Normalised into, ReadPlain plain)
    {
        if (!Utf8.IsValid(json))
        {
            return false;
        }

        var (records, refusals, rounded) = (into.Records.Count, into.Refusals.Count, into.Rounded);
        try
        {
            if (plain(json, context, into) && into.Refusals.Count == refusals && into.MissingContext is null)
            {
                return true;
            }
        }
        catch (JsonException)
        {
            // Not JSON: for the other reading to refuse.
        }

        into.Records.RemoveRange(records, into.Records.Count - records);
        into.Refusals.RemoveRange(refusals, into.Refusals.Count - refusals);
        (into.Rounded, into.MissingContext) = (rounded, null);
        return false;
    }

    private static bool TryRows(
        ReadOnlySpan<byte> json, int list, JsonTokenType row, FindPlace find, FieldNames names, ReplyContext context, Normalised into,
        ReadRecord read, out int end, int least = 0)
    {
        end = 0;
        Span<JsonField> fields = stackalloc JsonField[Elements.MostFields];
        fields = fields[..names.Count];
        fields.Clear();
        if (!PlainRows.TryOpen(json, list, row, find, out var rows))
        {
            return false;
        }

        for (var index = 0; rows.TryNext(fields, out var isEnd); index++)
        {
            if (isEnd)
            {
                end = rows.End;
                return true;
            }

            // One refusal is enough to know that this reply is for the other reading.
            if (rows.Count < least
                || read(new Element(json, fields, names, into, new ElementPath("$", index)), context) is not { } record)
            {
                return false;
            }

            into.Records.Add(record);
        }

        return false;
    }
}
