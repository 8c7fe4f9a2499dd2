using AkkaCrypto.Storage.Postgres;
using AkkaCrypto.TestKit.Servers;
using Npgsql;

namespace AkkaCrypto.Storage.Tests.Postgres;

[Collection(ServerFixture.Collection)]
public sealed class MigrationsTests(ServerFixture servers) : IAsyncLifetime
{
    private readonly DirectoryInfo _files = Directory.CreateTempSubdirectory("akkacrypto-migrations-");
    private string _connectionString = "";
    private NpgsqlDataSource _database = null!;

    public async Task InitializeAsync()
    {
        _connectionString = await servers.NewEmptyDatabaseAsync();
        _database = NpgsqlDataSource.Create(_connectionString);
    }

    public async Task DisposeAsync()
    {
        await _database.DisposeAsync();
        _files.Delete(recursive: true);
    }

    [Fact]
    public async Task The_shipped_files_are_applied_once_and_in_order()
    {
        var applied = await Migrations.ApplyAsync(_database, Migrations.ShippedDirectory, CancellationToken.None);
        Assert.NotEmpty(applied);
        Assert.Equal(applied.Order(StringComparer.Ordinal), applied);
        Assert.Equal(Directory.GetFiles(Migrations.ShippedDirectory, "*.sql").Length, applied.Count);
        Assert.Empty(await Migrations.ApplyAsync(_database, Migrations.ShippedDirectory, CancellationToken.None));
    }

    [Fact]
    public async Task Eight_nodes_that_start_at_once_apply_each_file_once()
    {
        Write("0001-a.sql", "CREATE TABLE one (n int); SELECT pg_sleep(0.1);");
        Write("0002-b.sql", "CREATE TABLE two (n int);");
        // Each with a data source of its own, as nodes have.
        var nodes = Enumerable.Range(0, 8).Select(_ => NpgsqlDataSource.Create(_connectionString)).ToList();
        var applied = await Task.WhenAll(nodes.Select(n => Migrations.ApplyAsync(n, _files.FullName, CancellationToken.None)));
        nodes.ForEach(n => n.Dispose());
        Assert.Equal(["0001-a.sql", "0002-b.sql"], applied.SelectMany(a => a).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_new_file_is_applied_on_top_of_the_old_ones()
    {
        Write("0001-a.sql", "CREATE TABLE one (n int);");
        await ApplyAsync();
        Write("0002-b.sql", "INSERT INTO one VALUES (7);");
        Assert.Equal(["0002-b.sql"], await ApplyAsync());
        Assert.Equal(7, await ScalarAsync("SELECT n FROM one"));
    }

    [Fact]
    public async Task A_changed_file_is_refused_by_name()
    {
        Write("0001-a.sql", "CREATE TABLE one (n int);");
        await ApplyAsync();
        Write("0001-a.sql", "CREATE TABLE one (n bigint);");
        Assert.Contains("0001-a.sql was changed", (await RefusedAsync()).Message);
    }

    [Fact]
    public async Task A_database_that_is_newer_than_the_program_is_refused()
    {
        Write("0001-a.sql", "CREATE TABLE one (n int);");
        var newer = Write("0002-b.sql", "CREATE TABLE two (n int);");
        await ApplyAsync();
        File.Delete(newer);
        var refused = await RefusedAsync();
        Assert.Contains("newer than this version: it has the migration 0002-b.sql", refused.Message);
        Assert.Contains("0001-a.sql", refused.Message);
    }

    [Fact]
    public async Task A_file_numbered_before_an_applied_one_is_refused()
    {
        Write("0002-b.sql", "CREATE TABLE two (n int);");
        await ApplyAsync();
        Write("0001-a.sql", "CREATE TABLE one (n int);");
        Assert.Contains("0001-a.sql is not applied, but the later 0002-b.sql is", (await RefusedAsync()).Message);
    }

    [Fact]
    public async Task A_file_that_fails_leaves_nothing_of_itself_and_all_before_it()
    {
        Write("0001-a.sql", "CREATE TABLE one (n int);");
        Write("0002-b.sql", "CREATE TABLE two (n int); SELECT no_such_column;");
        Write("0003-c.sql", "CREATE TABLE three (n int);");
        Assert.Contains("0002-b.sql failed", (await RefusedAsync()).Message);
        Assert.Equal("one", await ScalarAsync("SELECT string_agg(tablename, ',') FROM pg_tables WHERE schemaname = 'public'"));

        Write("0002-b.sql", "CREATE TABLE two (n int);");
        Assert.Equal(["0002-b.sql", "0003-c.sql"], await ApplyAsync());
    }

    [Theory]
    [InlineData("1-a.sql")]
    [InlineData("0001_a.sql")]
    [InlineData("0001-A.sql")]
    public async Task A_misnamed_file_is_refused(string name)
    {
        Write(name, "SELECT 1;");
        Assert.Contains(name, (await RefusedAsync()).Message);
    }

    [Fact]
    public async Task Two_files_of_one_number_are_refused()
    {
        Write("0001-a.sql", "SELECT 1;");
        Write("0001-b.sql", "SELECT 1;");
        Assert.Contains("0001-a.sql and 0001-b.sql", (await RefusedAsync()).Message);
    }

    [Fact]
    public async Task A_database_that_is_away_is_unavailable_and_not_a_fault_of_the_files()
    {
        Write("0001-a.sql", "SELECT 1;");
        var nobody = new NpgsqlConnectionStringBuilder(_connectionString) { Port = 1 };
        await using var away = NpgsqlDataSource.Create(nobody);
        await Assert.ThrowsAsync<DatabaseUnavailableException>(() => Migrations.ApplyAsync(away, _files.FullName, CancellationToken.None));
    }

    private string Write(string name, string sql)
    {
        var path = Path.Combine(_files.FullName, name);
        File.WriteAllText(path, sql);
        return path;
    }

    private Task<IReadOnlyList<string>> ApplyAsync() => Migrations.ApplyAsync(_database, _files.FullName, CancellationToken.None);

    private Task<MigrationException> RefusedAsync() => Assert.ThrowsAsync<MigrationException>(ApplyAsync);

    private async Task<object?> ScalarAsync(string sql)
    {
        await using var command = _database.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }
}
