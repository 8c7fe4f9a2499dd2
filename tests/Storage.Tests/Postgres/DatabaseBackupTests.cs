using AkkaCrypto.Storage.Postgres;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Servers;
using Npgsql;
using Xunit.Abstractions;

namespace AkkaCrypto.Storage.Tests.Postgres;

[Collection(ServerFixture.Collection)]
public sealed class DatabaseBackupTests(ServerFixture servers, ITestOutputHelper output) : IDisposable
{
    private static readonly string[] Schemas = ["market", "onchain", "ledger", "auth", "ops"];

    private readonly TemporaryFolder _folder = new();
    private readonly List<BackupProgress> _seen = [];

    private string Backup => Path.Combine(_folder.Path, "backups", "one");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_restored_database_has_the_rows_and_the_hashes_of_the_one_that_was_backed_up()
    {
        var (from, to) = (await servers.NewDatabaseAsync(), await servers.NewEmptyDatabaseAsync());
        await FillAsync(from, new Random(Seed.Next(output)), 500);

        var manifest = await Of(from).TakeAsync(Backup, Progress(), default);
        await Of(to).RestoreAsync(Backup, await DatabaseBackup.ReadManifestAsync(Backup, default), Progress(), default);

        var again = await Of(to).TakeAsync(Backup + "-again", Progress(), default);
        Assert.Equal(manifest.Tables, again.Tables);
        Assert.Equal(manifest.Migrations, again.Migrations);
        Assert.Equal(500, manifest.Tables.Single(table => table.Table == "market.trades").Rows);
        Assert.Equal(await TextOfAsync(from), await TextOfAsync(to));
    }

    [Fact]
    public async Task The_dump_and_the_manifest_are_of_one_moment_while_writers_go_on()
    {
        var (from, to) = (await servers.NewDatabaseAsync(), await servers.NewEmptyDatabaseAsync());
        var random = new Random(Seed.Next(output));
        await FillAsync(from, random, 200);
        using var stop = new CancellationTokenSource();
        var writing = Task.Run(async () =>
        {
            for (var from1 = 1000; !stop.IsCancellationRequested; from1 += 20)
            {
                await FillAsync(from, random, 20, from1);
            }
        });

        await Of(from).TakeAsync(Backup, Progress(), default);
        await stop.CancelAsync();
        await writing;

        // The restore itself compares every table with the manifest.
        await Of(to).RestoreAsync(Backup, await DatabaseBackup.ReadManifestAsync(Backup, default), Progress(), default);
        Assert.True(await Of(to).CountRowsAsync(default) >= 200);
    }

    [Fact]
    public async Task A_backup_that_does_not_hold_what_its_manifest_says_changes_nothing()
    {
        var (from, to) = (await servers.NewDatabaseAsync(), await servers.NewDatabaseAsync());
        await FillAsync(from, new Random(Seed.Next(output)), 50);
        await FillAsync(to, new Random(1), 7);
        await Of(from).TakeAsync(Backup, Progress(), default);
        var manifest = await DatabaseBackup.ReadManifestAsync(Backup, default);
        var before = await TextOfAsync(to);

        var wrong = manifest with { Tables = [.. manifest.Tables.Select(table => table with { Rows = table.Rows + 1 })] };
        var refused = await Assert.ThrowsAsync<BackupException>(() => Of(to).RestoreAsync(Backup, wrong, Progress(), default));

        Assert.Contains("the backup says", refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, await TextOfAsync(to));
    }

    [Fact]
    public async Task A_dump_that_is_cut_off_changes_nothing()
    {
        var (from, to) = (await servers.NewDatabaseAsync(), await servers.NewDatabaseAsync());
        await FillAsync(from, new Random(Seed.Next(output)), 2000);
        await FillAsync(to, new Random(1), 7);
        await Of(from).TakeAsync(Backup, Progress(), default);
        var before = await TextOfAsync(to);
        using (var dump = new FileStream(Path.Combine(Backup, "database.dump"), FileMode.Open))
        {
            dump.SetLength(dump.Length * 2 / 3);
        }

        await Assert.ThrowsAsync<BackupException>(async () =>
            await Of(to).RestoreAsync(Backup, await DatabaseBackup.ReadManifestAsync(Backup, default), Progress(), default));

        Assert.Equal(before, await TextOfAsync(to));
    }

    [Fact]
    public async Task A_restore_that_is_broken_off_changes_nothing()
    {
        var (from, to) = (await servers.NewDatabaseAsync(), await servers.NewDatabaseAsync());
        await FillAsync(from, new Random(Seed.Next(output)), 100);
        await FillAsync(to, new Random(1), 7);
        await Of(from).TakeAsync(Backup, Progress(), default);
        var before = await TextOfAsync(to);
        await using var inTheWay = NpgsqlDataSource.Create(to);
        await using var held = await HeldLock.TakeAsync(inTheWay, "LOCK TABLE market.trades IN ROW EXCLUSIVE MODE");

        using var stop = new CancellationTokenSource();
        var restoring = Of(to).RestoreAsync(Backup, await DatabaseBackup.ReadManifestAsync(Backup, default), Progress(), stop.Token);
        await Eventually.HoldsAsync(() => IsWaitingForALock(inTheWay));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => restoring);
        await held.LetAsync();

        Assert.Equal(before, await TextOfAsync(to));
    }

    [Fact]
    public async Task A_folder_that_exists_is_never_overwritten_and_a_failed_backup_leaves_none()
    {
        var from = await servers.NewDatabaseAsync();
        await Of(from).TakeAsync(Backup, Progress(), default);

        await Assert.ThrowsAsync<BackupException>(() => Of(from).TakeAsync(Backup, Progress(), default));
        await Assert.ThrowsAsync<BackupException>(
            async () => await Of(await servers.NewEmptyDatabaseAsync()).TakeAsync(Backup + "-none", Progress(), default));

        Assert.Equal([Backup], Directory.GetDirectories(Path.GetDirectoryName(Backup)!));
    }

    private DatabaseBackup Of(string connectionString) => new(connectionString, Schemas, TimeProvider.System);

    private IProgress<BackupProgress> Progress() => new Progress<BackupProgress>(_seen.Add);

    private static bool IsWaitingForALock(NpgsqlDataSource database)
    {
        using var command = database.CreateCommand(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'");
        return (long)command.ExecuteScalar()! > 0;
    }

    private static async Task FillAsync(string connectionString, Random random, int rows, int from = 0)
    {
        await using var database = NpgsqlDataSource.Create(connectionString);
        await using var command = database.CreateCommand("""
            INSERT INTO market.trades
                (time_ns, received_at, currency_pair_no, exchange_id, taker_side, time_digits, trade_id, price, quantity)
            SELECT $2 + n, now(), 1, 1, CASE n % 3 WHEN 0 THEN NULL ELSE n % 3 END, 3, 't''"\' || ($3 + n), $1 + n, 0.00000001 * (n + 1)
            FROM generate_series(0, $4 - 1) n
            """);
        command.Parameters.Add(new() { Value = (decimal)random.Next(1, 1_000_000) / 100 });
        command.Parameters.Add(new() { Value = random.NextInt64(1L << 60) });
        command.Parameters.Add(new() { Value = from });
        command.Parameters.Add(new() { Value = rows });
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<string> TextOfAsync(string connectionString)
    {
        await using var database = NpgsqlDataSource.Create(connectionString);
        await using var command = database.CreateCommand(
            "SELECT coalesce(string_agg(t::text, E'\\n' ORDER BY trade_id), '') FROM market.trades t");
        return (string)(await command.ExecuteScalarAsync())!;
    }
}
