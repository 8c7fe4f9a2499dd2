using System.Buffers;
using System.Text.Json;

namespace AkkaCrypto.Contracts.Market;

/// <summary>
/// Records as text for other programs: NDJSON, one normalised record a line, or CSV (RFC 4180) with the record's own fields as columns and
/// nothing for null. The API streams it, the CLI exports it. Holds one record at a time.
/// </summary>
public sealed class NormalisedLines : IDisposable
{
    private readonly ArrayBufferWriter<byte> _record = new(512);
    private readonly Utf8JsonWriter _json;
    private readonly bool _isCsv;

    /// <param name="isCsv">Else NDJSON.</param>
    public NormalisedLines(bool isCsv) => (_isCsv, _json) = (isCsv, new Utf8JsonWriter(_record));

    /// <summary>To be called once, before any record: the names of CSV's columns, which stand there without a row too; nothing of
    /// NDJSON.</summary>
    /// <param name="blank">Any record of the kind that follows, see <see cref="BlankRecords"/>.</param>
    public void Begin(IBufferWriter<byte> output, NormalisedRecord blank)
    {
        if (_isCsv)
        {
            Encode(blank);
            AppendRow(output, _record.WrittenSpan, names: true);
        }
    }

    public void Append(IBufferWriter<byte> output, NormalisedRecord record)
    {
        Encode(record);
        if (_isCsv)
        {
            AppendRow(output, _record.WrittenSpan, names: false);
            return;
        }

        output.Write(_record.WrittenSpan);
        output.Write("\n"u8);
    }

    public void Dispose() => _json.Dispose();

    private void Encode(NormalisedRecord record)
    {
        _record.ResetWrittenCount();
        _json.Reset(_record);
        NormalisedJson.Write(_json, record);
        _json.Flush();
    }

    /// <summary>The fields' names, or their values, but <c>kind</c>, which is the same on every row.</summary>
    private static void AppendRow(IBufferWriter<byte> output, ReadOnlySpan<byte> record, bool names)
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

    private static void AppendField(IBufferWriter<byte> output, ReadOnlySpan<byte> field)
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
