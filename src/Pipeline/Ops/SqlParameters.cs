using Npgsql;
using NpgsqlTypes;

namespace AkkaCrypto.Pipeline.Ops;

/// <summary>Positional parameters of the stores' statements, in the statement's order.</summary>
internal static class SqlParameters
{
    /// <summary>A column of values for <c>unnest</c>.</summary>
    public static void AddColumn<T>(this NpgsqlParameterCollection parameters, NpgsqlDbType element, T[] values) =>
        parameters.Add(new NpgsqlParameter<T[]> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | element });

    public static void AddValue<T>(this NpgsqlParameterCollection parameters, T value) =>
        parameters.Add(new NpgsqlParameter<T> { TypedValue = value });

    public static void AddNullable(this NpgsqlParameterCollection parameters, NpgsqlDbType type, object? value) =>
        parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value, NpgsqlDbType = type });

    public static void AddTime(this NpgsqlParameterCollection parameters, DateTimeOffset value) =>
        parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = value.UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz });

    public static void AddTime(this NpgsqlParameterCollection parameters, DateTimeOffset? value) => parameters.Add(
        new NpgsqlParameter { Value = value is { } known ? known.UtcDateTime : DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz });
}

internal static class ReaderColumns
{
    public static decimal? DecimalOrNull(this NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : reader.GetDecimal(column);
}
