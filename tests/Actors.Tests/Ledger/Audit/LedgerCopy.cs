using AkkaCrypto.Actors.Ledger.Audit;
using AkkaCrypto.TestKit.Servers;
using Npgsql;

namespace AkkaCrypto.Actors.Tests.Ledger.Audit;

/// <summary>
/// Class fixture: a copy of a ledger's database, which is falsified behind the back of triggers and constraints, verified, and made whole.
/// </summary>
public sealed class LedgerCopy(ServerFixture servers) : IAsyncLifetime
{
    private static readonly string[] Tables =
        ["commits", "wallets", "entries", "holds", "request_keys", "transfers", "transfer_legs", "signing_keys"];

    public NpgsqlDataSource Database { get; private set; } = null!;

    /// <summary>The public key that all was signed with.</summary>
    public byte[] PublicKey { get; private set; } = [];

    public async Task InitializeAsync()
    {
        var connectionString = await servers.NewDatabaseAsync();
        var ledger = new LedgerFixture(connectionString);
        await ledger.StartAsync();
        await new LedgerStory(ledger).TellAsync();
        PublicKey = ledger.Signer.PublicKey;
        ledger.Signer.Dispose();
        Database = NpgsqlDataSource.Create(connectionString);
        await ExecuteAsync("CREATE SCHEMA kept" + string.Concat(
            Tables.Select(table => $"; CREATE TABLE kept.{table} AS SELECT * FROM ledger.{table}"))
            + "; ALTER TABLE ledger.entries DROP CONSTRAINT entries_pkey, DROP CONSTRAINT entries_known_state, "
            + "DROP CONSTRAINT entries_held, DROP CONSTRAINT entries_closed_empty; ALTER TABLE ledger.commits DROP CONSTRAINT commits_pkey"
            + "; CREATE INDEX ON ledger.entries (wallet_id, version); CREATE INDEX ON ledger.commits (shard, number)");
    }

    public async Task DisposeAsync() => await Database.DisposeAsync();

    public Task<LedgerReport> VerifyAsync(LedgerTrust? trust = null) =>
        LedgerVerifier.RunAsync(Database, trust ?? LedgerTrust.None, null, CancellationToken.None);

    /// <summary>What the verifier says of the ledger after so much was done to it; then it is as it was.</summary>
    /// <param name="sql">Must change something.</param>
    /// <param name="parameters">Of <paramref name="sql"/>: $1, ….</param>
    public Task<LedgerReport> VerifyAfterAsync(string sql, params object[] parameters) =>
        VerifyAfterAsync(LedgerTrust.None, sql, parameters);

    /// <inheritdoc cref="VerifyAfterAsync(string, object[])"/>
    public async Task<LedgerReport> VerifyAfterAsync(LedgerTrust trust, string sql, params object[] parameters)
    {
        try
        {
            var changed = await ExecuteAsync(sql, parameters);
            Assert.True(changed > 0, $"nothing was changed by {sql}");
            return await VerifyAsync(trust);
        }
        finally
        {
            await ExecuteAsync(string.Join(
                "; ", Tables.Select(table => $"DELETE FROM ledger.{table}; INSERT INTO ledger.{table} SELECT * FROM kept.{table}")));
        }
    }

    private async Task<int> ExecuteAsync(string sql, params object[] parameters)
    {
        await using var connection = await Database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var unguarded = new NpgsqlCommand("SET LOCAL session_replication_role = replica", connection))
        {
            await unguarded.ExecuteNonQueryAsync();
        }

        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddRange(parameters.Select(value => new NpgsqlParameter { Value = value }).ToArray());
        var changed = await command.ExecuteNonQueryAsync();
        await transaction.CommitAsync();
        return changed;
    }
}
