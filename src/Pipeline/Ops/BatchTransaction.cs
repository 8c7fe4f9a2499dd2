using Npgsql;

namespace AkkaCrypto.Pipeline.Ops;

/// <summary>One batch, one transaction.</summary>
internal static class BatchTransaction
{
    // Writers lock in one order, so a deadlock needs an outsider (maintenance, a migration); it passes or it is worth an exception.
    private const int MostAttempts = 5;

    /// <summary>
    /// Runs <paramref name="write"/> in a transaction and commits. A deadlock is retried from the start, in a new transaction;
    /// every other failure leaves nothing written and is the caller's.
    /// </summary>
    public static async Task<T> RunAsync<T>(
        NpgsqlDataSource database, Func<NpgsqlConnection, CancellationToken, Task<T>> write, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var connection = await database.OpenConnectionAsync(cancellationToken);
                await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
                var result = await write(connection, cancellationToken);
                await transaction.CommitAsync(cancellationToken);
                return result;
            }
            catch (PostgresException failure) when (failure.SqlState == PostgresErrorCodes.DeadlockDetected && attempt < MostAttempts)
            {
                // The transaction is rolled back; another writer has gone on.
            }
        }
    }
}
