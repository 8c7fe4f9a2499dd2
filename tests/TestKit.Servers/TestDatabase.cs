using AkkaCrypto.Pipeline.Market;
using Npgsql;

namespace AkkaCrypto.TestKit.Servers;

/// <summary>A data source as the service's own is, with the driver's defaults for the rest: the stores' numbers are no decimals.</summary>
public static class TestDatabase
{
    public static NpgsqlDataSource Open(string connectionString)
    {
        var builder = new NpgsqlDataSourceBuilder(connectionString);
        builder.UseMarketNumbers();
        return builder.Build();
    }

    /// <inheritdoc cref="Open(string)"/>
    public static NpgsqlDataSource Open(NpgsqlConnectionStringBuilder connection) => Open(connection.ConnectionString);
}
