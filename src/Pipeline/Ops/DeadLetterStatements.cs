using System.Security.Cryptography;
using AkkaCrypto.Contracts.Ops;
using Npgsql;
using NpgsqlTypes;

namespace AkkaCrypto.Pipeline.Ops;

/// <summary>The statement that keeps dead letters, alone or in a batch's own transaction.</summary>
internal static class DeadLetterStatements
{
    private const string KeepLetters = """
        INSERT INTO ops.dead_letters AS kept
            (provider, dataset, series, origin, reason_code, reason, payload, payload_hash, first_seen_at, last_seen_at, times)
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        ON CONFLICT (provider, dataset, series, reason_code, payload_hash) DO UPDATE SET
            times = kept.times + excluded.times,
            last_seen_at = greatest(kept.last_seen_at, excluded.last_seen_at)
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
            StorableText.Clean(row.Letter.Refusal.Message, StorableText.LongestMessage))]);
        parameters.AddColumn(NpgsqlDbType.Bytea, [.. rows.Select(row => row.Letter.Payload)]);
        parameters.AddColumn(NpgsqlDbType.Bytea, [.. rows.Select(row => row.Hash)]);
        parameters.AddColumn(NpgsqlDbType.TimestampTz, [.. rows.Select(row => row.FirstSeenAt)]);
        parameters.AddColumn(NpgsqlDbType.TimestampTz, [.. rows.Select(row => row.LastSeenAt)]);
        parameters.AddColumn(NpgsqlDbType.Bigint, [.. rows.Select(row => row.Times)]);
        return command;
    }

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
