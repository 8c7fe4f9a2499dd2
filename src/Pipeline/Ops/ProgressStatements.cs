using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using Npgsql;
using NpgsqlTypes;

namespace AkkaCrypto.Pipeline.Ops;

/// <summary>The statements by which a batch moves its series' positions and records their gaps.</summary>
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

    private const string RecordGap = """
        INSERT INTO ops.gaps
            (provider, dataset, series, from_time_ns, from_digits, from_id, to_time_ns, to_digits, to_id, reason, detected_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        ON CONFLICT DO NOTHING
        """;

    /// <summary>Changes one row if nobody else moved the position, none otherwise.</summary>
    public static NpgsqlBatchCommand Move(FeedPosition position, DateTimeOffset now)
    {
        var command = new NpgsqlBatchCommand(position.Version == 0 ? CreatePosition : MovePosition);
        var parameters = command.Parameters;
        AddSeries(parameters, position.Series);
        AddRecord(parameters, position.Time, position.RecordId);
        parameters.AddTime(now);
        parameters.AddValue(position.Version);
        var compared = position.Compared;
        parameters.AddNullable(NpgsqlDbType.Bigint, compared?.Time.UnixNanoseconds);
        parameters.AddNullable(NpgsqlDbType.Smallint, (short?)compared?.Time.Digits);
        parameters.AddNullable(
            NpgsqlDbType.Text, compared is { } place ? StorableText.Clean(place.RecordId, StorableText.LongestText) : null);
        return command;
    }

    public static NpgsqlBatchCommand Record(Gap gap)
    {
        var command = new NpgsqlBatchCommand(RecordGap);
        var parameters = command.Parameters;
        AddSeries(parameters, gap.Series);
        AddRecord(parameters, gap.From, gap.FromId);
        AddRecord(parameters, gap.To, gap.ToId);
        parameters.AddValue(StorableText.Clean(gap.Reason, StorableText.LongestMessage));
        parameters.AddTime(gap.DetectedAt);
        return command;
    }

    private static void AddSeries(NpgsqlParameterCollection parameters, SeriesKey series)
    {
        parameters.AddValue(series.Provider);
        parameters.AddValue(series.Dataset);
        parameters.AddValue(series.Series);
    }

    /// <summary>A record by its time, the digits of that, and its id.</summary>
    private static void AddRecord(NpgsqlParameterCollection parameters, ProviderTime time, string id)
    {
        parameters.AddValue(time.UnixNanoseconds);
        parameters.AddValue((short)time.Digits);
        parameters.AddValue(StorableText.Clean(id, StorableText.LongestText));
    }
}
