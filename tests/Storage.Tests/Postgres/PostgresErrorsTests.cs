using System.Net.Sockets;
using AkkaCrypto.Storage.Postgres;
using AkkaCrypto.TestKit.Servers;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace AkkaCrypto.Storage.Tests.Postgres;

[Collection(ServerFixture.Collection)]
public sealed class PostgresErrorsTests(ServerFixture servers)
{
    private static readonly TimeSpan CommandTimeout = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task A_refused_connection_is_unavailable()
    {
        await using var away = NpgsqlDataSource.Create("Host=127.0.0.1;Port=1;Username=a;Password=b;Database=c");
        var e = await Assert.ThrowsAnyAsync<Exception>(() => ExecuteAsync(away, "SELECT 1"));
        Assert.True(PostgresErrors.IsTransient(e));
        var unavailable = PostgresErrors.AsUnavailable(e, "reading a price");
        Assert.Contains("not available for reading a price", unavailable!.Message);
        Assert.Same(e, unavailable.InnerException);
    }

    [Fact]
    public async Task A_session_ended_by_the_server_is_unavailable_and_the_next_one_works()
    {
        await using var database = await BuildAsync();
        await using var other = await BuildAsync();
        await using var connection = await database.OpenConnectionAsync();
        await ExecuteAsync(other, $"SELECT pg_terminate_backend({connection.ProcessID}, 5000)");
        await using var command = new NpgsqlCommand("SELECT 1", connection);
        await Assert.ThrowsAsync<DatabaseUnavailableException>(
            () => PostgresErrors.TranslatedAsync("a test", () => command.ExecuteScalarAsync()));
        await ExecuteAsync(database, "SELECT 1");
    }

    [Fact]
    public async Task A_statement_past_its_time_is_unavailable()
    {
        await using var database = await BuildAsync();
        await Assert.ThrowsAsync<DatabaseUnavailableException>(
            () => PostgresErrors.TranslatedAsync("a test", () => ExecuteAsync(database, "SELECT pg_sleep(3600)")));
    }

    [Theory]
    [InlineData("SELECT 1 / 0")]
    [InlineData("SELECT * FROM no_such_table")]
    [InlineData("DO $$ BEGIN RAISE unique_violation; END $$")]
    public async Task A_fault_of_the_statement_stays_what_it_was(string sql)
    {
        await using var database = await BuildAsync();
        var e = await Assert.ThrowsAsync<PostgresException>(
            () => PostgresErrors.TranslatedAsync("a test", () => ExecuteAsync(database, sql)));
        Assert.False(PostgresErrors.IsTransient(e));
        Assert.Null(PostgresErrors.AsUnavailable(e, "a test"));
    }

    [Theory]
    [InlineData("53300")]
    [InlineData("57P01")]
    [InlineData("57P03")]
    [InlineData("08006")]
    [InlineData("40001")]
    [InlineData("53400")]
    [InlineData("57014")]
    [InlineData("57P05")]
    [InlineData("58030")]
    public void These_states_may_pass(string sqlState) =>
        Assert.True(PostgresErrors.IsTransient(new PostgresException("said", "ERROR", "ERROR", sqlState)));

    [Fact]
    public void Exceptions_of_others_are_not_the_databases()
    {
        Assert.False(PostgresErrors.IsTransient(new InvalidOperationException("a bug")));
        Assert.False(PostgresErrors.IsTransient(new OperationCanceledException()));
        Assert.True(PostgresErrors.IsTransient(new SocketException((int)SocketError.ConnectionRefused)));
        Assert.True(PostgresErrors.IsTransient(new DatabaseUnavailableException("said", new TimeoutException())));
    }

    [Fact]
    public async Task Waiting_for_a_database_that_never_comes_ends_with_what_it_last_said()
    {
        await using var away = NpgsqlDataSource.Create("Host=127.0.0.1;Port=1;Username=a;Password=b;Database=c");
        var e = await Assert.ThrowsAsync<DatabaseUnavailableException>(
            () => PostgresDatabase.WaitUntilReadyAsync(
                away, TimeSpan.Zero, TimeProvider.System, NullLogger.Instance, CancellationToken.None));
        Assert.Contains("did not answer within 0 s", e.Message);
    }

    [Fact]
    public async Task A_wrong_password_is_not_waited_for()
    {
        var wrong = new NpgsqlConnectionStringBuilder(await servers.NewEmptyDatabaseAsync()) { Password = "wrong" };
        await using var database = NpgsqlDataSource.Create(wrong);
        await Assert.ThrowsAsync<PostgresException>(
            () => PostgresDatabase.WaitUntilReadyAsync(
                database, TimeSpan.FromHours(1), TimeProvider.System, NullLogger.Instance, CancellationToken.None));
    }

    [Fact]
    public async Task The_options_reach_the_session()
    {
        await using var database = await BuildAsync();
        Assert.Equal("akkacrypto-test", await ExecuteAsync(database, "SHOW application_name"));
        Assert.Equal("10s", await ExecuteAsync(database, "SHOW idle_in_transaction_session_timeout"));
    }

    private async Task<NpgsqlDataSource> BuildAsync() =>
        PostgresDatabase.Build(
            new PostgresOptions(await servers.NewEmptyDatabaseAsync(), MaxPoolSize: 4, CommandTimeout, "akkacrypto-test"));

    private static async Task<object?> ExecuteAsync(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }
}
