using System.Buffers;
using System.Buffers.Text;
using System.Text.Unicode;

namespace AkkaCrypto.Api.Logs;

/// <summary>Writes request lines, by hand and on the stack: there are as many of them as requests.</summary>
/// <param name="files">Null: nothing is kept.</param>
public sealed class RequestLogFiles(LogFiles? files)
{
    private const int LongestLine = 1024;

    private static readonly SearchValues<byte> Escaped = SearchValues.Create(
        [.. Enumerable.Range(0, ' ').Select(control => (byte)control), (byte)'"', (byte)'\\']);

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
        return Append(text, ref length, "{\"time\":\""u8)
            && AppendTime(text, ref length, line.Time)
            && Append(text, ref length, "\",\"level\":\""u8) && Append(text, ref length, line.Level)
            && Append(text, ref length, "\",\"kind\":\"request\",\"trace_id\":"u8) && AppendText(text, ref length, line.TraceId)
            && Append(text, ref length, ",\"key_id\":"u8) && AppendText(text, ref length, line.KeyId)
            && Append(text, ref length, ",\"method\":"u8) && AppendText(text, ref length, line.Method)
            && Append(text, ref length, ",\"route\":"u8) && AppendText(text, ref length, line.Route)
            && Append(text, ref length, ",\"status\":"u8) && AppendNumber(text, ref length, line.Status)
            && Append(text, ref length, ",\"outcome\":\""u8) && Append(text, ref length, line.Outcome)
            && Append(text, ref length, "\",\"milliseconds\":"u8) && AppendThousandths(text, ref length, line.Milliseconds)
            && Append(text, ref length, "}\n"u8);
    }

    private static bool Append(Span<byte> text, ref int length, ReadOnlySpan<byte> ascii)
    {
        if (!ascii.TryCopyTo(text[length..]))
        {
            return false;
        }

        length += ascii.Length;
        return true;
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

    private static bool AppendNumber(Span<byte> text, ref int length, long number)
    {
        var fits = Utf8Formatter.TryFormat(number, text[length..], out var written);
        length += written;
        return fits;
    }

    /// <summary>With three decimals, by whole numbers: to format a binary fraction takes several times as long.</summary>
    private static bool AppendThousandths(Span<byte> text, ref int length, double value)
    {
        var (whole, thousandths) = Math.DivRem((long)Math.Round(value * 1000, MidpointRounding.AwayFromZero), 1000L);
        if (!AppendNumber(text, ref length, whole) || text.Length - length < 4)
        {
            return false;
        }

        text[length] = (byte)'.';
        Utf8Formatter.TryFormat(thousandths, text[(length + 1)..], out _, new StandardFormat('D', 3));
        length += 4;
        return true;
    }

    /// <summary>As a JSON string. What would need escaping is no id of ours, and is left out.</summary>
    private static bool AppendText(Span<byte> text, ref int length, string? value)
    {
        if (value is null)
        {
            return Append(text, ref length, "null"u8);
        }

        var start = length + 1;
        if (!Append(text, ref length, "\""u8)
            || Utf8.FromUtf16(value, text[length..], out _, out var written) != OperationStatus.Done)
        {
            return false;
        }

        length += written;
        var left = text[start..length];
        while (left.IndexOfAny(Escaped) is >= 0 and var at)
        {
            left[at] = (byte)'?';
            left = left[(at + 1)..];
        }

        return Append(text, ref length, "\""u8);
    }
}
