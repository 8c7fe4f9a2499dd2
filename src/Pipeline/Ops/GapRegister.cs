using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using Npgsql;

namespace AkkaCrypto.Pipeline.Ops;

/// <summary>Intervals that are known to be missing. Entries are made in the stores' own transactions.</summary>
public sealed class GapRegister(NpgsqlDataSource database)
{
    private const string OpenOfSeries = """
        SELECT from_time_ns, from_digits, from_id, to_time_ns, to_digits, to_id, reason, detected_at
        FROM ops.gaps WHERE provider = $1 AND dataset = $2 AND series = $3 AND filled_at IS NULL
        ORDER BY from_time_ns, from_id, to_time_ns, to_id
        """;

    private const string CountOpen = """
        SELECT provider, dataset, series, count(*)::integer FROM ops.gaps WHERE filled_at IS NULL GROUP BY provider, dataset, series
        """;

    /// <summary>The open gaps of a series, oldest first.</summary>
    public async Task<IReadOnlyList<Gap>> OpenAsync(SeriesKey series, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(OpenOfSeries);
        command.Parameters.AddValue(series.Provider);
        command.Parameters.AddValue(series.Dataset);
        command.Parameters.AddValue(series.Series);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var gaps = new List<Gap>();
        while (await reader.ReadAsync(cancellationToken))
        {
            gaps.Add(new Gap(
                series,
                new ProviderTime(reader.GetInt64(0), reader.GetInt16(1)), reader.GetString(2),
                new ProviderTime(reader.GetInt64(3), reader.GetInt16(4)), reader.GetString(5),
                reader.GetString(6), new DateTimeOffset(reader.GetDateTime(7))));
        }

        return gaps;
    }

    /// <summary>How many gaps are open, for each series that has any.</summary>
    public async Task<IReadOnlyDictionary<SeriesKey, int>> CountOpenAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(CountOpen);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var counts = new Dictionary<SeriesKey, int>();
        while (await reader.ReadAsync(cancellationToken))
        {
            counts.Add(new SeriesKey(reader.GetString(0), reader.GetString(1), reader.GetString(2)), reader.GetInt32(3));
        }

        return counts;
    }
}
