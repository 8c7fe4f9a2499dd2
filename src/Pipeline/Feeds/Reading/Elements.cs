using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;

namespace AkkaCrypto.Pipeline.Feeds.Reading;

/// <summary>Makes a record of an element; null once the element has been refused.</summary>
/// <param name="context">What holds for all elements of the reply, its pair for one.</param>
internal delegate NormalisedRecord? ReadRecord(in Element element, ReplyContext context);

/// <summary>Lists of like objects: a broken one is refused with its path, the others are taken.</summary>
internal static class Elements
{
    /// <summary>Most fields of a table.</summary>
    public const int MostFields = 48;

    /// <summary>Reads the list on whose start <paramref name="reader"/> stands.</summary>
    /// <param name="json">What the reader reads.</param>
    public static void Read(
        ref Utf8JsonReader reader, ReadOnlySpan<byte> json, in Reply reply, string path, FieldNames names, ReplyContext context,
        ReadRecord read)
    {
        Span<JsonField> fields = stackalloc JsonField[MostFields];
        fields = fields[..names.Count];
        var (first, lacking) = (reply.Into.Records.Count, new Lacking(reply.Into));
        for (var index = 0; reader.Read() && reader.TokenType is not JsonTokenType.EndArray && !reply.IsHopeless; index++)
        {
            if (reader.TokenType is not JsonTokenType.StartObject)
            {
                reader.Skip();
                reply.Refuse(RefusalCode.UnexpectedShape, "not an object", $"{path}[{index}]");
                continue;
            }

            names.Read(ref reader, fields);
            var element = new Element(json, fields, names, reply.Into, new ElementPath(path, index));
            if (read(element, context) is { } record)
            {
                reply.Into.Records.Add(record);
            }
            else if (reply.Into.MissingContext is not null)
            {
                lacking.Note();
            }
        }

        lacking.Settle(reply.Into.Records.Count > first);
    }

    /// <summary>Reads a list that was captured whole.</summary>
    public static void Read(
        ReadOnlySpan<byte> list, in Reply reply, string path, FieldNames names, ReplyContext context, ReadRecord read)
    {
        var reader = new Utf8JsonReader(list);
        reader.Read();
        Read(ref reader, list, reply, path, names, context, read);
    }

    /// <summary>Reads an array of exactly <paramref name="fields"/>' length into them; false for any other length. Leaves the reader at its
    /// end.</summary>
    public static bool ReadRow(ref Utf8JsonReader reader, scoped Span<JsonField> fields) =>
        Rows.ReadValues(ref reader, fields) == fields.Length;

    /// <summary>
    /// Elements that leave out what the request did not say either. Where none of a list says it, it is the caller's to give; where others
    /// do, those that don't are broken, and no gift could mend them.
    /// </summary>
    private struct Lacking(Normalised into)
    {
        private readonly string? before = into.MissingContext;
        private List<(string Context, string? Path, int Behind)>? noted;

        public void Note()
        {
            if (before is not null)
            {
                return;
            }

            noted ??= [];
            if (noted.Count <= Reply.MostRefusals)
            {
                noted.Add((into.MissingContext!, into.MissingAt, into.Records.Count));
            }

            (into.MissingContext, into.MissingAt) = (null, null);
        }

        public readonly void Settle(bool othersSayIt)
        {
            if (noted is null)
            {
                return;
            }

            if (!othersSayIt)
            {
                into.MissingContext = noted[0].Context;
                return;
            }

            foreach (var (context, path, behind) in noted)
            {
                var message = $"absent, null or empty: the {context}, which others of the list say";
                into.Refusals.Add(new Refusal(RefusalCode.MissingField, message, path) { Behind = behind });
            }
        }
    }
}
