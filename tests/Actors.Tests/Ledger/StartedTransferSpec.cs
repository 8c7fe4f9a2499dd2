using AkkaCrypto.Actors.Ledger;
using AkkaCrypto.Contracts.Ledger;
using AkkaCrypto.TestKit.Servers;

namespace AkkaCrypto.Actors.Tests.Ledger;

/// <summary>What is taken for known when a transfer is started, and isn't so.</summary>
[Collection(ServerFixture.Collection)]
public sealed class StartedTransferSpec(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    [Fact]
    public async Task A_leg_that_was_delivered_is_not_delivered_again_whoever_asks_for_it()
    {
        await using var ledger = await LedgerFixture.StartAsync(database);
        var (from, to) = (await ledger.WalletAsync(100, shard: 0), await ledger.WalletAsync(shard: 1));
        var transfer = new Transfer(from, ledger.Key(), "USD", [new(to, 30, 30, "USD")]);
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(transfer));
        for (var attempt = 0; attempt < 2; attempt++)
        {
            Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new DeliverLeg(to, transfer.OperationId, 0)));
            await ledger.StopAsync();
            await ledger.StartAsync(); // nothing is in memory
        }

        Assert.Equal((70, 30), ((await ledger.ViewAsync(from)).Balance, (await ledger.ViewAsync(to)).Balance));
        await ledger.AssertSoundAsync();
    }

    [Fact]
    public async Task A_transfer_whose_key_was_forgotten_is_not_started_again_and_its_neighbours_go_on()
    {
        await using var ledger = await LedgerFixture.StartAsync(database);
        var (from, to) = (await ledger.WalletAsync(100, shard: 0), await ledger.WalletAsync(shard: 1));
        var transfer = new Transfer(from, ledger.Key(), "USD", [new(to, 30, 30, "USD")]);
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(transfer));
        await ledger.StopAsync();
        await ledger.StartAsync(); // nothing is in memory
        await ledger.ExecuteAsync($"DELETE FROM ledger.request_keys WHERE digest = '{transfer.OperationId}'");

        var again = ledger.CodeAsync(transfer);
        var others = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => ledger.CodeAsync(new Deposit(from, ledger.Key(), 1, "USD"))));
        Assert.Equal(LedgerCode.KeyReused, await again);
        Assert.All(others, code => Assert.Equal(LedgerCode.Done, code));
        Assert.Equal((90, 30), ((await ledger.ViewAsync(from)).Balance, (await ledger.ViewAsync(to)).Balance));
        await ledger.AssertSoundAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_transfer_that_was_undone_is_refused_again_under_its_key_and_takes_no_money(bool isCold)
    {
        await using var ledger = await LedgerFixture.StartAsync(database);
        var (from, to) = (await ledger.WalletAsync(100, shard: 0), await ledger.WalletAsync(shard: 1));
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new CloseWallet(to, ledger.Key())));
        var hold = new PlaceHold(from, ledger.Key(), 40, "USD", null);
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(hold));
        WalletRequest[] requests =
        [
            new Transfer(from, ledger.Key(), "USD", [new(to, 30, 30, "USD")]),
            new CaptureHold(from, ledger.Key(), hold.OperationId, null, to),
        ];
        foreach (var request in requests)
        {
            Assert.Equal(LedgerCode.DestinationClosed, await ledger.CodeAsync(request));
            if (isCold)
            {
                await ledger.StopAsync();
                await ledger.StartAsync();
            }

            Assert.Equal(LedgerCode.DestinationClosed, await ledger.CodeAsync(request));
        }

        var view = await ledger.ViewAsync(from);
        Assert.Equal((100, 40), (view.Balance, view.Held));
        await ledger.AssertSoundAsync();
    }
}
