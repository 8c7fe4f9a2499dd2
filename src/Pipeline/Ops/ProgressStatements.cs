using AkkaCrypto.Storage.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace AkkaCrypto.Pipeline.Ops;

/// <summary>The statements by which a batch moves its series' positions.</summary>
internal static class ProgressStatements
{
    private const string CreatePosition = """
        INSERT INTO ops.feed_positions (provider, dataset, series, time_ns, time_digits, record_id, version, updated_at,
            compared_time_ns, compared_digits, compared_id)
        VALUES ($1, $2, $3, $4, $5, $6, $8 + 1, $7, $9, $10, $11)
        ON CONFLICT (provider, dataset, series) DO NOTHING
        """;

    // The right-hand sides see the row as it was: an older position keeps the stored one, and still raises the version.
    private const string MovePosition = """
        UPDATE ops.feed_positions SET
            time_digits = CASE WHEN $4 >= time_ns THEN $5 ELSE time_digits END,
            record_id = CASE WHEN $4 >= time_ns THEN $6 ELSE record_id END,
            time_ns = greatest($4, time_ns),
            compared_time_ns = $9,
            compared_digits = $10,
            compared_id = $11,
            updated_at = $7,
            version = version + 1
        WHERE provider = $1 AND dataset = $2 AND series = $3 AND version = $8
        """;

    /// <summary>Changes one row if nobody else moved the position, none otherwise.</summary>
    public static NpgsqlBatchCommand Move(FeedPosition position, DateTimeOffset now)
    {
        var command = new NpgsqlBatchCommand(position.Version == 0 ? CreatePosition : MovePosition);
        var parameters = command.Parameters;
        parameters.AddSeries(position.Series);
        parameters.AddRecord(position.Time, position.RecordId);
        parameters.AddTime(now);
        parameters.AddValue(position.Version);
        var compared = position.Compared;
        parameters.AddNullable(NpgsqlDbType.Bigint, compared?.Time.UnixNanoseconds);
        parameters.AddNullable(NpgsqlDbType.Smallint, (short?)compared?.Time.Digits);
        parameters.AddNullable(
            NpgsqlDbType.Text, compared is { } place ? StorableText.Clean(place.RecordId, StorableText.LongestText) : null);
        return command;
    }
}
