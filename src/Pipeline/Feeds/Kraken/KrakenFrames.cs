using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds.Reading;

namespace AkkaCrypto.Pipeline.Feeds.Kraken;

/// <summary>Makes a record of one object of a frame's data; null once it has been refused.</summary>
internal delegate NormalisedRecord? KrakenObject(in Reply reply, in Element element);

/// <summary>The lists <c>data</c> of the socket v2, whose objects each state their symbol.</summary>
internal static class KrakenFrames
{
    private const int MostFields = 16;

    /// <param name="list">The list as JSON of its own.</param>
    public static void Read(
        ReadOnlySpan<byte> list, in Reply reply, FieldNames names, KrakenObject read, string path = "$.data")
    {
        var reader = new Utf8JsonReader(list);
        reader.Read();
        Span<JsonField> fields = stackalloc JsonField[MostFields];
        fields = fields[..names.Count];
        for (var index = 0; reader.Read() && reader.TokenType is not JsonTokenType.EndArray && !reply.IsHopeless; index++)
        {
            if (reader.TokenType is not JsonTokenType.StartObject)
            {
                reader.Skip();
                reply.Refuse(RefusalCode.UnexpectedShape, "not an object", new ElementPath(path, index).ToString());
                continue;
            }

            names.Read(ref reader, fields);
            if (read(reply, new Element(list, fields, names, reply.Into, new ElementPath(path, index))) is { } record)
            {
                reply.Into.Records.Add(record);
            }
        }
    }
}
