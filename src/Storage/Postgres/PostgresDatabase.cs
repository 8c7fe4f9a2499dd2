using Microsoft.Extensions.Logging;
using Npgsql;

namespace AkkaCrypto.Storage.Postgres;

/// <param name="ConnectionString">Of Npgsql. What it says of the options below is overridden by them.</param>
/// <param name="MaxPoolSize">Most connections of this process; who wants one more waits for <paramref name="CommandTimeout"/>.</param>
/// <param name="CommandTimeout">Bound on one statement, to the second, at least 1 s.</param>
/// <param name="ApplicationName">Shown in pg_stat_activity.</param>
public sealed record PostgresOptions(string ConnectionString, int MaxPoolSize, TimeSpan CommandTimeout, string ApplicationName);

/// <summary>Opens the database for a process: one data source, with its pool.</summary>
public static class PostgresDatabase
{
    private const int KeepAliveSeconds = 15;
    private const int ConnectTimeoutSeconds = 5;
    private const string OfEverySession = "-c idle_in_transaction_session_timeout=10s -c jit=off";

    /// <summary>Makes the data source; connects to nothing yet.</summary>
    /// <param name="types">What else the driver is to take as a type of its own.</param>
    /// <exception cref="ArgumentException">The connection string can't be read; its text is not repeated, for it may hold a
    /// password.</exception>
    public static NpgsqlDataSource Build(PostgresOptions options, Action<NpgsqlDataSourceBuilder>? types = null)
    {
        var connection = new NpgsqlConnectionStringBuilder(options.ConnectionString)
        {
            MaxPoolSize = options.MaxPoolSize,
            CommandTimeout = Math.Max(1, (int)options.CommandTimeout.TotalSeconds),
            ApplicationName = options.ApplicationName,
            Enlist = false,
            // Finds a connection whose other end is gone without a word, so that the pool doesn't hand it out.
            KeepAlive = KeepAliveSeconds,
            Timeout = ConnectTimeoutSeconds,
        };
        connection.MinPoolSize = Math.Min(connection.MinPoolSize, connection.MaxPoolSize);
        // A transaction that its client forgot would hold its locks for ever, and to compile a query of pages takes a hundred times as long
        // as to run it; also said to a server that isn't ours.
        connection.Options ??= OfEverySession;
        var builder = new NpgsqlDataSourceBuilder(connection.ConnectionString);
        types?.Invoke(builder);
        return builder.Build();
    }

    /// <summary>Waits until the database answers: at the start of everything it may be starting too.</summary>
    /// <exception cref="DatabaseUnavailableException">It didn't within the timeout; the inner exception says what it last
    /// answered.</exception>
    public static async Task WaitUntilReadyAsync(
        NpgsqlDataSource database, TimeSpan timeout, TimeProvider time, ILogger log, CancellationToken cancellationToken)
    {
        try
        {
            await new DatabaseStart(timeout, time, log).RunAsync(
                "its first answer",
                async () =>
                {
                    await using var command = database.CreateCommand("SELECT 1");
                    await command.ExecuteScalarAsync(cancellationToken);
                },
                cancellationToken);
        }
        catch (DatabaseUnavailableException away)
        {
            throw new DatabaseUnavailableException(
                $"The database did not answer within {timeout.TotalSeconds:0} s: {away.InnerException?.Message}", away.InnerException!);
        }
    }
}
