using Npgsql;

namespace AkkaCrypto.Pipeline.Ops;

/// <summary>
/// Where retention has cut a dataset, for who writes rows that may be older. Such a row must not come back: what was derived from the rows
/// beside it while they were whole stands, and could not take it in.
/// </summary>
internal static class RetentionCut
{
    /// <summary>Rows younger than this are never cut: settings keep everything for a minute at least, and clocks of nodes differ by less
    /// than the rest of it.</summary>
    public static readonly TimeSpan NeverWithin = TimeSpan.FromSeconds(30);

    // The row's lock keeps the cut where it is until the writer's transaction ends.
    private const string Read = "SELECT cut FROM ops.retention_cuts WHERE dataset = $1 FOR SHARE";

    /// <summary>In the transaction of the rows; null where nothing was ever cut.</summary>
    public static async Task<DateTimeOffset?> ReadAsync(NpgsqlConnection connection, string dataset, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Read, connection);
        command.Parameters.Add(new NpgsqlParameter { Value = dataset });
        return await command.ExecuteScalarAsync(cancellationToken) is DateTime cut
            ? new DateTimeOffset(cut.Ticks, TimeSpan.Zero)
            : null;
    }
}
