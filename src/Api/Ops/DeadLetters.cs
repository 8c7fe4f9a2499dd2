using System.Buffers;
using System.Globalization;
using System.Text.Json;
using AkkaCrypto.Api.Errors;
using AkkaCrypto.Api.Hosting;
using AkkaCrypto.Api.Validation;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Pipeline.Ops;

namespace AkkaCrypto.Api.Ops;

/// <summary><c>/admin/dead-letters</c>: list, inspect, replay and purge what could not be taken.</summary>
public sealed partial class DeadLetters(DeadLetterStore store, DeadLetterReplay replay, AuditLog audit, ILogger<DeadLetters> log)
{
    public const string Path = "/admin/dead-letters";

    private const int DefaultLimit = 100;
    private const int MostLimit = 1000;

    public static readonly IReadOnlyList<Parameter> FilterParameters =
    [
        new("provider", "Name of the provider.", "coinone"),
        new("dataset", "Name of the dataset.", "trades"),
        new("series", "Name of the series within its dataset.", "btc-krw"),
        new("code", "Code of the reason.", "malformed_json"),
        new("reason", "The former name of code.", "malformed_json"),
        new("state", "open, or replayed: everything of the letter is stored.", "open", OneOf: ["open", "replayed"]),
        new("from", "Last seen at or after it; ISO 8601 or Unix seconds.", "2026-01-01T00:00:00Z"),
        new("to", "Last seen before it; ISO 8601 or Unix seconds.", "2026-02-01T00:00:00Z"),
    ];

    public static readonly IReadOnlyList<Parameter> ListParameters =
    [
        .. FilterParameters,
        new("limit", "1 to 1000, default 100.", "100", IsInteger: true),
        new("cursor", "next_cursor of an earlier answer; stays in place while letters come.", "4711"),
    ];

    public static readonly Parameter IdParameter = new("id", "Of the letter.", "4711", Required: true, IsInteger: true);

    public sealed record Request(DeadLetterFilter Filter, int Limit, long? Cursor);

    public static Request ParseList(Query query) =>
        new(ParseFilter(query), query.Integer("limit", DefaultLimit, 1, MostLimit), ParseCursor(query));

    /// <summary>As <see cref="ParseList"/>, but all letters at once must be meant in words: a forgotten filter replays nothing.</summary>
    public static Request ParseMany(Query query)
    {
        var request = ParseList(query);
        RefuseNoFilter(query, request.Filter);
        return request;
    }

    public static Request ParsePurge(Query query)
    {
        var filter = ParseFilter(query);
        RefuseNoFilter(query, filter);
        return new Request(filter, 0, null);
    }

    public async ValueTask<Answer> ListAsync(Request request, CancellationToken cancellationToken)
    {
        var letters = await store.ListAsync(request.Filter, request.Cursor, request.Limit, cancellationToken);
        return Encode(json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("data"u8);
            foreach (var letter in letters)
            {
                DeadLetterJson.Write(json, letter);
            }

            json.WriteEndArray();
            WriteCursor(json, letters.Count == request.Limit ? letters[^1].Id : null);
            json.WriteEndObject();
        });
    }

    public async ValueTask<Answer> ShowAsync(Target target, NoRequest request, CancellationToken cancellationToken) =>
        Id(target) is { } id && await store.FindAsync(id, cancellationToken) is { } letter
            ? Encode(json => DeadLetterJson.Write(json, letter))
            : Missing(target);

    public async ValueTask<Answer> ReplayAsync(Target target, NoRequest request, CancellationToken cancellationToken)
    {
        if (Id(target) is not { } id || await audit.AroundAsync(
            target.Actor, DeadLetterAudit.Replay, DeadLetterAudit.Target(id),
            async () => DeadLetterAudit.Result(await replay.ReplayAsync(id, cancellationToken))) is not { } replayed)
        {
            return Missing(target);
        }

        Replayed(target.By, 1, replayed.Replay.Code is null ? 1 : 0);
        return Encode(json => DeadLetterJson.Write(json, replayed));
    }

    /// <summary>Replays open letters that fit, oldest first, up to the limit; those that fail stay open, and next_cursor leads past
    /// them.</summary>
    public async ValueTask<Answer> ReplayManyAsync(Target target, Request request, CancellationToken cancellationToken)
    {
        var replayed = await audit.AroundAsync(
            target.Actor, DeadLetterAudit.Replay, request.Filter.ToString(),
            async () => DeadLetterAudit.Result(await ReplayAsync(request, cancellationToken)));

        Replayed(target.By, replayed.Count, replayed.Count(letter => letter.Replay.Code is null));
        return Encode(json => WriteMany(json, replayed, replayed.Count == request.Limit ? replayed[^1].Id : null));
    }

    private async Task<List<ReplayedLetter>> ReplayAsync(Request request, CancellationToken cancellationToken)
    {
        var replayed = new List<ReplayedLetter>();
        await foreach (var letter in replay.ReplayAsync(request.Filter, request.Cursor, request.Limit, cancellationToken))
        {
            replayed.Add(letter);
        }

        return replayed;
    }

    public async ValueTask<Answer> PurgeAsync(Target target, NoRequest request, CancellationToken cancellationToken)
    {
        if (Id(target) is not { } id || await store.FindAsync(id, cancellationToken) is not { Letter: var letter }
            || !await store.PurgeAsync(id, DeadLetterAudit.Purged(audit, target.Actor, letter), cancellationToken))
        {
            return Missing(target);
        }

        Purged(target.By, 1, letter.Bytes, string.Create(CultureInfo.InvariantCulture, $"id {id}"));
        IReadOnlyList<PurgedLetters> purged =
            [new(letter.Series.Provider, letter.Series.Dataset, letter.ReasonCode, Letters: 1, letter.Bytes)];
        return Encode(json => DeadLetterJson.Write(json, purged));
    }

    public async ValueTask<Answer> PurgeManyAsync(Target target, Request request, CancellationToken cancellationToken)
    {
        var purged = await store.PurgeAsync(
            request.Filter, DeadLetterAudit.Purged(audit, target.Actor, request.Filter), cancellationToken);
        Purged(target.By, purged.Sum(group => group.Letters), purged.Sum(group => group.Bytes), request.Filter.ToString());
        return Encode(json => DeadLetterJson.Write(json, purged));
    }

    private static DeadLetterFilter ParseFilter(Query query)
    {
        var (from, to) = (query.Time("from"), query.Time("to"));
        if (from >= to)
        {
            query.Fault("to", "must be after from");
        }

        return new DeadLetterFilter(
            NameOrNull(query, "provider"), NameOrNull(query, "dataset"), Series(query), Code(query),
            query.OneOf("state", ["open", "replayed"]) is { } state ? state == "replayed" : null, from, to);
    }

    private static string? NameOrNull(Query query, string name) => query.Optional(name) is null ? null : query.Name(name);

    private static string? Code(Query query)
    {
        var (code, former) = (NameOrNull(query, "code"), NameOrNull(query, "reason"));
        if (code is not null && former is not null && code != former)
        {
            query.Fault("reason", "is the former name of code, and says something else: give code alone");
        }

        return code ?? former;
    }

    private static string? Series(Query query)
    {
        var series = query.Optional("series");
        if (series is { Length: > 255 } || series?.Any(char.IsControl) == true)
        {
            query.Fault("series", "must be 1 to 255 characters without control characters");
        }

        return series;
    }

    private static long? ParseCursor(Query query)
    {
        if (query.Optional("cursor") is not { } text)
        {
            return null;
        }

        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var cursor))
        {
            return cursor;
        }

        query.Fault("cursor", "must be a next_cursor of an earlier answer");
        return null;
    }

    private static void RefuseNoFilter(Query query, DeadLetterFilter filter)
    {
        if (filter == DeadLetterFilter.Any)
        {
            query.Fault("filter", "at least one of provider, dataset, series, code, state, from, to is needed");
        }
    }

    private static long? Id(Target target) =>
        long.TryParse(target.Name, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null;

    private static Problem Missing(Target target) => new(
        StatusCodes.Status404NotFound, "unknown_dead_letter", $"There is no dead letter '{target.ShownName}'; it may have been purged.");

    private static void WriteMany(Utf8JsonWriter json, List<ReplayedLetter> replayed, long? cursor)
    {
        var counts = replayed.Aggregate(default(IngestCounts), (sum, letter) => sum + (letter.Replay.Counts ?? default));
        json.WriteStartObject();
        json.WriteNumber("replayed"u8, replayed.Count(letter => letter.Replay.Code is null));
        json.WriteNumber("failed"u8, replayed.Count(letter => letter.Replay.Code is not null));
        json.WriteStartObject("counts"u8);
        DeadLetterJson.WriteCounts(json, counts);
        json.WriteEndObject();
        json.WriteStartArray("letters"u8);
        foreach (var letter in replayed)
        {
            DeadLetterJson.Write(json, letter);
        }

        json.WriteEndArray();
        WriteCursor(json, cursor);
        json.WriteEndObject();
    }

    private static void WriteCursor(Utf8JsonWriter json, long? cursor) =>
        json.WriteString("next_cursor"u8, cursor?.ToString(CultureInfo.InvariantCulture));

    private static Answer Encode(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer))
        {
            write(json);
        }

        return Answer.Of(buffer.WrittenMemory);
    }

    [LoggerMessage(LogLevel.Warning, "{By} purged {Letters} dead letters of {Bytes} bytes: {What}")]
    private partial void Purged(string by, long letters, long bytes, string what);

    [LoggerMessage(LogLevel.Information, "{By} replayed {Letters} dead letters, {Stored} of them are stored whole now")]
    private partial void Replayed(string by, int letters, int stored);
}
