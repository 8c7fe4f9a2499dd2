using System.Diagnostics;
using AkkaCrypto.Cli.Backup;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Servers;
using Npgsql;

namespace AkkaCrypto.Cli.Tests;

[Collection(ServerFixture.Collection)]
public sealed class BackupTests(ServerFixture servers) : IDisposable
{
    private const string Price = "INSERT INTO market.simple_prices VALUES ('bitcoin', 'usd', 1.5, NULL, NULL, NULL, 1, 0, now())";

    private readonly TemporaryFolder _folder = new();
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();
    private string _connectionString = "";

    private Dictionary<string, string> Environment => new(StringComparer.Ordinal)
    {
        ["Postgres__ConnectionString"] = _connectionString,
        ["Redis__State"] = "127.0.0.1:1,abortConnect=false",
        ["Redis__Cache"] = "127.0.0.1:1,abortConnect=false",
    };

    private string Folder => Path.Combine(_folder.Path, "backup");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_was_backed_up_is_restored_into_an_empty_database()
    {
        await OnNewDatabaseAsync(Price);
        Assert.Equal(ExitCode.Done, await RunAsync(BackupVerb.Verb, "--to", Folder));

        await OnNewDatabaseAsync();
        Assert.Equal(ExitCode.Done, await RunAsync(RestoreVerb.Verb, "--from", Folder));

        Assert.Equal(1L, await ScalarAsync("SELECT count(*) FROM market.simple_prices WHERE price = 1.5"));
    }

    [Fact]
    public async Task Nobody_but_its_owner_reads_a_backup()
    {
        await OnNewDatabaseAsync(Price);
        await RunAsync(BackupVerb.Verb, "--to", Folder);

        var owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
#pragma warning disable CA1416 // The servers run on Linux only.
        Assert.Equal(owner | UnixFileMode.UserExecute, File.GetUnixFileMode(Folder));
        Assert.Equal(
            [("database.dump", owner), ("manifest.json", owner)],
            Directory.EnumerateFiles(Folder).Order(StringComparer.Ordinal)
                .Select(file => (Path.GetFileName(file), File.GetUnixFileMode(file))));
#pragma warning restore CA1416
    }

    [Fact]
    public async Task A_database_that_holds_rows_is_given_up_only_by_order()
    {
        await OnNewDatabaseAsync(Price);
        await RunAsync(BackupVerb.Verb, "--to", Folder);
        await OnNewDatabaseAsync(Price, "UPDATE market.simple_prices SET price = 7");

        Assert.Equal(ExitCode.Failed, await RunAsync(RestoreVerb.Verb, "--from", Folder));
        Assert.Contains("The database holds 1 rows", _error.ToString(), StringComparison.Ordinal);
        Assert.Equal(7m, await ScalarAsync("SELECT price FROM market.simple_prices"));

        Assert.Equal(ExitCode.Done, await RunAsync(RestoreVerb.Verb, "--from", Folder, "--replace", "yes"));
        Assert.Equal(1.5m, await ScalarAsync("SELECT price FROM market.simple_prices"));
    }

    [Fact]
    public async Task A_database_that_the_service_uses_is_left_alone()
    {
        await OnNewDatabaseAsync();
        await RunAsync(BackupVerb.Verb, "--to", Folder);
        var service = new NpgsqlConnectionStringBuilder(_connectionString) { ApplicationName = "akkacrypto", Pooling = false };
        await using var session = new NpgsqlConnection(service.ConnectionString);
        await session.OpenAsync();

        Assert.Equal(ExitCode.Failed, await RunAsync(RestoreVerb.Verb, "--from", Folder));
        Assert.Contains("stop it first", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_restore_that_is_killed_when_it_has_dropped_everything_leaves_the_database_as_it_was()
    {
        await OnNewDatabaseAsync(Price);
        await RunAsync(BackupVerb.Verb, "--to", Folder);
        await OnNewDatabaseAsync(Price, "UPDATE market.simple_prices SET price = 7");
        // A dump that nobody writes to: the restore waits for it, after the drop.
        var dump = Path.Combine(Folder, "database.dump");
        File.Delete(dump);
        await Process.Start("mkfifo", dump).WaitForExitAsync();
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList =
            {
                Path.Combine(AppContext.BaseDirectory, "AkkaCrypto.Cli.dll"), "restore", "--from", Folder, "--replace", "yes",
                "--profile", "env",
            },
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        foreach (var (name, value) in Environment)
        {
            start.Environment[name] = value;
        }

        using var restore = Process.Start(start)!;
        await Eventually.HoldsAsync(
            async () => await RestoringAsync("AND state = 'idle in transaction' AND query LIKE 'DROP SCHEMA%'") == 1);
        restore.Kill();
        await Eventually.HoldsAsync(async () => await RestoringAsync("") == 0);

        Assert.Equal(7m, await ScalarAsync("SELECT price FROM market.simple_prices"));
        await new FileStream(dump, FileMode.Open, FileAccess.Write).DisposeAsync(); // ends the pg_restore that still waits
    }

    private async Task<long> RestoringAsync(string and) => (long)(await ScalarAsync(
        $"SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'psql' {and}"))!;

    [Fact]
    public async Task What_is_no_backup_is_refused_with_what_was_expected()
    {
        await OnNewDatabaseAsync();
        Directory.CreateDirectory(Folder);

        Assert.Equal(ExitCode.Failed, await RunAsync(RestoreVerb.Verb, "--from", Folder));
        Assert.Contains("manifest.json", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_folder_the_usage_is_wrong()
    {
        await Assert.ThrowsAsync<UsageException>(() => RunAsync(BackupVerb.Verb));
        await Assert.ThrowsAsync<UsageException>(() => RunAsync(RestoreVerb.Verb));
        await Assert.ThrowsAsync<UsageException>(() => RunAsync(RestoreVerb.Verb, "--from", Folder, "--replace", "perhaps"));
    }

    private Task<int> RunAsync(Verb verb, params string[] arguments) => verb.Run(
        arguments,
        new Surroundings(
            _out, _error,
            Environment,
            Path.Combine(AppContext.BaseDirectory, "hocon")),
        CancellationToken.None);

    private async Task OnNewDatabaseAsync(params string[] statements)
    {
        _connectionString = await servers.NewDatabaseAsync();
        foreach (var statement in statements)
        {
            await ScalarAsync(statement);
        }
    }

    private async Task<object?> ScalarAsync(string sql)
    {
        await using var database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(_connectionString) { Pooling = false });
        await using var command = database.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }
}
