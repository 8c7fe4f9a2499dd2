using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Storage.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace AkkaCrypto.Pipeline.Ops;

/// <summary>Positional parameters of the stores' statements, in the statement's order.</summary>
internal static class SqlParameters
{
    public static void AddNullable(this NpgsqlParameterCollection parameters, NpgsqlDbType type, object? value) =>
        parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value, NpgsqlDbType = type });

    public static void AddTime(this NpgsqlParameterCollection parameters, DateTimeOffset value) =>
        parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = value.UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz });

    public static void AddTime(this NpgsqlParameterCollection parameters, DateTimeOffset? value) => parameters.Add(
        new NpgsqlParameter { Value = value is { } known ? known.UtcDateTime : DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz });

    public static void AddOptional(this NpgsqlParameterCollection parameters, long? value) =>
        AddOptional(parameters, value, NpgsqlDbType.Bigint);

    public static void AddOptional(this NpgsqlParameterCollection parameters, MarketNumber? value) =>
        AddOptional(parameters, value, NpgsqlDbType.Numeric);

    public static void AddText(this NpgsqlParameterCollection parameters, string? value) =>
        AddOptional(parameters, value, NpgsqlDbType.Text);

    private static void AddOptional(NpgsqlParameterCollection parameters, object? value, NpgsqlDbType type) =>
        parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value, NpgsqlDbType = type });

    /// <summary>Provider, dataset and series.</summary>
    public static void AddSeries(this NpgsqlParameterCollection parameters, SeriesKey series)
    {
        parameters.AddValue(series.Provider);
        parameters.AddValue(series.Dataset);
        parameters.AddValue(series.Series);
    }

    /// <summary>A record by its time, the digits of that, and its id.</summary>
    public static void AddRecord(this NpgsqlParameterCollection parameters, ProviderTime time, string id)
    {
        parameters.AddValue(time.UnixNanoseconds);
        parameters.AddValue((short)time.Digits);
        parameters.AddValue(StorableText.Clean(id, StorableText.LongestText));
    }
}

internal static class ReaderColumns
{
    public static MarketNumber Number(this NpgsqlDataReader reader, int column) => reader.GetFieldValue<MarketNumber>(column);

    public static MarketNumber? NumberOrNull(this NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : reader.Number(column);

    public static long? LongOrNull(this NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetInt64(column);

    public static DateTimeOffset? TimeOrNull(this NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : reader.Time(column);
}
