using AkkaCrypto.Actors.Runtime;
using AkkaCrypto.Contracts.Ledger;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Servers;

namespace AkkaCrypto.Actors.Tests.Ledger;

/// <summary>Two commits of one shard under way in a real database, and what can become of them.</summary>
[Collection(ServerFixture.Collection)]
public sealed class TwoCommitsSpec(DatabaseFixture database) : IClassFixture<DatabaseFixture>, IAsyncLifetime
{
    private const int Shard = 3;
    private const int Many = 1_000;

    private LedgerFixture ledger = null!;

    public async Task InitializeAsync()
    {
        ledger = await LedgerFixture.StartAsync(database);
        ledger.Actors = ledger.Actors with { MaxBatch = 2048 };
    }

    public Task DisposeAsync() => ledger.DisposeAsync().AsTask();

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task Whichever_of_the_two_is_lost_each_deposit_is_done_once_and_answered_with_what_is_there(bool older, bool newer)
    {
        var wallet = await ledger.WalletAsync(shard: Shard);
        var deposits = Enumerable.Range(0, Many + 1).Select(_ => new Deposit(wallet, ledger.Key(), 1, "USD")).ToList();
        await using var block = await HeldLock.TakeAsync(database.Database, $"SELECT FROM ledger.shards WHERE shard = {Shard} FOR UPDATE");
        List<Task<Asked<LedgerReply>>> answers = [ledger.Ledger.AskAsync(deposits[0], CancellationToken.None)];
        await Eventually.HoldsAsync(async () => (await WaitingAsync()).Count == 1);
        var first = (await WaitingAsync()).Single();
        answers.AddRange(deposits.Skip(1).Select(deposit => ledger.Ledger.AskAsync(deposit, CancellationToken.None)));
        await Eventually.HoldsAsync(async () => (await WaitingAsync()).Count == 2);
        var second = (await WaitingAsync()).Single(backend => backend != first);
        await EndAsync(older ? first : null);
        await EndAsync(newer ? second : null);

        Assert.DoesNotContain(answers, answer => answer.IsCompleted);
        await block.LetAsync();
        await Eventually.HoldsAsync(() =>
        {
            ledger.Time.Advance(TimeSpan.FromMilliseconds(10));
            return answers.TrueForAll(answer => answer.IsCompleted);
        });

        Assert.All(await Task.WhenAll(answers), answer => Assert.Equal(LedgerCode.Done, answer.Reply?.Code));
        Assert.Equal(Many + 1, (await ledger.ViewAsync(wallet)).Balance);
        for (var n = 0; n < deposits.Count; n += 100)
        {
            var again = await ledger.AskAsync(deposits[n]);
            Assert.Equal(((await answers[n]).Reply!.Answer, true), (again.Answer, again.Replayed));
        }

        await ledger.AssertSoundAsync();
    }

    /// <summary>The backends whose commits wait for the shard's row.</summary>
    private async Task<List<int>> WaitingAsync()
    {
        await using var command = database.Database.CreateCommand("""
            SELECT pid FROM pg_stat_activity
            WHERE wait_event_type = 'Lock' AND query LIKE '%require_turn%' AND datname = current_database()
            """);
        await using var rows = await command.ExecuteReaderAsync();
        var backends = new List<int>();
        while (await rows.ReadAsync())
        {
            backends.Add(rows.GetInt32(0));
        }

        return backends;
    }

    private async Task EndAsync(int? backend)
    {
        if (backend is { } ended)
        {
            await using var command = database.Database.CreateCommand($"SELECT pg_terminate_backend({ended}, 5000)");
            await command.ExecuteNonQueryAsync();
        }
    }
}
