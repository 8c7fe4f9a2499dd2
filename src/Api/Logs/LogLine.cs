using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Serilog.Events;

namespace AkkaCrypto.Api.Logs;

/// <summary>
/// One line of the log: a JSON object that begins with <c>time</c> (UTC, milliseconds) and <c>level</c>, so that a reader tells from the
/// first bytes whether it wants the rest; then <c>kind</c> (<c>request</c>, <c>admin</c>, <c>worker</c>), <c>message</c>, and what the
/// event says of itself under snake_case names (<c>source</c>, <c>trace_id</c>, <c>key_id</c>, <c>route</c>, …).
/// </summary>
internal static class LogLine
{
    /// <summary>Longest text of one property.</summary>
    private const int LongestText = 8 * 1024;

    private const int LongestException = 16 * 1024;

    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>Where a line's time stands: behind <c>{"time":"</c>.</summary>
    public const int TimeOffset = 9;

    public const int TimeLength = 24;

    /// <summary>Where the level stands: behind the time and <c>","level":"</c>.</summary>
    public const int LevelOffset = TimeOffset + TimeLength + 11;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    /// <summary>With its line feed. Valid until the thread's next call.</summary>
    public static ReadOnlySpan<byte> Of(LogEvent logEvent)
    {
        var whole = Write(logEvent, withProperties: true);
        return whole.Length <= LogFiles.LongestLine ? whole : Write(logEvent, withProperties: false);
    }

    public static string Text(DateTimeOffset time) => time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);

    public static byte[] Dropped(DateTimeOffset time, long lines) => Encoding.UTF8.GetBytes(string.Create(
        CultureInfo.InvariantCulture,
        $$"""{"time":"{{Text(time)}}","level":"warning","kind":"worker","source":"Logs","message":"{{lines}} lines of this log were dropped since the start: the disk did not keep up"}{{'\n'}}"""));

    public static string LevelOf(LogEventLevel level) => level switch
    {
        LogEventLevel.Verbose => "verbose",
        LogEventLevel.Debug => "debug",
        LogEventLevel.Information => "information",
        LogEventLevel.Warning => "warning",
        LogEventLevel.Error => "error",
        LogEventLevel.Fatal => "fatal",
        _ => "information",
    };

    private static ReadOnlySpan<byte> Write(LogEvent logEvent, bool withProperties)
    {
        var buffer = _buffer ??= new ArrayBufferWriter<byte>(1024);
        buffer.ResetWrittenCount();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true }))
        {
            json.WriteStartObject();
            json.WriteString("time"u8, Text(logEvent.Timestamp));
            json.WriteString("level"u8, LevelOf(logEvent.Level));
            json.WriteString("kind"u8, KindOf(logEvent));
            WriteText(json, "message", logEvent.RenderMessage(CultureInfo.InvariantCulture), LongestText);
            if (withProperties)
            {
                foreach (var (name, value) in logEvent.Properties)
                {
                    WriteProperty(json, name, value);
                }
            }
            else
            {
                json.WriteBoolean("truncated"u8, true);
            }

            if (logEvent.Exception is { } exception)
            {
                WriteText(json, "exception", exception.ToString(), LongestException);
            }

            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan;
    }

    private static string KindOf(LogEvent logEvent) =>
        logEvent.Properties.TryGetValue("Kind", out var kind) && kind is ScalarValue { Value: string text } ? text : "worker";

    private static void WriteProperty(Utf8JsonWriter json, string name, LogEventPropertyValue value)
    {
        if (name is "Kind" or "EventId")
        {
            return;
        }

        var key = name == "SourceContext" ? "source" : JsonNamingPolicy.SnakeCaseLower.ConvertName(name);
        switch (value)
        {
            case ScalarValue { Value: null }: json.WriteNull(key); break;
            case ScalarValue { Value: bool flag }: json.WriteBoolean(key, flag); break;
            case ScalarValue { Value: int number }: json.WriteNumber(key, number); break;
            case ScalarValue { Value: long number }: json.WriteNumber(key, number); break;
            case ScalarValue { Value: double number } when double.IsFinite(number): json.WriteNumber(key, number); break;
            case ScalarValue { Value: string text }: WriteText(json, key, text, LongestText); break;
            case ScalarValue { Value: IFormattable other }:
                WriteText(json, key, other.ToString(null, CultureInfo.InvariantCulture), LongestText);
                break;
            default: WriteText(json, key, value.ToString(null, CultureInfo.InvariantCulture), LongestText); break;
        }
    }

    private static void WriteText(Utf8JsonWriter json, string name, string text, int longest) =>
        json.WriteString(name, LogSecrets.Hidden(text.Length <= longest ? text : string.Concat(text.AsSpan(0, longest), " …")));
}
