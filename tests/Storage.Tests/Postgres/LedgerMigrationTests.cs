using AkkaCrypto.Storage.Postgres;
using AkkaCrypto.TestKit.Servers;
using Npgsql;

namespace AkkaCrypto.Storage.Tests.Postgres;

/// <summary>A ledger with rows in it goes through the migrations that change its tables.</summary>
[Collection(ServerFixture.Collection)]
public sealed class LedgerMigrationTests(ServerFixture servers)
{
    [Fact]
    public async Task Legs_from_before_migration_0022_get_the_source_of_their_transfer_whatever_their_state()
    {
        using var folder = new TemporaryFolder();
        foreach (var file in Directory.EnumerateFiles(Migrations.ShippedDirectory, "*.sql"))
        {
            if (string.CompareOrdinal(Path.GetFileName(file), "0022") < 0)
            {
                File.Copy(file, Path.Combine(folder.Path, Path.GetFileName(file)));
            }
        }

        await using var database = NpgsqlDataSource.Create(await servers.NewEmptyDatabaseAsync());
        await Migrations.ApplyAsync(database, folder.Path, CancellationToken.None);
        await using (var before = database.CreateCommand("""
            INSERT INTO ledger.transfers (id, source, request, started_at)
                SELECT md5('t' || n)::uuid, md5('s' || n)::uuid, md5('t' || n)::uuid, now() FROM generate_series(0, 5) n;
            INSERT INTO ledger.transfer_legs (transfer_id, leg, to_wallet, state, exchanged, debit, credit, currency)
                SELECT md5('t' || n)::uuid, 0, gen_random_uuid(), n, false, 1, 1, 'USD' FROM generate_series(0, 5) n
            """))
        {
            await before.ExecuteNonQueryAsync();
        }

        await Migrations.ApplyAsync(database, Migrations.ShippedDirectory, CancellationToken.None);
        await using var after = database.CreateCommand("""
            SELECT count(*) FROM ledger.transfer_legs l JOIN ledger.transfers t ON t.id = l.transfer_id AND t.source = l.source
            """);
        Assert.Equal(6L, await after.ExecuteScalarAsync());

        // And what may not be changed still may not.
        await using var change = database.CreateCommand("UPDATE ledger.transfer_legs SET source = gen_random_uuid()");
        Assert.Equal("LE006", (await Assert.ThrowsAsync<PostgresException>(() => change.ExecuteNonQueryAsync())).SqlState);
    }
}
