using System.Buffers;
using System.Text.Json;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;

namespace AkkaCrypto.Pipeline.Ops;

/// <summary>Dead letters for single normalised records: the payload is the record's own JSON.</summary>
internal static class RecordLetters
{
    /// <summary>Such a letter comes from a batch of records; which request brought it, the batch doesn't know.</summary>
    private const string Origin = "batch";

    public static DeadLetter Differing(NormalisedRecord record, SeriesKey series, string key, DateTimeOffset seenAt) => new(
        series, Origin, new Refusal(RefusalCode.Differing, $"{record.Kind} {key} of {series} is stored with other content, which stays."),
        Json(record), seenAt) { Kind = DeadLetterKind.Record };

    public static DeadLetter Rejected(NormalisedRecord record, SeriesKey series, Refusal refusal, DateTimeOffset seenAt) =>
        new(series, Origin, refusal, Json(record), seenAt) { Kind = DeadLetterKind.Record };

    /// <summary>The provider that a batch came from: its progress names it; a record's own series doesn't.</summary>
    public static string Provider(IReadOnlyList<SeriesProgress> progress) =>
        progress.Select(of => of.Position?.Series.Provider ?? of.Gap?.Series.Provider ?? of.Shown?.Series.Provider)
            .FirstOrDefault(provider => provider is not null) ?? "unknown";

    private static byte[] Json(NormalisedRecord record)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            NormalisedJson.Write(json, record);
        }

        return buffer.WrittenSpan.ToArray();
    }
}
