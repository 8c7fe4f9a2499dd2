using System.Net.Sockets;
using Npgsql;

namespace AkkaCrypto.Api.Errors;

/// <summary>Tells a database that is away, starting, stopping or full from a bug in a statement.</summary>
public static class DatabaseTrouble
{
    /// <summary>True where the same request may succeed once the database is back: answered with 503, not 500.</summary>
    public static bool Is(Exception exception) => exception switch
    {
        // Class 08 connection, 53 resources, 57 operator intervention, 58 system (PostgreSQL, appendix A).
        PostgresException { SqlState: ['0', '8', ..] or ['5', '3', ..] or ['5', '7', ..] or ['5', '8', ..] } => true,
        PostgresException => false,
        NpgsqlException => true,
        SocketException or TimeoutException => true,
        _ => false,
    };
}
