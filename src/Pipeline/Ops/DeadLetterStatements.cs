using System.Security.Cryptography;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Storage.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace AkkaCrypto.Pipeline.Ops;

/// <summary>The statements of dead letters; the one that keeps them runs alone or in a batch's own transaction.</summary>
internal static class DeadLetterStatements
{
    private const string KeepLetters = """
        INSERT INTO ops.dead_letters AS kept
            (provider, dataset, series, origin, reason_code, reason, payload, payload_hash, first_seen_at, last_seen_at, times, kind,
            context)
        SELECT provider, dataset, series, origin, reason_code, reason, payload, payload_hash, first_seen_at, last_seen_at, times, kind,
            context::jsonb
        FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) AS batch
            (provider, dataset, series, origin, reason_code, reason, payload, payload_hash, first_seen_at, last_seen_at, times, kind,
            context)
        ON CONFLICT (provider, dataset, series, reason_code, payload_hash) DO UPDATE SET
            times = kept.times + excluded.times,
            last_seen_at = greatest(kept.last_seen_at, excluded.last_seen_at),
            context = coalesce(kept.context, excluded.context),
            state = 'open'
        """;

    private const string Columns = """
        dead_letter_id, provider, dataset, series, kind, origin, reason_code, reason, payload_bytes, first_seen_at, last_seen_at, times,
        state = 'replayed', replays, replayed_at, replay_code, replay_reason, replay_counts::text
        """;

    private const string Filtered = """
        FROM ops.dead_letters
        WHERE ($1::text IS NULL OR provider = $1) AND ($2::text IS NULL OR dataset = $2) AND ($3::text IS NULL OR series = $3)
            AND ($4::text IS NULL OR reason_code = $4) AND ($5::text IS NULL OR state = $5)
            AND ($6::timestamptz IS NULL OR last_seen_at >= $6) AND ($7::timestamptz IS NULL OR last_seen_at < $7)
        """;

    public const string NewestFirst = $"SELECT {Columns} {Filtered} AND dead_letter_id < $8 ORDER BY dead_letter_id DESC LIMIT $9";

    public const string OldestFirst = $"SELECT {Columns} {Filtered} AND dead_letter_id > $8 ORDER BY dead_letter_id LIMIT $9";

    public const string Find = $"SELECT {Columns}, context::text, payload FROM ops.dead_letters WHERE dead_letter_id = $1";

    public const string Mark = """
        UPDATE ops.dead_letters SET
            state = CASE WHEN $3 IS NULL THEN 'replayed' ELSE 'open' END,
            replays = replays + 1, replayed_at = $2, replay_code = $3, replay_reason = $4, replay_counts = $5
        WHERE dead_letter_id = $1
        """;

    public const string PurgeOne = "DELETE FROM ops.dead_letters WHERE dead_letter_id = $1";

    public const string PurgeSome = $"""
        DELETE FROM ops.dead_letters WHERE dead_letter_id IN (
            SELECT dead_letter_id {Filtered} AND dead_letter_id <= $8 ORDER BY dead_letter_id LIMIT $9)
        RETURNING provider, dataset, reason_code, payload_bytes
        """;

    private sealed record Row(DeadLetter Letter, string ReasonCode, byte[] Hash, DateTime FirstSeenAt, DateTime LastSeenAt, long Times);

    public static NpgsqlBatchCommand Keep(IReadOnlyList<DeadLetter> letters)
    {
        var rows = Distinct(letters);
        var command = new NpgsqlBatchCommand(KeepLetters);
        var parameters = command.Parameters;
        parameters.AddColumn(NpgsqlDbType.Text, [.. rows.Select(row => row.Letter.Series.Provider)]);
        parameters.AddColumn(NpgsqlDbType.Text, [.. rows.Select(row => row.Letter.Series.Dataset)]);
        parameters.AddColumn(NpgsqlDbType.Text, [.. rows.Select(row => row.Letter.Series.Series)]);
        parameters.AddColumn(NpgsqlDbType.Text, [.. rows.Select(row =>
            StorableText.Clean(row.Letter.Origin, StorableText.LongestMessage))]);
        parameters.AddColumn(NpgsqlDbType.Text, [.. rows.Select(row => row.ReasonCode)]);
        parameters.AddColumn(NpgsqlDbType.Text, [.. rows.Select(row =>
            StorableText.Clean(row.Letter.Refusal.Reason, StorableText.LongestMessage))]);
        parameters.AddColumn(NpgsqlDbType.Bytea, [.. rows.Select(row => row.Letter.Payload)]);
        parameters.AddColumn(NpgsqlDbType.Bytea, [.. rows.Select(row => row.Hash)]);
        parameters.AddColumn(NpgsqlDbType.TimestampTz, [.. rows.Select(row => row.FirstSeenAt)]);
        parameters.AddColumn(NpgsqlDbType.TimestampTz, [.. rows.Select(row => row.LastSeenAt)]);
        parameters.AddColumn(NpgsqlDbType.Bigint, [.. rows.Select(row => row.Times)]);
        parameters.AddColumn(NpgsqlDbType.Text, [.. rows.Select(row => Text(row.Letter.Kind))]);
        parameters.AddColumn(NpgsqlDbType.Text, [.. rows.Select(row =>
            row.Letter.Context is { } context ? DeadLetterJson.Encode(context) : null)]);
        return command;
    }

    /// <summary>The filter's parameters, $1 to $7.</summary>
    public static void AddFilter(NpgsqlParameterCollection parameters, DeadLetterFilter filter)
    {
        parameters.Add(OrNull(filter.Provider, NpgsqlDbType.Text));
        parameters.Add(OrNull(filter.Dataset, NpgsqlDbType.Text));
        parameters.Add(OrNull(filter.Series, NpgsqlDbType.Text));
        parameters.Add(OrNull(filter.Code, NpgsqlDbType.Text));
        parameters.Add(OrNull(filter.Replayed switch { true => "replayed", false => "open", null => null }, NpgsqlDbType.Text));
        parameters.AddTime(filter.From);
        parameters.AddTime(filter.To);
    }

    public static NpgsqlParameter OrNull(string? value, NpgsqlDbType type) =>
        new() { Value = value is null ? DBNull.Value : value, NpgsqlDbType = type };

    /// <summary>The letter of a row of <see cref="Columns"/>.</summary>
    public static KeptLetter Letter(NpgsqlDataReader row) => new(
        row.GetInt64(0), new SeriesKey(row.GetString(1), row.GetString(2), row.GetString(3)), Kind(row.GetString(4)), row.GetString(5),
        row.GetString(6), row.GetString(7), row.GetInt32(8), Time(row, 9), Time(row, 10), row.GetInt64(11), row.GetBoolean(12),
        row.GetInt32(13), row.IsDBNull(14) ? null : new LastReplay(
            Time(row, 14), TextOrNull(row, 15), TextOrNull(row, 16),
            TextOrNull(row, 17) is { } counts ? DeadLetterJson.DecodeCounts(counts) : null));

    /// <summary>The letter of a row of <see cref="Find"/>.</summary>
    public static WholeLetter Whole(NpgsqlDataReader row) => new(
        Letter(row), TextOrNull(row, 18) is { } context ? DeadLetterJson.DecodeContext(context) : null, row.GetFieldValue<byte[]>(19));

    public static string Text(DeadLetterKind kind) => kind switch
    {
        DeadLetterKind.Reply => "reply",
        DeadLetterKind.Frame => "frame",
        DeadLetterKind.Record => "record",
    };

    private static DeadLetterKind Kind(string text) => text switch
    {
        "frame" => DeadLetterKind.Frame,
        "record" => DeadLetterKind.Record,
        _ => DeadLetterKind.Reply,
    };

    private static string? TextOrNull(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static DateTimeOffset Time(NpgsqlDataReader row, int column) => new(row.GetDateTime(column));

    /// <summary>
    /// One row for each key, for a statement may touch a row only once; in the order of the key, so that two writers of the same letters
    /// wait for each other instead of deadlocking.
    /// </summary>
    private static List<Row> Distinct(IReadOnlyList<DeadLetter> letters) =>
    [
        .. letters
            .Select(letter => letter with { Series = Storable(letter.Series) })
            .Select(letter => (Letter: letter, Code: letter.Refusal.Code.Text(), Hash: SHA256.HashData(letter.Payload.Span)))
            .GroupBy(row => (row.Letter.Series, row.Code, Hash: Convert.ToHexString(row.Hash)))
            .OrderBy(rows => (rows.Key.Series.ToString(), rows.Key.Code, rows.Key.Hash))
            .Select(rows => new Row(
                rows.First().Letter, rows.Key.Code, rows.First().Hash,
                rows.Min(row => row.Letter.SeenAt).UtcDateTime, rows.Max(row => row.Letter.SeenAt).UtcDateTime, rows.LongCount())),
    ];

    /// <summary>A record that was rejected for its hostile names must not take its batch with it.</summary>
    private static SeriesKey Storable(SeriesKey series) => new(
        StorableText.Clean(series.Provider, StorableText.LongestText), StorableText.Clean(series.Dataset, StorableText.LongestText),
        StorableText.Clean(series.Series, StorableText.LongestText));
}
