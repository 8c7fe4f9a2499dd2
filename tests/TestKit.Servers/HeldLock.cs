using Npgsql;

namespace AkkaCrypto.TestKit.Servers;

/// <summary>
/// A lock that a test holds in a transaction of its own: somebody else's statement waits there until it is let go.
/// The servers end a transaction that is idle for ten seconds, which a busy machine needs; this one they leave alone.
/// </summary>
public sealed class HeldLock : IAsyncDisposable
{
    private readonly NpgsqlDataSource _database;
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;

    private HeldLock(NpgsqlDataSource database, NpgsqlConnection connection, NpgsqlTransaction transaction) =>
        (_database, _connection, _transaction) = (database, connection, transaction);

    /// <param name="sql">The statement that takes it.</param>
    public static async Task<HeldLock> TakeAsync(NpgsqlDataSource database, string sql)
    {
        var connection = await database.OpenConnectionAsync();
        var transaction = await connection.BeginTransactionAsync();
        await using var command = new NpgsqlCommand($"SET LOCAL idle_in_transaction_session_timeout = 0; {sql}", connection);
        await command.ExecuteNonQueryAsync();
        return new(database, connection, transaction);
    }

    /// <summary>A backend that waits for the lock.</summary>
    public async Task<int?> BlockedAsync()
    {
        await using var command = _database.CreateCommand(
            $"SELECT pid FROM pg_stat_activity WHERE {_connection.ProcessID} = ANY(pg_blocking_pids(pid)) LIMIT 1");
        return await command.ExecuteScalarAsync() as int?;
    }

    public async Task<bool> IsBlockingAsync() => await BlockedAsync() is not null;

    public Task LetAsync() => _transaction.RollbackAsync();

    /// <summary>Lets it go and keeps what the statement wrote.</summary>
    public Task CommitAsync() => _transaction.CommitAsync();

    public async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync();
        await _connection.DisposeAsync();
    }
}
