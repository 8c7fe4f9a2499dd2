using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Storage.Postgres;
using Npgsql;

namespace AkkaCrypto.Pipeline.Ops;

/// <summary>Reads how far series have come; moving is part of the stores' own transactions.</summary>
public sealed class FeedPositionStore(NpgsqlDataSource database)
{
    private const string FindOne = """
        SELECT provider, dataset, series, time_ns, time_digits, record_id, version, compared_time_ns, compared_digits, compared_id
        FROM ops.feed_positions WHERE provider = $1 AND dataset = $2 AND series = $3
        """;

    private const string ListAll = """
        SELECT provider, dataset, series, time_ns, time_digits, record_id, version, compared_time_ns, compared_digits, compared_id
        FROM ops.feed_positions ORDER BY provider, dataset, series
        """;

    /// <summary>The position, or null where nothing of the series was ever committed (its version is 0 then).</summary>
    public async Task<FeedPosition?> FindAsync(SeriesKey series, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(FindOne);
        command.Parameters.AddValue(series.Provider);
        command.Parameters.AddValue(series.Dataset);
        command.Parameters.AddValue(series.Series);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? Position(reader) : null;
    }

    /// <summary>Every series that has a position: as many as the settings ever asked for.</summary>
    public async Task<IReadOnlyList<FeedPosition>> ListAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(ListAll);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var positions = new List<FeedPosition>();
        while (await reader.ReadAsync(cancellationToken))
        {
            positions.Add(Position(reader));
        }

        return positions;
    }

    private static FeedPosition Position(NpgsqlDataReader reader) => new(
        new SeriesKey(reader.GetString(0), reader.GetString(1), reader.GetString(2)),
        new ProviderTime(reader.GetInt64(3), reader.GetInt16(4)), reader.GetString(5), reader.GetInt64(6),
        reader.IsDBNull(7) ? null : (new ProviderTime(reader.GetInt64(7), reader.GetInt16(8)), reader.GetString(9)));
}
