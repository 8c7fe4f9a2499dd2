using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.Contracts.Text;
using AkkaCrypto.Storage.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace AkkaCrypto.Pipeline.Ops;

/// <summary>Which gaps are wanted; null is any.</summary>
/// <param name="State">Null: all that are not filled.</param>
public sealed record GapFilter(string? Provider, string? Dataset, string? Series, GapState? State);

/// <summary>
/// Intervals that are known to be missing. Entries are made and cut in the stores' own transactions: see <see cref="SeriesProgress"/>. The
/// gaps of a series that are not filled never overlap.
/// </summary>
public sealed class GapRegister(NpgsqlDataSource database)
{
    private const string Columns = """
        gap_id, provider, dataset, series, from_time_ns, from_digits, from_id, to_time_ns, to_digits, to_id, reason, detected_at,
        state, attempts, last_attempt_at, next_attempt_at, filled_at, last_error
        """;

    private const string OpenOfSeries = $"""
        SELECT {Columns} FROM ops.gaps WHERE provider = $1 AND dataset = $2 AND series = $3 AND filled_at IS NULL
        ORDER BY from_time_ns, length(from_id), from_id
        """;

    private const string CountOpen = """
        SELECT provider, dataset, series, count(*)::integer FROM ops.gaps WHERE filled_at IS NULL GROUP BY provider, dataset, series
        """;

    private const string OpenUntil = """
        SELECT series, max(to_time_ns) FROM ops.gaps WHERE provider = $1 AND dataset = $2 AND filled_at IS NULL GROUP BY series
        """;

    private const string Listed = $"""
        SELECT {Columns} FROM ops.gaps
        WHERE gap_id > $5 AND provider = coalesce($1, provider) AND dataset = coalesce($2, dataset) AND series = coalesce($3, series)
            AND CASE WHEN $4::text IS NULL THEN filled_at IS NULL ELSE state = $4 END
        ORDER BY gap_id LIMIT $6
        """;

    /// <summary>Every gap of a series that is not filled, oldest first.</summary>
    public async Task<IReadOnlyList<Gap>> OpenAsync(SeriesKey series, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(OpenOfSeries);
        command.Parameters.AddSeries(series);
        return [.. (await ReadAsync(command, cancellationToken)).Select(gap => gap.Interval)];
    }

    /// <summary>How many gaps are not filled, for each series that has any: also those that can't be.</summary>
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

    /// <summary>For each series of a dataset with gaps that are not filled: where the last of them ends, in nanoseconds since
    /// 1970.</summary>
    public async Task<IReadOnlyDictionary<string, long>> OpenUntilAsync(
        string provider, string dataset, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(OpenUntil);
        command.Parameters.AddValue(provider);
        command.Parameters.AddValue(dataset);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var until = new Dictionary<string, long>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellationToken))
        {
            until.Add(reader.GetString(0), reader.GetInt64(1));
        }

        return until;
    }

    /// <summary>Gaps in the order in which they were registered.</summary>
    /// <param name="after">The id of the last one of the page before; 0 for the first page.</param>
    public async Task<IReadOnlyList<RegisteredGap>> ListAsync(
        GapFilter filter, long after, int limit, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(Listed);
        command.Parameters.AddText(filter.Provider);
        command.Parameters.AddText(filter.Dataset);
        command.Parameters.AddText(filter.Series);
        command.Parameters.AddText(filter.State?.Text());
        command.Parameters.AddValue(after);
        command.Parameters.AddValue(limit);
        return await ReadAsync(command, cancellationToken);
    }

    /// <summary>Registers intervals that were found outside of a batch; what of them is in the register already stays as it is.</summary>
    public Task RegisterAsync(IReadOnlyList<Gap> gaps, CancellationToken cancellationToken) =>
        BatchTransaction.RunAsync(
            database,
            async (connection, stop) =>
            {
                await new BatchEnd([.. gaps.Select(gap => new SeriesProgress(null, gap))], default).RunAsync(connection, [], stop);
                return true;
            },
            cancellationToken);

    internal static async Task<IReadOnlyList<RegisteredGap>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var gaps = new List<RegisteredGap>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var interval = new Gap(
                new SeriesKey(reader.GetString(1), reader.GetString(2), reader.GetString(3)),
                new ProviderTime(reader.GetInt64(4), reader.GetInt16(5)), reader.GetString(6),
                new ProviderTime(reader.GetInt64(7), reader.GetInt16(8)), reader.GetString(9),
                reader.GetString(10), reader.Time(11));
            gaps.Add(new RegisteredGap(
                reader.GetInt64(0), interval, GapStates.Parse(reader.GetString(12)), reader.GetInt32(13), reader.TimeOrNull(14),
                reader.TimeOrNull(15), reader.TimeOrNull(16), reader.TextOrNull(17)));
        }

        return gaps;
    }
}
