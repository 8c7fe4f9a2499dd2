using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Unicode;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Feeds;

namespace AkkaCrypto.Pipeline.Ops;

/// <summary>The JSON form of dead letters, the same in the API's answers and on the command line.</summary>
public static class DeadLetterJson
{
    private static readonly JsonSerializerOptions Snake = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>One letter without its payload.</summary>
    public static void Write(Utf8JsonWriter json, KeptLetter letter)
    {
        json.WriteStartObject();
        WriteFields(json, letter);
        json.WriteEndObject();
    }

    /// <summary>One letter with its payload: as text where it is UTF-8, else in base64, as <c>encoding</c> says; exact in both.</summary>
    public static void Write(Utf8JsonWriter json, WholeLetter whole)
    {
        json.WriteStartObject();
        WriteFields(json, whole.Letter);
        json.WritePropertyName("context"u8);
        JsonSerializer.Serialize(json, whole.Context, Snake);
        var isText = Utf8.IsValid(whole.Payload);
        json.WriteString("encoding"u8, isText ? "utf-8" : "base64");
        if (isText)
        {
            json.WriteString("payload"u8, whole.Payload);
        }
        else
        {
            json.WriteBase64String("payload"u8, whole.Payload);
        }

        json.WriteEndObject();
    }

    /// <summary>What came of one replay.</summary>
    public static void Write(Utf8JsonWriter json, ReplayedLetter replayed)
    {
        json.WriteStartObject();
        json.WriteNumber("id"u8, replayed.Id);
        json.WriteString("state"u8, State(replayed.Replay.Code is null));
        WriteReplay(json, replayed.Replay);
        json.WriteEndObject();
    }

    /// <summary>What a purge took away: the sums, and each group of provider, dataset and reason.</summary>
    public static void Write(Utf8JsonWriter json, IReadOnlyList<PurgedLetters> purged)
    {
        json.WriteStartObject();
        json.WriteNumber("purged"u8, purged.Sum(group => group.Letters));
        json.WriteNumber("bytes"u8, purged.Sum(group => group.Bytes));
        json.WriteStartArray("by"u8);
        foreach (var group in purged)
        {
            json.WriteStartObject();
            json.WriteString("provider"u8, group.Provider);
            json.WriteString("dataset"u8, group.Dataset);
            json.WriteString("code"u8, group.ReasonCode);
            json.WriteNumber("purged"u8, group.Letters);
            json.WriteNumber("bytes"u8, group.Bytes);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary><c>attempted</c> and the disjoint outcomes of it, as fields of an object that the caller opened.</summary>
    public static void WriteCounts(Utf8JsonWriter json, IngestCounts counts)
    {
        json.WriteNumber("attempted"u8, counts.Attempted);
        json.WriteNumber("inserted"u8, counts.Inserted);
        json.WriteNumber("skipped"u8, counts.Skipped);
        json.WriteNumber("differing"u8, counts.Differing);
        json.WriteNumber("revised"u8, counts.Revised);
        json.WriteNumber("rejected"u8, counts.Rejected);
    }

    internal static string Encode(IngestCounts counts) => JsonSerializer.Serialize(counts, Snake);

    internal static string Encode(ReplyContext context) => JsonSerializer.Serialize(context, Snake);

    internal static IngestCounts DecodeCounts(string json) => JsonSerializer.Deserialize<IngestCounts>(json, Snake);

    internal static ReplyContext? DecodeContext(string json) => JsonSerializer.Deserialize<ReplyContext>(json, Snake);

    private static void WriteFields(Utf8JsonWriter json, KeptLetter letter)
    {
        json.WriteNumber("id"u8, letter.Id);
        json.WriteString("provider"u8, letter.Series.Provider);
        json.WriteString("dataset"u8, letter.Series.Dataset);
        json.WriteString("series"u8, letter.Series.Series);
        json.WriteString("kind"u8, DeadLetterStatements.Text(letter.Kind));
        json.WriteString("origin"u8, letter.Origin);
        json.WriteString("code"u8, letter.ReasonCode);
        json.WriteString("reason"u8, letter.Reason);
        json.WriteNumber("bytes"u8, letter.Bytes);
        json.WriteString("first_seen_at"u8, Text(letter.FirstSeenAt));
        json.WriteString("last_seen_at"u8, Text(letter.LastSeenAt));
        json.WriteNumber("times"u8, letter.Times);
        json.WriteString("state"u8, State(letter.Replayed));
        json.WriteNumber("replays"u8, letter.Replays);
        if (letter.LastReplay is { } last)
        {
            json.WriteStartObject("last_replay"u8);
            WriteReplay(json, last);
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("last_replay"u8);
        }
    }

    private static void WriteReplay(Utf8JsonWriter json, LastReplay replay)
    {
        json.WriteString("at"u8, Text(replay.At));
        json.WriteString("code"u8, replay.Code);
        json.WriteString("reason"u8, replay.Reason);
        if (replay.Counts is { } counts)
        {
            json.WriteStartObject("counts"u8);
            WriteCounts(json, counts);
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("counts"u8);
        }
    }

    private static string State(bool replayed) => replayed ? "replayed" : "open";

    private static string Text(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture);
}
