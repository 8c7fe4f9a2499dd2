using Npgsql;

namespace AkkaCrypto.Pipeline.Ops;

/// <summary>A set-based write and what ends its batch, in one round trip.</summary>
internal static class RowsAndEnd
{
    /// <param name="writes">
    /// The statements that write rows. What they return in a column is one boolean for each row written: true for a new key, false for a
    /// changed one.
    /// </param>
    /// <exception cref="PositionMovedException">A position is not at the version that the batch started from.</exception>
    public static async Task<(int Inserted, int Revised)> RunAsync(
        NpgsqlConnection connection, IReadOnlyList<NpgsqlBatchCommand> writes, IReadOnlyList<DeadLetter> letters, BatchEnd end,
        CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        foreach (var write in writes)
        {
            batch.BatchCommands.Add(write);
        }

        end.AddTo(batch, letters);
        if (batch.BatchCommands.Count == 0)
        {
            return default;
        }

        var counts = await CountAsync(batch, cancellationToken);
        end.ThrowIfMoved();
        return counts;
    }

    private static async Task<(int Inserted, int Revised)> CountAsync(NpgsqlBatch batch, CancellationToken cancellationToken)
    {
        var (inserted, revised) = (0, 0);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        do
        {
            while (reader.FieldCount > 0 && await reader.ReadAsync(cancellationToken))
            {
                if (reader.GetBoolean(0))
                {
                    inserted++;
                }
                else
                {
                    revised++;
                }
            }
        }
        while (await reader.NextResultAsync(cancellationToken));
        return (inserted, revised);
    }
}
