using AkkaCrypto.Contracts.Market;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Pipeline.Ops;
using AkkaCrypto.Storage.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace AkkaCrypto.Pipeline.Market;

/// <summary>One column of a table of latest values, and what of a record stands in it.</summary>
internal sealed record LatestColumn<T>(string Name, Action<NpgsqlParameterCollection, IReadOnlyList<T>> AddValues)
{
    public static LatestColumn<T> Text(string name, Func<T, string?> of) => Of(name, NpgsqlDbType.Text, of);

    public static LatestColumn<T> Number(string name, Func<T, MarketNumber?> of) => Of(name, NpgsqlDbType.Numeric, of);

    public static LatestColumn<T> Integer(string name, Func<T, long?> of) => Of(name, NpgsqlDbType.Bigint, of);

    /// <summary>A provider's time takes two columns: nanoseconds and the digits of a second that were given.</summary>
    public static LatestColumn<T>[] Time(string name, Func<T, ProviderTime?> of) =>
    [
        Integer($"{name}_ns", record => of(record)?.UnixNanoseconds),
        Of($"{name}_digits", NpgsqlDbType.Smallint, record => of(record) is { } at ? (short?)at.Digits : null),
    ];

    private static LatestColumn<T> Of<TValue>(string name, NpgsqlDbType type, Func<T, TValue> of) =>
        new(name, (parameters, rows) => parameters.AddColumn(type, [.. rows.Select(of)]));
}

/// <summary>
/// A table of latest values: one row a key, which another value replaces. Its statement is made once from its columns, so that no list of
/// them is written down twice.
/// </summary>
/// <param name="ordered">Whether the rows have the provider's own time (<c>time_ns</c>, <c>time_digits</c>): then the newest by it wins and
/// of equal times the newest arrival; without it the newest arrival does.</param>
internal sealed class LatestTable<T>(
    string table, IReadOnlyList<LatestColumn<T>> key, IReadOnlyList<LatestColumn<T>> values, LatestColumn<T>[]? ordered)
{
    private readonly IReadOnlyList<LatestColumn<T>> _columns = [.. key, .. values, .. ordered ?? []];
    private readonly string _upsert = Upsert(table, Names(key), Names(values), ordered is not null);

    /// <summary>The columns in the order of <see cref="Select"/>: the key's, the values', the time's.</summary>
    public string Select { get; } = $"SELECT {string.Join(", ", Names([.. key, .. values, .. ordered ?? []]))} FROM {table}";

    /// <summary>Writes rows of different keys; returns one boolean for each that was new (true) or changed (false).</summary>
    public NpgsqlBatchCommand Write(IReadOnlyList<T> rows, DateTimeOffset receivedAt)
    {
        var command = new NpgsqlBatchCommand(_upsert);
        foreach (var column in _columns)
        {
            column.AddValues(command.Parameters, rows);
        }

        command.Parameters.AddTime(receivedAt);
        return command;
    }

    private static string[] Names(IReadOnlyList<LatestColumn<T>> columns) => [.. columns.Select(column => column.Name)];

    // A row that was made by this statement has no deleting transaction (xmax 0); an updated one carries this transaction's lock.
    private static string Upsert(string table, string[] key, string[] values, bool isOrdered)
    {
        string[] time = isOrdered ? ["time_ns", "time_digits"] : [];
        string[] all = [.. key, .. values, .. time];
        var places = string.Join(", ", all.Select((_, index) => $"${index + 1}"));
        var set = string.Join(", ", values.Concat(time).Append("received_at").Select(name => $"{name} = excluded.{name}"));
        var isOther = $"({Of("stored", values)}) IS DISTINCT FROM ({Of("excluded", values)})";
        var wins = isOrdered
            ? $"stored.time_ns < excluded.time_ns OR (stored.time_ns = excluded.time_ns AND {isOther})"
            : isOther;
        return $"""
            INSERT INTO {table} AS stored ({string.Join(", ", all)}, received_at)
            SELECT row.*, ${all.Length + 1} FROM unnest({places}) AS row
            ON CONFLICT ({string.Join(", ", key)}) DO UPDATE SET {set} WHERE {wins}
            RETURNING stored.xmax = 0
            """;
    }

    private static string Of(string row, string[] columns) => string.Join(", ", columns.Select(name => $"{row}.{name}"));
}
