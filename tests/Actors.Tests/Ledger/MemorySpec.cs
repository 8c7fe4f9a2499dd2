using System.Diagnostics;
using AkkaCrypto.Contracts.Ledger;
using AkkaCrypto.Contracts.Ops;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Servers;

namespace AkkaCrypto.Actors.Tests.Ledger;

/// <summary>What many wallets cost: memory for those in use, and a cold one at most two queries.</summary>
[Collection(ServerFixture.Collection)]
public sealed class MemorySpec(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private const int Wallets = 20_000;
    private const int Active = 200;
    private const int MostActive = 2_000;
    private const int AtOnce = 1_000;

    [Fact]
    public async Task Of_twenty_thousand_wallets_only_those_in_use_are_in_memory()
    {
        await using var ledger = await LedgerFixture.StartAsync(database);
        ledger.Actors = ledger.Actors with { MaxActive = MostActive, IdleAfter = TimeSpan.FromMinutes(10) };
        int InMemory() => ledger.Ledger.Statuses().Sum(shard => shard.Active);
        var wallets = new List<Guid>(Wallets);
        var most = 0;
        while (wallets.Count < Wallets)
        {
            wallets.AddRange(await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => ledger.WalletAsync())));
            most = Math.Max(most, InMemory());
        }

        // Each shard keeps what the bound allows, and beyond it only what its last commits use: wallets and the keys that made them.
        Assert.InRange(most, AtOnce, ledger.Settings.Shards * (MostActive + (2 * 2 * ledger.Actors.MaxBatch)));

        // All grow cold; then a few are used, twice, for what is idle goes after a commit.
        ledger.Time.Advance(TimeSpan.FromMinutes(11));
        for (var turn = 0; turn < 2; turn++)
        {
            await Task.WhenAll(wallets.Take(Active).Select(wallet =>
                ledger.CodeAsync(new Deposit(wallet, ledger.Key(), 1, "USD"))));
        }

        // The wallets, the key of each of their two requests, and the shards' accounts of the world.
        Assert.InRange(InMemory(), Active, (3 * Active) + ledger.Settings.Shards);
        Assert.Equal(2, (await ledger.ViewAsync(wallets[0])).Balance);
    }

    [Fact]
    public async Task A_cold_wallet_is_there_after_at_most_two_queries()
    {
        await using var ledger = await LedgerFixture.StartAsync(database);
        var wallet = await ledger.WalletAsync(100);
        var hold = new PlaceHold(wallet, ledger.Key(), 10, "USD", null);
        await ledger.CodeAsync(hold);
        foreach (var request in (WalletRequest[])
            [
                new Deposit(wallet, ledger.Key(), 1, "USD"), new Withdraw(wallet, ledger.Key(), 1, "USD"),
                new PlaceHold(wallet, ledger.Key(), 1, "USD", null), new CaptureHold(wallet, ledger.Key(), hold.OperationId, 5, null),
                new Freeze(wallet, ledger.Key()),
            ])
        {
            await ledger.StopAsync();
            await ledger.StartAsync();
            // No wallet is loaded then, and nobody sends anything by himself.
            await Eventually.HoldsAsync(() => ledger.Ledger.Statuses().All(shard => shard.State == ShardState.Running));
            using var queries = new SentMessages();
            Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(request));
            Assert.Equal(1, queries.Count("require_turn"));
            Assert.InRange(queries.Count("FROM ledger.balances"), 1, 2);
            Assert.InRange(queries.All - 1, 1, 2);
        }
    }

    /// <summary>The messages to any database, each with all of its statements, as the driver tells them.</summary>
    private sealed class SentMessages : IDisposable
    {
        private readonly Lock gate = new();
        private readonly List<string> texts = [];
        private readonly ActivityListener listener;

        public SentMessages()
        {
            listener = new ActivityListener
            {
                ShouldListenTo = source => source.Name == "Npgsql",
                Sample = static (ref _) => ActivitySamplingResult.AllData,
                ActivityStopped = Note,
            };
            ActivitySource.AddActivityListener(listener);
        }

        public int All
        {
            get
            {
                lock (gate)
                {
                    return texts.Count;
                }
            }
        }

        public int Count(string part)
        {
            lock (gate)
            {
                return texts.Count(text => text.Contains(part, StringComparison.Ordinal));
            }
        }

        public void Dispose() => listener.Dispose();

        private void Note(Activity activity)
        {
            var text = string.Join('\n', activity.TagObjects.Select(tag => tag.Value as string));
            if (text.Contains("ledger.", StringComparison.Ordinal))
            {
                lock (gate)
                {
                    texts.Add(text);
                }
            }
        }
    }
}
