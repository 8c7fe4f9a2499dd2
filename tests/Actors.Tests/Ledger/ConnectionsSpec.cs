using AkkaCrypto.Actors.Runtime;
using AkkaCrypto.Contracts.Ledger;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Servers;
using Npgsql;

namespace AkkaCrypto.Actors.Tests.Ledger;

/// <summary>The connections that shards keep, or share where the pool is small.</summary>
[Collection(ServerFixture.Collection)]
public sealed class ConnectionsSpec(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private const string Own = "FROM pg_stat_activity WHERE application_name = 'akkacrypto-ledger' AND datname = current_database()";
    private const int Transfers = 300;
    private const int Attempts = 20;

    [Theory]
    [InlineData(2)]
    [InlineData(11)]
    [InlineData(12)]
    public async Task However_few_connections_there_are_all_that_is_asked_at_once_is_done(int most)
    {
        await using var ledger = new LedgerFixture(database.ConnectionString);
        ledger.Settings = ledger.Settings with { MaxPoolSize = most };
        await ledger.StartAsync();
        var wallets = await Task.WhenAll(Enumerable.Range(0, 4).Select(shard => ledger.WalletAsync(Transfers, shard: shard)));
        var done = await Task.WhenAll(Enumerable.Range(0, Transfers).Select(n => ledger.CodeAsync(
            new Transfer(wallets[n % 4], ledger.Key(), "USD", [new(wallets[(n + 1) % 4], 1, 1, "USD")]))));

        Assert.All(done, code => Assert.Equal(LedgerCode.Done, code));
        var views = await Task.WhenAll(wallets.Select(ledger.ViewAsync));
        Assert.All(views, view => Assert.Equal(Transfers, view.Balance));
        Assert.InRange(await ledger.ScalarAsync<long>($"SELECT count(*) {Own}"), 1, most);
        await ledger.AssertSoundAsync();
    }

    [Fact]
    public async Task A_shard_whose_connections_the_server_has_ended_carries_out_the_next_command_once()
    {
        await using var ledger = await LedgerFixture.StartAsync(database);
        var wallet = await ledger.WalletAsync(100);
        await using var admin = NpgsqlDataSource.Create(database.ConnectionString);
        await using var end = admin.CreateCommand($"SELECT pg_terminate_backend(pid) {Own}");
        await end.ExecuteNonQueryAsync();
        var deposit = ledger.Ledger.AskAsync(new Deposit(wallet, ledger.Key("after"), 1, "USD"), CancellationToken.None);
        await Eventually.HoldsAsync(() =>
        {
            ledger.Time.Advance(TimeSpan.FromMilliseconds(1));
            return deposit.IsCompleted;
        });

        var asked = await deposit;
        Assert.Equal((AskOutcome.Answered, LedgerCode.Done), (asked.Outcome, asked.Reply!.Code));
        Assert.Equal(101, (await ledger.ViewAsync(wallet)).Balance);
    }

    [Fact]
    public async Task A_ledger_that_is_stopped_while_it_takes_its_shards_ends()
    {
        await using var admin = NpgsqlDataSource.Create(database.ConnectionString);
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            await using var held = await HeldLock.TakeAsync(admin, "LOCK TABLE ledger.shards IN EXCLUSIVE MODE");
            var ledger = await LedgerFixture.StartAsync(database);
            await Eventually.HoldsAsync(async () => await ledger.ScalarAsync<long>(
                $"SELECT count(*) {Own} AND wait_event_type = 'Lock'") == ledger.Settings.Shards);
            var stopping = ledger.StopAsync();
            await held.LetAsync();
            await stopping.Within("the end of a ledger that was taking its shards");
        }
    }

    [Fact]
    public async Task A_ledger_that_has_ended_holds_no_connection()
    {
        await using var ledger = await LedgerFixture.StartAsync(database);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(shard => ledger.WalletAsync(1, shard: shard)));
        await ledger.Ledger.DisposeAsync();
        var all = await Task.WhenAll(Enumerable.Range(0, ledger.Settings.MaxPoolSize)
            .Select(_ => ledger.Database.OpenConnectionAsync().AsTask().Within("a connection of the pool")));
        foreach (var connection in all)
        {
            await connection.DisposeAsync();
        }

        await ledger.Database.DisposeAsync();
        await ledger.StartAsync();
    }
}
