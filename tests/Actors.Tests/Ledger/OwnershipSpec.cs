using AkkaCrypto.Actors.Ledger;
using AkkaCrypto.Actors.Runtime;
using AkkaCrypto.Contracts.Ledger;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Feeds;
using AkkaCrypto.TestKit.Servers;
using Npgsql;

namespace AkkaCrypto.Actors.Tests.Ledger;

/// <summary>Who dies, is cut off or loses its shard: what was acknowledged is there once, and all else once or not at all.</summary>
[Collection(ServerFixture.Collection)]
public sealed class OwnershipSpec(DatabaseFixture database) : IClassFixture<DatabaseFixture>, IAsyncLifetime
{
    private LedgerFixture ledger = null!;

    public async Task InitializeAsync() => ledger = await LedgerFixture.StartAsync(database);

    public async Task DisposeAsync()
    {
        await ledger.AssertSoundAsync();
        await ledger.DisposeAsync();
    }

    [Fact]
    public async Task An_owner_that_lost_its_shard_commits_nothing_and_refuses()
    {
        var wallet = await ledger.WalletAsync(100, shard: 0);
        await ledger.Journal(0).TakeAsync(again: false, CancellationToken.None);

        var asked = await ledger.Ledger.AskAsync(new Deposit(wallet, ledger.Key(), 5, "USD"), CancellationToken.None).Within("a refusal");
        Assert.Equal(AskOutcome.Unavailable, asked.Outcome);
        Assert.Equal(100, (await ledger.ViewAsync(wallet)).Balance);
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new Deposit(await ledger.WalletAsync(shard: 1), ledger.Key(), 5, "USD")));
    }

    [Fact]
    public async Task An_old_owner_that_was_stopped_in_the_middle_of_a_commit_never_lands_it()
    {
        // The ledger itself has taken the shard by then: a third one that waits would end whoever waits before it.
        await ledger.WalletAsync(shard: 2);
        var old = ledger.Journal(2);
        var epoch = await old.TakeAsync(again: false, CancellationToken.None);
        await using var stopped = await HeldLock.TakeAsync(database.Database, $"""
            SELECT ledger.require_turn(2::smallint, {epoch}, 1); INSERT INTO ledger.commits VALUES (2, 1000000, 1, now(), 0)
            """);

        Assert.Equal(epoch + 1, await TakenByAnotherAsync());
        await Assert.ThrowsAnyAsync<Exception>(() => stopped.CommitAsync());
        Assert.Equal(0, await ledger.ScalarAsync<long>("SELECT count(*) FROM ledger.commits WHERE number = 1000000"));
    }

    [Fact]
    public async Task An_old_owner_that_was_stopped_with_a_commit_ahead_of_its_turn_keeps_none_of_its_keys()
    {
        var wallet = await ledger.WalletAsync(shard: 2);
        var old = ledger.Journal(2);
        var epoch = await old.TakeAsync(again: false, CancellationToken.None);
        var deposit = new Deposit(wallet, ledger.Key("ahead"), 5, "USD");
        await using var stopped = await AheadOfItsTurnAsync(deposit);

        Assert.Equal(epoch + 1, await TakenByAnotherAsync());
        await Assert.ThrowsAnyAsync<Exception>(() => stopped.CommitAsync());
        await ledger.StopAsync();
        await ledger.StartAsync();
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(deposit));
        Assert.Equal(5, (await ledger.ViewAsync(wallet)).Balance);
    }

    [Fact]
    public async Task A_key_that_is_held_by_who_was_stopped_after_it_lost_the_shard_is_free_again_once_a_commit_has_waited_for_it_too_long()
    {
        await ledger.StopAsync();
        ledger.Settings = ledger.Settings with { CommitTimeout = TimeSpan.FromSeconds(2) };
        await ledger.StartAsync();
        var wallet = await ledger.WalletAsync(shard: 2);
        var deposit = new Deposit(wallet, ledger.Key("held"), 5, "USD");
        await using var stopped = await AheadOfItsTurnAsync(deposit);

        var asked = ledger.Ledger.AskAsync(deposit, CancellationToken.None);
        await Eventually.HoldsAsync(() =>
        {
            ledger.Time.Advance(TimeSpan.FromMilliseconds(100));
            return stopped.IsBlockingAsync();
        });
        await Eventually.HoldsAsync(() =>
        {
            ledger.Time.Advance(TimeSpan.FromMilliseconds(100));
            return asked.IsCompleted;
        });

        Assert.Equal((AskOutcome.Answered, LedgerCode.Done), ((await asked).Outcome, (await asked).Reply?.Code));
        Assert.Equal(5, (await ledger.ViewAsync(wallet)).Balance);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_connection_that_is_cut_during_the_commit_leaves_one_effect_and_one_answer(bool landsAfterTheCut)
    {
        var wallet = await ledger.WalletAsync(100, shard: 3);
        await ledger.StopAsync();
        var direct = new NpgsqlConnectionStringBuilder(database.ConnectionString);
        await using var relay = new TcpRelay(direct.Port);
        await ledger.StartAsync(new NpgsqlConnectionStringBuilder(database.ConnectionString) { Port = relay.Port }.ConnectionString);
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new Deposit(wallet, ledger.Key(), 1, "USD")));

        await using var block = await HeldLock.TakeAsync(database.Database, "SELECT FROM ledger.shards WHERE shard = 3 FOR UPDATE");
        var deposit = ledger.Ledger.AskAsync(new Deposit(wallet, ledger.Key("cut"), 50, "USD"), CancellationToken.None);
        await Eventually.HoldsAsync(async () => await BlockedAsync() != null);
        var commit = await BlockedAsync();
        relay.Cut();
        if (!landsAfterTheCut)
        {
            await using var end = database.Database.CreateCommand($"SELECT pg_terminate_backend({commit})");
            await end.ExecuteNonQueryAsync();
        }

        relay.Open();
        await block.LetAsync();
        await Eventually.HoldsAsync(() =>
        {
            ledger.Time.Advance(TimeSpan.FromMilliseconds(10));
            return deposit.IsCompleted;
        });

        var answer = await deposit;
        Assert.Equal((AskOutcome.Answered, LedgerCode.Done), (answer.Outcome, answer.Reply!.Code));
        var again = await ledger.AskAsync(new Deposit(wallet, ledger.Key("cut"), 50, "USD"));
        Assert.Equal((answer.Reply.Answer, true), (again.Answer, again.Replayed));

        // Past the relay, which ends with this test.
        await ledger.StopAsync();
        await ledger.StartAsync();
        await using var balance = database.Database.CreateCommand($"SELECT balance::bigint FROM ledger.balances WHERE id = '{wallet}'");
        Assert.Equal(151L, await balance.ExecuteScalarAsync());
    }

    [Fact]
    public async Task A_transfer_whose_process_died_half_way_is_done_by_the_next_one_and_its_key_tells_so()
    {
        var (a, b) = (await ledger.WalletAsync(100, shard: 0), await ledger.WalletAsync(shard: 1));
        await ledger.Journal(1).TakeAsync(again: false, CancellationToken.None);
        Assert.Equal(AskOutcome.Unavailable, (await ledger.Ledger.AskAsync(
            new Deposit(b, ledger.Key(), 1, "USD"), CancellationToken.None)).Outcome);
        var half = await ledger.AskAsync(new Transfer(a, ledger.Key("t"), "USD", [new(b, 30, 30, "USD")]));
        Assert.Equal(LedgerCode.Underway, half.Code);
        var totals = await ledger.Reader.TotalsAsync("USD", CancellationToken.None);
        Assert.Equal((30, 0), (totals.InTransit, totals.Balances + totals.InTransit + totals.External));

        await ledger.StopAsync();
        await ledger.StartAsync();
        await Eventually.HoldsAsync(async () =>
        {
            ledger.Time.Advance(TimeSpan.FromSeconds(5));
            return (await ledger.Reader.TransferAsync(ledger.Key("t").Digest, CancellationToken.None))!.IsEnded;
        });

        Assert.Equal((70, 30), ((await ledger.ViewAsync(a)).Balance, (await ledger.ViewAsync(b)).Balance));
        var again = await ledger.AskAsync(new Transfer(a, ledger.Key("t"), "USD", [new(b, 30, 30, "USD")]));
        Assert.Equal((LedgerCode.Done, true), (again.Code, again.Replayed));
    }

    [Fact]
    public async Task A_commit_never_lands_before_the_one_that_it_follows_nor_without_it()
    {
        await ledger.WalletAsync(shard: 3);
        var epoch = await ledger.ScalarAsync<long>("SELECT epoch FROM ledger.shards WHERE shard = 3");
        var last = await ledger.ScalarAsync<long>("SELECT max(number) FROM ledger.commits WHERE shard = 3");
        await using var first = await HeldLock.TakeAsync(ledger.Database, $"""
            {Turn(epoch, last + 1)}; INSERT INTO ledger.commits VALUES (3, {last + 1}, {epoch}, now(), 0)
            """);

        var waiting = ledger.ExecuteAsync(Turn(epoch, last + 2));
        await Eventually.HoldsAsync(first.IsBlockingAsync);
        Assert.False(waiting.IsCompleted);
        await first.LetAsync();
        Assert.Equal("LE007", (await Assert.ThrowsAsync<PostgresException>(() => waiting)).SqlState);
        await ledger.ExecuteAsync(Turn(epoch, last + 1));
    }

    private static string Turn(long epoch, long number) => $"SELECT ledger.require_turn(3::smallint, {epoch}, {number})";

    /// <summary>Shard 2, with the patience that it takes with whoever is in the way.</summary>
    /// <returns>Its epoch then.</returns>
    private async Task<long> TakenByAnotherAsync()
    {
        var taking = ledger.Journal(2).TakeAsync(again: false, CancellationToken.None);
        await Eventually.HoldsAsync(() =>
        {
            ledger.Time.Advance(TimeSpan.FromSeconds(2));
            return taking.IsCompleted;
        });
        return await taking;
    }

    /// <summary>What a commit of shard 2 that is sent ahead has done when it waits for its turn.</summary>
    private Task<HeldLock> AheadOfItsTurnAsync(Deposit deposit) => HeldLock.TakeAsync(database.Database, $"""
        SELECT pg_advisory_xact_lock_shared({LedgerStatements.AheadLocks}, 2);
        INSERT INTO ledger.request_keys (digest, fingerprint, created_at, version, wallet_id)
        VALUES ('{deposit.Request.Digest}', '{deposit.Request.Digest}', '{ledger.Time.GetUtcNow():O}', 1, '{deposit.Wallet}')
        """);

    private async Task<int?> BlockedAsync()
    {
        await using var command = database.Database.CreateCommand(
            """
            SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%require_turn%' AND datname = current_database()
            LIMIT 1
            """);
        return await command.ExecuteScalarAsync() as int?;
    }
}
