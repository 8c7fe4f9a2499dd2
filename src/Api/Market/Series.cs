using System.Buffers;
using System.Text.Json;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Api.Validation;
using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Market;

namespace AkkaCrypto.Api.Market;

/// <summary>What the paged series (trades, on-chain points) have in common: the parameters of a page, and the answer's shape.</summary>
public static class Series
{
    private const int DefaultLimit = 100;
    private const int MostLimit = 1000;

    public static readonly IReadOnlyList<Parameter> PageParameters =
    [
        new("from", "Inclusive; ISO 8601 or Unix seconds. With it the first records from there come; without it the newest.",
            "2026-01-01T00:00:00Z"),
        new("to", "Exclusive; ISO 8601 or Unix seconds.", "2026-02-01T00:00:00Z"),
        new("limit", "1 to 1000, default 100. An export is the whole range.", "100", IsInteger: true),
        new("cursor", "next_cursor of an earlier answer; stays in place under inserts.", "YnwxNzY3MjI1NjAwMDAwMDAwMDAwfDE"),
    ];

    public static readonly Parameter AsOfParameter = new(
        "as_of", "A moment of the past, ISO 8601 or Unix seconds: the answer is what was known then, and never changes. Default now.",
        "2026-01-15T00:00:00Z");

    /// <summary>
    /// A moment before now, to the microsecond: what is stored later than that moment is not part of the answer, and what will be stored
    /// from now on is stored later. What is past stays past, so that a query may be kept once it was read.
    /// </summary>
    public static DateTimeOffset? ParseAsOf(Query query, DateTimeOffset now)
    {
        var asOf = query.Time("as_of");
        if (asOf >= now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond)))
        {
            query.Fault("as_of", "must be in the past: what will be known can't be asked for");
        }

        return asOf;
    }

    public static PageRequest ParsePage(Query query)
    {
        var from = query.Time("from");
        var to = query.Time("to");
        if (from >= to)
        {
            query.Fault("to", "must be after from");
        }

        return new PageRequest(from, to, query.Integer("limit", DefaultLimit, 1, MostLimit), query.Cursor("cursor"));
    }

    /// <summary>Whether the page is the live end of the series, which must be fresh; history may be as old as it is.</summary>
    public static bool IsNewest(PageRequest page) => page is { From: null, To: null, Cursor: null };

    /// <summary><c>{"data":[…],"next_cursor":…|null}</c></summary>
    /// <param name="newest">Time of the newest record; null for an empty page.</param>
    public static Answer Encode<TRecord>(Page<TRecord> page, ProviderTime? newest, Freshness? freshness)
        where TRecord : NormalisedRecord
    {
        var buffer = new ArrayBufferWriter<byte>(64 + (192 * page.Records.Count));
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartArray("data"u8);
            foreach (var record in page.Records)
            {
                NormalisedJson.Write(json, record);
            }

            json.WriteEndArray();
            json.WriteString("next_cursor"u8, page.Next?.ToString());
            json.WriteEndObject();
        }

        return newest is { } time
            ? Answer.Of(buffer.WrittenMemory, time.ToDateTimeOffset(), time.ToString(), freshness)
            : Answer.Of(buffer.WrittenMemory);
    }
}
