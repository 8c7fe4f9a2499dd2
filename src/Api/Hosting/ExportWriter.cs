using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using AkkaCrypto.Api.Validation;
using AkkaCrypto.Contracts.Market;

namespace AkkaCrypto.Api.Hosting;

/// <summary>
/// Streams records as NDJSON, one normalised record a line, or as CSV (RFC 4180) with the record's own fields as columns and nothing for
/// null. Holds one record at a time. A failure under way cuts the connection, so that a part is never taken for the whole.
/// </summary>
public static class ExportWriter
{
    /// <summary>Written bytes are sent at this size, which is where a slow client slows the reading of the database.</summary>
    private const int FlushSize = 32 * 1024;

    /// <param name="records">Already moved to its first record.</param>
    public static async Task WriteAsync(HttpContext context, string media, IAsyncEnumerator<NormalisedRecord> records)
    {
        context.Response.ContentType = TypeOf(media);
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        var output = context.Response.BodyWriter;
        var line = new ArrayBufferWriter<byte>(512);
        await using var json = new Utf8JsonWriter(line);
        var isFirst = true;
        do
        {
            line.ResetWrittenCount();
            Encode(json, line, records.Current);
            Append(output, media, line.WrittenSpan, isFirst);
            isFirst = false;
            if (output.UnflushedBytes >= FlushSize)
            {
                await output.FlushAsync(context.RequestAborted);
            }
        }
        while (await records.MoveNextAsync());

        await output.FlushAsync(context.RequestAborted);
    }

    /// <summary>An export without a record: as CSV the columns' names alone.</summary>
    /// <param name="sample">Any record of the kind.</param>
    public static async Task WriteEmptyAsync(HttpContext context, string media, NormalisedRecord? sample)
    {
        context.Response.ContentType = TypeOf(media);
        if (media != Media.Csv || sample is null || HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        var line = new ArrayBufferWriter<byte>(512);
        await using var json = new Utf8JsonWriter(line);
        Encode(json, line, sample);
        AppendRow(context.Response.BodyWriter, line.WrittenSpan, names: true);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    private static string TypeOf(string media) => media == Media.Csv ? "text/csv; charset=utf-8; header=present" : media;

    private static void Encode(Utf8JsonWriter json, ArrayBufferWriter<byte> line, NormalisedRecord record)
    {
        json.Reset(line);
        NormalisedJson.Write(json, record);
        json.Flush();
    }

    private static void Append(PipeWriter output, string media, ReadOnlySpan<byte> record, bool isFirst)
    {
        if (media == Media.Ndjson)
        {
            output.Write(record);
            output.Write("\n"u8);
            return;
        }

        if (isFirst)
        {
            AppendRow(output, record, names: true);
        }

        AppendRow(output, record, names: false);
    }

    /// <summary>The fields' names, or their values, but <c>kind</c>, which is the same on every row.</summary>
    private static void AppendRow(PipeWriter output, ReadOnlySpan<byte> record, bool names)
    {
        var reader = new Utf8JsonReader(record);
        var isFirst = true;
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isKind = reader.ValueTextEquals("kind"u8);
            var name = reader.ValueSpan;
            reader.Read();
            if (isKind)
            {
                continue;
            }

            if (!isFirst)
            {
                output.Write(","u8);
            }

            isFirst = false;
            AppendField(output, names ? name : reader.TokenType == JsonTokenType.Null ? default : ValueOf(ref reader));
        }

        output.Write("\r\n"u8);
    }

    private static ReadOnlySpan<byte> ValueOf(ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
        {
            return reader.ValueSpan;
        }

        var text = new byte[reader.ValueSpan.Length];
        return text.AsSpan(0, reader.CopyString(text));
    }

    private static void AppendField(PipeWriter output, ReadOnlySpan<byte> field)
    {
        if (field.IndexOfAny(",\"\r\n"u8) < 0)
        {
            output.Write(field);
            return;
        }

        output.Write("\""u8);
        foreach (var part in field)
        {
            output.Write(part == '"' ? "\"\""u8 : [part]);
        }

        output.Write("\""u8);
    }
}
