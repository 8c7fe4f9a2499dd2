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
    [InlineData("TRUNCATE ledger.wallets", "LE004")]
    [InlineData("UPDATE ledger.wallets SET overdraft = overdraft + 1", "LE004")]
    public async Task The_database_itself_refuses_what_would_falsify_the_ledger(string sql, string state)
    {
        await ledger.WalletAsync(100);
        var refused = await Assert.ThrowsAsync<PostgresException>(() => ledger.ExecuteAsync(sql));
        Assert.Equal(state, refused.SqlState);
    }

    [Theory]
    [InlineData(5, 105, 2, true, "LE002")]
    [InlineData(5, 105, 2, false, "LE002")]
    [InlineData(0, 100, 3, false, "LE003")]
    [InlineData(0, 101, 2, false, "LE003")]
    public async Task The_database_itself_refuses_entries_that_do_not_balance_or_follow(
        int amount, int balance, int version, bool isDirect, string state)
    {
        var wallet = await ledger.WalletAsync(100);
        Assert.Equal(state, await RefusedAsync($"('{wallet}', {version}, {amount}, {balance}, 0, 0)", isDirect));
    }

    [Theory]
    [InlineData(4, 100, 0)]
    [InlineData(3, 101, 0)]
    [InlineData(3, 100, 1)]
    public async Task The_database_itself_refuses_an_entry_that_does_not_follow_another_of_its_commit(int version, int balance, int first)
    {
        var (wallet, other) = (await ledger.WalletAsync(100), Guid.NewGuid());
        await ledger.ExecuteAsync($"""
            INSERT INTO ledger.wallets (id, overdraft, kind, decimals, shard, currency, tenant) VALUES ('{other}', 0, 0, 2, 0, 'USD', '')
            """);
        Assert.Equal("LE003", await RefusedAsync(
            $"('{wallet}', 2, 0, 100, 0, 0), ('{wallet}', {version}, 0, {balance}, 0, 0), ('{other}', {first}, 0, 0, 0, 0)"));
    }

    [Fact]
    public async Task The_database_itself_refuses_entries_of_a_wallet_that_is_not_there() =>
        Assert.Equal("LE003", await RefusedAsync($"('{Guid.NewGuid()}', 0, 0, 0, 0, 0)"));

    [Theory]
    [InlineData(0, 0, 101, "LE005")]
    [InlineData(0, -101, 0, "LE005")]
    [InlineData(30, -131, 0, "LE005")]
    [InlineData(30, -31, 100, "LE005")]
    [InlineData(30, -131, -1, "23514")]
    public async Task The_database_itself_refuses_to_leave_less_than_the_overdraft_allows(int overdraft, int amount, int held, string state)
    {
        var (wallet, other) = (await ledger.WalletAsync(100, overdraft: overdraft), await ledger.WalletAsync(0));
        Assert.Equal(state, await RefusedAsync(
            $"('{wallet}', 2, {amount}, {100 + amount}, {held}, 0), ('{other}', 1, {-amount}, {-amount}, 0, 0)"));
    }

    [Fact]
    public async Task The_database_itself_takes_what_uses_up_the_overdraft()
    {
        var (wallet, other) = (await ledger.WalletAsync(100, overdraft: 30), await ledger.WalletAsync(0));
        await ledger.ExecuteAsync(Insert($"('{wallet}', 2, -30, 70, 100, 0), ('{other}', 1, 30, 30, 0, 0)"));
    }

    [Theory]
    [InlineData(1, 0, 2)]
    [InlineData(0, 1, 2)]
    [InlineData(0, 0, 3)]
    public async Task The_database_itself_refuses_to_close_a_wallet_that_is_not_empty_and_states_that_there_are_none(
        int balance, int held, int state)
    {
        var wallet = await ledger.WalletAsync(balance);
        Assert.Equal("23514", await RefusedAsync($"('{wallet}', {(balance == 0 ? 1 : 2)}, 0, {balance}, {held}, {state})"));
    }

    [Fact]
    public async Task The_database_itself_refuses_to_close_a_wallet_that_has_promised_to_take_more()
    {
        var wallet = await ledger.WalletAsync(0);
        var leg = $"""
            INSERT INTO ledger.transfer_legs (transfer_id, leg, to_wallet, state, exchanged, debit, credit, currency, source)
            VALUES ('{Guid.NewGuid()}', 0, '{wallet}', 1, false, 1, 1, 'USD', '{Guid.NewGuid()}');
            """;

        // In one transaction, so that the ledger never meets a leg of no transfer.
        var refused = await Assert.ThrowsAsync<PostgresException>(
            () => ledger.ExecuteAsync(leg + Insert($"('{wallet}', 1, 0, 0, 0, 2)")));
        Assert.Equal("LE008", refused.SqlState);
    }

    private async Task<string> RefusedAsync(string entries, bool isDirect = true) =>
        (await Assert.ThrowsAsync<PostgresException>(() => ledger.ExecuteAsync(Insert(entries, isDirect)))).SqlState;

    /// <param name="entries">Rows of wallet, version, amount, balance, held and state.</param>
    /// <param name="isDirect">Whether their operation balances by itself; otherwise their commit does.</param>
    private static string Insert(string entries, bool isDirect = true) => $"""
        INSERT INTO ledger.entries (wallet_id, version, time, commit_no, shard, kind, state, direct, amount, balance, held, operation_id,
            currency, hash)
        SELECT wallet::uuid, version, now(), 99, 0, 10, state, {isDirect}, amount, balance, held, '{Guid.Empty}', 'USD', ''
        FROM (VALUES {entries}) AS e (wallet, version, amount, balance, held, state)
        """;
}
