using Npgsql;
using NpgsqlTypes;

namespace AkkaCrypto.Storage.Postgres;

/// <summary>Typed parameters without a box, and columns that may be null. Times are UTC.</summary>
public static class SqlColumns
{
    /// <summary>A column of values for <c>unnest</c>.</summary>
    public static void AddColumn<T>(this NpgsqlParameterCollection parameters, NpgsqlDbType element, T[] values) =>
        parameters.Add(new NpgsqlParameter<T[]> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | element });

    public static void AddValue<T>(this NpgsqlParameterCollection parameters, T value) =>
        parameters.Add(new NpgsqlParameter<T> { TypedValue = value });

    public static DateTimeOffset Time(this NpgsqlDataReader reader, int column) => new(reader.GetDateTime(column), TimeSpan.Zero);

    public static string? TextOrNull(this NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
}
