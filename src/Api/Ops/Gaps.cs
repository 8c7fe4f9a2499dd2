using System.Buffers;
using System.Text.Json;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Api.Validation;
using AkkaCrypto.Pipeline.Market;
using AkkaCrypto.Pipeline.Ops;

namespace AkkaCrypto.Api.Ops;

/// <summary>What <see cref="Gaps"/> reads.</summary>
public interface IGapReads
{
    /// <summary>Gaps in the order in which they were registered, after the one with the id <paramref name="after"/>.</summary>
    Task<IReadOnlyList<RegisteredGap>> ListAsync(GapFilter filter, long after, int limit, CancellationToken cancellationToken);
}

/// <summary>The register in PostgreSQL.</summary>
public sealed class StoredGaps(GapRegister gaps) : IGapReads
{
    public Task<IReadOnlyList<RegisteredGap>> ListAsync(
        GapFilter filter, long after, int limit, CancellationToken cancellationToken) =>
        gaps.ListAsync(filter, after, limit, cancellationToken);
}

/// <summary><c>/admin/gaps</c>: the gap register, in pages.</summary>
public sealed class Gaps(IGapReads gaps)
{
    private const int DefaultLimit = 100;
    private const int MostLimit = 1000;
    private const int LongestSeries = 255;

    public static readonly IReadOnlyList<Parameter> Parameters =
    [
        new("provider", "Only of this provider.", "coinone"),
        new("dataset", "Only of this dataset: trades, market_chart, …", "trades"),
        new("series", "Only of this series, as the list names it.", "btc-krw"),
        new("state", "Without it all that are not filled.", "open", OneOf: GapStates.All),
        new("limit", "1 to 1000, default 100.", "100", IsInteger: true),
        new("cursor", "next_cursor of an earlier answer.", "Znw3fA"),
    ];

    public sealed record Request(GapFilter Filter, long After, int Limit);

    public static Request Parse(Query query)
    {
        var state = query.OneOf("state", GapStates.All);
        var series = query.Optional("series");
        if (series is { Length: > LongestSeries } || series?.Contains('\0', StringComparison.Ordinal) == true)
        {
            query.Fault("series", $"must be 1 to {LongestSeries} characters without NUL");
        }

        var filter = new GapFilter(
            query.Optional("provider") is null ? null : query.Name("provider"),
            query.Optional("dataset") is null ? null : query.Name("dataset"), series,
            state is { Length: > 0 } ? GapStates.Parse(state) : null);
        return new Request(filter, After(query), query.Integer("limit", DefaultLimit, 1, MostLimit));
    }

    public async ValueTask<Answer> AnswerAsync(Request request, CancellationToken cancellationToken)
    {
        var page = await gaps.ListAsync(request.Filter, request.After, request.Limit + 1, cancellationToken);
        var buffer = new ArrayBufferWriter<byte>(64 + (384 * page.Count));
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartArray("data"u8);
            foreach (var gap in page.Take(request.Limit))
            {
                gap.WriteTo(json);
            }

            json.WriteEndArray();
            json.WriteString(
                "next_cursor"u8, page.Count > request.Limit ? new PageCursor(true, page[request.Limit - 1].Id, "").ToString() : null);
            json.WriteEndObject();
        }

        return Answer.Of(buffer.WrittenMemory);
    }

    // The place in a cursor is a gap's id: it keeps its place while intervals shrink.
    private static long After(Query query)
    {
        if (query.Cursor("cursor") is not { } cursor)
        {
            return 0;
        }

        if (!cursor.Forwards || cursor.TimeNs < 0 || cursor.Id.Length > 0)
        {
            query.Fault("cursor", "must be a next_cursor of an earlier answer");
        }

        return cursor.TimeNs;
    }
}
