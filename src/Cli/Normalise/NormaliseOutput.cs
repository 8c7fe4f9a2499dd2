using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds;

namespace AkkaCrypto.Cli.Normalise;

/// <summary>Records to one stream and refusals to the other, one JSON object a line.</summary>
internal sealed class NormaliseOutput(Stream stdout, TextWriter stderr)
{
    private const int FlushAt = 64 * 1024;

    /// <summary>A terminal or a file is no web page: letters stay letters.</summary>
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ArrayBufferWriter<byte> buffer = new(FlushAt);
    private long rounded;
    private long unread;

    public bool Refused { get; private set; }

    /// <summary>The first thing that a reply left out and nobody gave.</summary>
    public string? MissingContext { get; private set; }

    /// <param name="line">Number of the frame's line in the input; null for a whole reply.</param>
    public async Task WriteAsync(Normalised normalised, long? line, CancellationToken cancellationToken)
    {
        rounded += normalised.Rounded;
        unread += normalised.Unread;
        MissingContext ??= normalised.MissingContext;
        Refused |= normalised.Refusals.Count > 0;
        await using var json = new Utf8JsonWriter(buffer, Options);
        foreach (var record in normalised.Records)
        {
            NormalisedJson.Write(json, record);
            EndLine(json);
            if (buffer.WrittenCount >= FlushAt)
            {
                await FlushAsync(cancellationToken);
            }
        }

        foreach (var refusal in normalised.Refusals)
        {
            await stderr.WriteLineAsync(Text(refusal, line).AsMemory(), cancellationToken);
        }
    }

    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        await stdout.WriteAsync(buffer.WrittenMemory, cancellationToken);
        await stdout.FlushAsync(cancellationToken);
        buffer.ResetWrittenCount();
    }

    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        await FlushAsync(cancellationToken);
        if (rounded > 0)
        {
            await stderr.WriteLineAsync($$"""{"rounded":{{rounded}}}""".AsMemory(), cancellationToken);
        }

        if (unread > 0)
        {
            await stderr.WriteLineAsync($$"""{"unread":{{unread}}}""".AsMemory(), cancellationToken);
        }

        await stderr.FlushAsync(cancellationToken);
    }

    private void EndLine(Utf8JsonWriter json)
    {
        json.Flush();
        json.Reset();
        buffer.Write("\n"u8);
    }

    private static string Text(Refusal refusal, long? line)
    {
        var text = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(text, Options))
        {
            json.WriteStartObject();
            json.WriteString("code"u8, refusal.Code.Text());
            json.WriteString("path"u8, refusal.Path);
            json.WriteString("message"u8, refusal.Message);
            json.WriteString("provider_code"u8, refusal.ProviderCode);
            if (line is { } number)
            {
                json.WriteNumber("line"u8, number);
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(text.WrittenSpan);
    }
}
