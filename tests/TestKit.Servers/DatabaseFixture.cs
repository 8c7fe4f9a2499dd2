using Npgsql;

namespace AkkaCrypto.TestKit.Servers;

/// <summary>
/// Class fixture: one migrated database for all tests of a class. Its tests write their own keys and never count the whole table.
/// </summary>
public sealed class DatabaseFixture(ServerFixture servers) : IAsyncLifetime
{
    private NpgsqlDataSource? _database;

    public ServerFixture Servers => servers;

    public NpgsqlDataSource Database => _database ?? throw new InvalidOperationException("The fixture is not initialised yet.");

    public string ConnectionString { get; private set; } = "";

    public async Task InitializeAsync()
    {
        ConnectionString = await servers.NewDatabaseAsync();
        _database = TestDatabase.Open(ConnectionString);
    }

    public async Task DisposeAsync()
    {
        if (_database is not null)
        {
            await _database.DisposeAsync();
        }
    }
}
