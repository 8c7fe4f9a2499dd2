using AkkaCrypto.TestKit.Servers;
using Npgsql;

namespace AkkaCrypto.Actors.Tests.Ledger;

/// <summary>What the database refuses, whoever writes.</summary>
[Collection(ServerFixture.Collection)]
public sealed class ConstraintSpec(DatabaseFixture database) : IClassFixture<DatabaseFixture>, IAsyncLifetime
{
    private LedgerFixture ledger = null!;

    public async Task InitializeAsync() => ledger = await LedgerFixture.StartAsync(database);

    public async Task DisposeAsync() => await ledger.DisposeAsync();

    [Theory]
    [InlineData("UPDATE ledger.entries SET amount = 1", "LE004")]
    [InlineData("DELETE FROM ledger.entries", "LE004")]
    [InlineData("TRUNCATE ledger.entries", "LE004")]
    [InlineData("DELETE FROM ledger.wallets", "LE004")]
    [InlineData("UPDATE ledger.wallets SET balance = balance + 1", "LE005")]
    [InlineData("UPDATE ledger.wallets SET version = version + 1", "LE005")]
    [InlineData("UPDATE ledger.wallets SET balance = -1, version = version WHERE kind = 0", "23514")]
    public async Task The_database_itself_refuses_what_would_falsify_the_ledger(string sql, string state)
    {
        await ledger.WalletAsync(100);
        var refused = await Assert.ThrowsAsync<PostgresException>(() => ledger.ExecuteAsync(sql));
        Assert.Equal(state, refused.SqlState);
    }

    [Theory]
    [InlineData(5, 105, 2, "LE002")]
    [InlineData(0, 100, 3, "LE003")]
    [InlineData(0, 101, 2, "LE003")]
    public async Task The_database_itself_refuses_entries_that_do_not_balance_or_follow(int amount, int balance, int version, string state)
    {
        var wallet = await ledger.WalletAsync(100);
        var refused = await Assert.ThrowsAsync<PostgresException>(() => ledger.ExecuteAsync($"""
            INSERT INTO ledger.entries (wallet_id, version, time, commit_no, shard, kind, state, direct, amount, balance, held, operation_id,
                currency, hash)
            VALUES ('{wallet}', {version}, now(), 99, 0, 1, 0, false, {amount}, {balance}, 0, '{Guid.Empty}', 'USD', '')
            """));
        Assert.Equal(state, refused.SqlState);
    }

    [Theory]
    [InlineData(4, 100, 0)]
    [InlineData(3, 101, 0)]
    [InlineData(3, 100, 1)]
    public async Task The_database_itself_refuses_an_entry_that_does_not_follow_another_of_its_commit(int version, int balance, int first)
    {
        var wallet = await ledger.WalletAsync(100);
        var unknown = Guid.NewGuid();
        var refused = await Assert.ThrowsAsync<PostgresException>(() => ledger.ExecuteAsync($"""
            INSERT INTO ledger.entries (wallet_id, version, time, commit_no, shard, kind, state, direct, amount, balance, held, operation_id,
                currency, hash)
            SELECT w::uuid, v, now(), 99, 0, 10, 0, true, 0, b, 0, '{Guid.Empty}', 'USD', ''
            FROM (VALUES ('{wallet}', 2, 100), ('{wallet}', {version}, {balance}), ('{unknown}', {first}, 0)) AS e (w, v, b)
            """));
        Assert.Equal("LE003", refused.SqlState);
    }
}
