using System.Net.Sockets;
using Npgsql;

namespace AkkaCrypto.Storage.Postgres;

/// <summary>The one place that reads the driver's exceptions. Names of SqlState: PostgreSQL manual, appendix A.</summary>
public static class PostgresErrors
{
    private const string IdleInTransactionSessionTimeout = "25P03";
    private const string SerializationFailure = "40001";
    private const string DeadlockDetected = "40P01";
    private const string LockNotAvailable = "55P03";

    /// <summary>
    /// Whether the same call may succeed later with nothing changed. A transaction whose commit failed this way may or may not have been
    /// written: whoever repeats it must be idempotent.
    /// </summary>
    public static bool IsTransient(Exception exception) => exception switch
    {
        DatabaseUnavailableException => true,
        PostgresException e => IsTransient(e.SqlState),
        // The driver's own: no connection, connection lost, a timeout, the pool exhausted. What is not of the wire has no such cause.
        NpgsqlException e => e.IsTransient
            || e.InnerException is null or IOException or SocketException or TimeoutException or EndOfStreamException,
        SocketException or TimeoutException => true,
        _ => false,
    };

    /// <summary>What to throw instead of the driver's exception, or null: it is none of the database being away.</summary>
    /// <param name="doing">What failed, for the message: "writing 100 trades".</param>
    public static DatabaseUnavailableException? AsUnavailable(Exception exception, string doing) => exception switch
    {
        DatabaseUnavailableException e => e,
        _ when IsTransient(exception) => new DatabaseUnavailableException(
            $"The database is not available for {doing}: {exception.Message}", exception),
        _ => null,
    };

    /// <summary>Runs the work with the driver's exceptions translated.</summary>
    /// <exception cref="DatabaseUnavailableException">See <see cref="IsTransient(Exception)"/>; any other exception comes out as it
    /// was.</exception>
    public static async Task<T> TranslatedAsync<T>(string doing, Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception e) when (e is not DatabaseUnavailableException && IsTransient(e))
        {
            throw AsUnavailable(e, doing)!;
        }
    }

    /// <inheritdoc cref="TranslatedAsync{T}"/>
    public static Task TranslatedAsync(string doing, Func<Task> work) => TranslatedAsync<object?>(doing, async () =>
    {
        await work();
        return null;
    });

    /// <summary>Classes 22 (data exception), 23 (integrity constraint violation) and 54 (program limit exceeded, such as an index entry
    /// that is too long): the data is to blame, and trying again won't help.</summary>
    public static bool IsRefusedData(PostgresException exception) => exception.SqlState[..2] is "22" or "23" or "54";

    private static bool IsTransient(string sqlState) => sqlState switch
    {
        // Whole classes, for none of them is of the statement: 08 connection, 53 resources (disk, memory, connections), 57 operator
        // intervention (shutdown, starting up, canceled), 58 the server's own system (I/O).
        ['0', '8', ..] or ['5', '3', ..] or ['5', '7', ..] or ['5', '8', ..] => true,
        IdleInTransactionSessionTimeout or SerializationFailure or DeadlockDetected or LockNotAvailable => true,
        _ => false,
    };
}
