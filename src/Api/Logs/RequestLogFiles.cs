using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace AkkaCrypto.Api.Logs;

/// <summary>Writes request lines, by hand and on the stack: there are as many of them as requests.</summary>
/// <param name="files">Null: nothing is kept.</param>
public sealed class RequestLogFiles(LogFiles? files)
{
    private const int LongestLine = 1024;

    public void Append(in RequestLine line)
    {
        if (files is null)
        {
            return;
        }

        Span<byte> text = stackalloc byte[LongestLine];
        // Route patterns, key ids and trace ids are short; a line that isn't is cut before it is one, and loses only its optional part.
        if (TryWrite(line, text, out var length) || TryWrite(line with { KeyId = null, Route = null, TraceId = "" }, text, out length))
        {
            files.AppendRequest(text[..length]);
        }
    }

    private static bool TryWrite(in RequestLine line, Span<byte> text, out int length)
    {
        length = 0;
        return Append(text, ref length, "{\"time\":\"")
            && AppendTime(text, ref length, line.Time)
            && Append(text, ref length, "\",\"level\":\"") && Append(text, ref length, line.Level)
            && Append(text, ref length, "\",\"kind\":\"request\",\"trace_id\":") && AppendText(text, ref length, line.TraceId)
            && Append(text, ref length, ",\"key_id\":") && AppendText(text, ref length, line.KeyId)
            && Append(text, ref length, ",\"method\":") && AppendText(text, ref length, line.Method)
            && Append(text, ref length, ",\"route\":") && AppendText(text, ref length, line.Route)
            && Append(text, ref length, ",\"status\":") && AppendNumber(text, ref length, line.Status, "D")
            && Append(text, ref length, ",\"outcome\":\"") && Append(text, ref length, line.Outcome)
            && Append(text, ref length, "\",\"milliseconds\":") && AppendNumber(text, ref length, line.Milliseconds, "F3")
            && Append(text, ref length, "}\n");
    }

    private static bool Append(Span<byte> text, ref int length, string ascii)
    {
        var fits = Ascii.FromUtf16(ascii, text[length..], out var written) == System.Buffers.OperationStatus.Done;
        length += written;
        return fits;
    }

    private static bool AppendTime(Span<byte> text, ref int length, DateTimeOffset time)
    {
        // 2026-01-31T12:00:00.0000000Z: cut at the milliseconds.
        if (text.Length - length < 32 || !Utf8Formatter.TryFormat(time.UtcDateTime, text[length..], out _, 'O'))
        {
            return false;
        }

        length += LogLine.TimeLength;
        text[length - 1] = (byte)'Z';
        return true;
    }

    private static bool AppendNumber<T>(Span<byte> text, ref int length, T number, string format)
        where T : IUtf8SpanFormattable
    {
        var fits = number.TryFormat(text[length..], out var written, format, CultureInfo.InvariantCulture);
        length += written;
        return fits;
    }

    /// <summary>As a JSON string. What would need escaping is no id of ours, and is left out.</summary>
    private static bool AppendText(Span<byte> text, ref int length, string? value)
    {
        if (value is null)
        {
            return Append(text, ref length, "null");
        }

        var start = length + 1;
        if (!Append(text, ref length, "\"") || Utf8.FromUtf16(value, text[length..], out _, out var written)
            != System.Buffers.OperationStatus.Done)
        {
            return false;
        }

        length += written;
        foreach (ref var b in text[start..length])
        {
            b = b is (byte)'"' or (byte)'\\' or < (byte)' ' ? (byte)'?' : b;
        }

        return Append(text, ref length, "\"");
    }
}
