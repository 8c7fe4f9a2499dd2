using AkkaCrypto.Actors.Ledger;
using AkkaCrypto.Contracts.Ledger;
using AkkaCrypto.TestKit.Servers;

namespace AkkaCrypto.Actors.Tests.Ledger;

/// <summary>Rows that were changed past the service.</summary>
[Collection(ServerFixture.Collection)]
public sealed class DamagedKeySpec(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    [Fact]
    public async Task A_key_whose_entry_somebody_has_deleted_is_named_and_not_taken_for_unused()
    {
        await using var ledger = await LedgerFixture.StartAsync(database);
        var wallet = await ledger.WalletAsync(shard: 1);
        var deposit = new Deposit(wallet, ledger.Key("damaged"), 5, "USD");
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(deposit));
        await using (var pastTheTriggers = ledger.Database.CreateCommand($"""
            SET session_replication_role = replica; DELETE FROM ledger.entries WHERE wallet_id = '{wallet}' AND amount = 5
            """))
        {
            Assert.Equal(1, await pastTheTriggers.ExecuteNonQueryAsync());
        }

        var found = new List<LedgerState>();
        // Asked for with what it may have made, a key is looked for at once.
        var damaged = await Assert.ThrowsAsync<InvalidDataException>(() => ledger.Journal(1).LoadAsync(
            [LedgerKey.Request(deposit.Request.Digest), LedgerKey.Hold(deposit.Request.Digest)], (_, state) => found.Add(state),
            CancellationToken.None));

        Assert.Contains($"Key {deposit.Request.Digest} is answered by entry", damaged.Message, StringComparison.Ordinal);
        Assert.Contains($"of wallet {wallet}, which is not there", damaged.Message, StringComparison.Ordinal);
        Assert.Empty(found);
    }
}
