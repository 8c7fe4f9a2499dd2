using System.Buffers;
using System.Text;
using System.Text.Json;
using AkkaCrypto.Contracts.Market;

namespace AkkaCrypto.Api.Streaming;

/// <summary>
/// Events in their form on the wire: lines <c>id</c>, <c>event</c> and <c>data</c>, and an empty one. JSON has no line break of its own, so
/// one line of data is enough.
/// </summary>
internal static class EventFrame
{
    public static readonly ReadOnlyMemory<byte> Comment = ":\n\n"u8.ToArray();

    public static void Append(ArrayBufferWriter<byte> output, Utf8JsonWriter json, EventId id, NormalisedRecord record)
    {
        Head(output, id, record.Kind);
        json.Reset(output);
        NormalisedJson.Write(json, record);
        json.Flush();
        output.Write("\n\n"u8);
    }

    /// <summary>What could not be shown: from (inclusive) and to (exclusive) by the provider's time, ISO 8601, and where it can be
    /// fetched.</summary>
    /// <param name="id">Of the place that the stream goes on from.</param>
    /// <param name="from">Null where nothing is known of it.</param>
    public static ReadOnlyMemory<byte> Missed(EventId id, string? from, string to, string url)
    {
        var output = new ArrayBufferWriter<byte>(512);
        Head(output, id, "missed");
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("from"u8, from);
            json.WriteString("to"u8, to);
            json.WriteString("url"u8, url);
            json.WriteEndObject();
        }

        output.Write("\n\n"u8);
        return output.WrittenMemory;
    }

    public static ReadOnlyMemory<byte> Retry(TimeSpan wait) => Encoding.ASCII.GetBytes($"retry: {(long)wait.TotalMilliseconds}\n\n");

    public static ReadOnlyMemory<byte> Says(string comment) => Encoding.UTF8.GetBytes($": {comment}\n\n");

    private static void Head(ArrayBufferWriter<byte> output, EventId id, string name)
    {
        output.Write("id: "u8);
        Encoding.ASCII.GetBytes(id.ToString(), output);
        output.Write("\nevent: "u8);
        Encoding.ASCII.GetBytes(name, output);
        output.Write("\ndata: "u8);
    }
}
