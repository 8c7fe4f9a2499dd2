using System.Collections.Concurrent;
using AkkaCrypto.Actors.Ledger;
using AkkaCrypto.Contracts.Ledger;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Servers;
using Xunit.Abstractions;

namespace AkkaCrypto.Actors.Tests.Ledger;

[Collection(ServerFixture.Collection)]
public sealed class InterleavedSpec(DatabaseFixture database, ITestOutputHelper output) : IClassFixture<DatabaseFixture>
{
    private const int Callers = 12;
    private const int CommandsOfCaller = 25;

    [Fact]
    public async Task Whatever_interleaving_happens_every_answer_stands_in_the_wallets_history_once()
    {
        await using var ledger = await LedgerFixture.StartAsync(database);
        var seed = Seed.Next(output);
        var wallets = new List<Guid>();
        for (var n = 0; n < 6; n++)
        {
            wallets.Add(await ledger.WalletAsync(200));
        }

        var acknowledged = new ConcurrentBag<(Guid Wallet, Guid Operation)>();
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(async () =>
        {
            var random = new Random(seed + caller);
            for (var n = 0; n < CommandsOfCaller; n++)
            {
                var request = Any(random, wallets, ledger.Key());
                if (await ledger.CodeAsync(request) == LedgerCode.Done)
                {
                    acknowledged.Add((request.Wallet, request.OperationId));
                }
            }
        })));

        await ledger.AssertSoundAsync();
        foreach (var wallet in wallets)
        {
            var entries = await ledger.Reader.EntriesAsync(wallet, 0, int.MaxValue, CancellationToken.None);
            var own = entries.Where(entry => entry.Kind is EntryKind.Withdrawal or EntryKind.Hold or EntryKind.TransferOut)
                .Select(entry => entry.Operation).ToList();
            Assert.Equal(
                acknowledged.Where(done => done.Wallet == wallet).Select(done => done.Operation).Order(), own.Order());
            Assert.DoesNotContain(entries, entry => entry.Balance < entry.Held);
        }
    }

    private static WalletRequest Any(Random random, List<Guid> wallets, RequestKey key)
    {
        var (from, to) = (random.Next(wallets.Count), random.Next(wallets.Count - 1));
        var (wallet, other, amount) = (wallets[from], wallets[(from + 1 + to) % wallets.Count], random.Next(1, 50));
        return random.Next(3) switch
        {
            0 => new Withdraw(wallet, key, amount % 5 + 1, "USD"),
            1 => new PlaceHold(wallet, key, amount % 5 + 1, "USD", null),
            _ => new Transfer(wallet, key, "USD", [new(other, amount, amount, "USD")]),
        };
    }
}
