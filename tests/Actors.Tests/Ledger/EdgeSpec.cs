using AkkaCrypto.Actors.Ledger;
using AkkaCrypto.Actors.Runtime;
using AkkaCrypto.Contracts.Ledger;
using AkkaCrypto.TestKit;
using AkkaCrypto.TestKit.Servers;
using Xunit.Abstractions;

namespace AkkaCrypto.Actors.Tests.Ledger;

/// <summary>At the edge of 38 digits every transfer between shards still ends, done or undone. Each test has currencies of its own, for
/// the shards' accounts are of a currency.</summary>
[Collection(ServerFixture.Collection)]
public sealed class EdgeSpec(DatabaseFixture database, ITestOutputHelper output) : IClassFixture<DatabaseFixture>, IAsyncLifetime
{
    private static readonly Int128 Largest = Amount.Largest;

    private LedgerFixture ledger = null!;

    public async Task InitializeAsync() => ledger = await LedgerFixture.StartAsync(database);

    public async Task DisposeAsync()
    {
        await ledger.AssertSoundAsync();
        await ledger.DisposeAsync();
    }

    [Fact]
    public async Task A_transfer_to_a_wallet_that_is_full_is_undone_as_too_large()
    {
        var (a, b) = (await WalletAsync("E1", 0, 10), await WalletAsync("E1", 1, Largest));
        Assert.Equal(LedgerCode.TooLarge, await ledger.CodeAsync(new Transfer(a, ledger.Key(), "E1", [new(b, 1, 1, "E1")])));
        await AssertBalancesAsync((a, 10), (b, Largest));
    }

    [Fact]
    public async Task What_a_wallet_has_promised_to_take_keeps_its_room_until_it_has_come_or_been_cancelled()
    {
        var (a, b, c) = (await WalletAsync("E2", 0, 100), await WalletAsync("E2", 1), await WalletAsync("E2", 2));
        await LoseAsync(2);
        Assert.Equal(LedgerCode.Underway, await ledger.CodeAsync(
            new Transfer(a, ledger.Key(), "E2", [new(b, 60, 60, "E2"), new(c, 40, 40, "E2")])));
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new Deposit(b, ledger.Key(), Largest - 60, "E2")));
        Assert.Equal(LedgerCode.TooLarge, await ledger.CodeAsync(new Deposit(b, ledger.Key(), 1, "E2")));

        // What it has promised is read back from the legs.
        await RestartAsync();
        Assert.Equal(LedgerCode.TooLarge, await ledger.CodeAsync(new Deposit(b, ledger.Key(), 1, "E2")));
        await AllEndAsync();
        await AssertBalancesAsync((a, 0), (b, Largest), (c, 40));
    }

    [Fact]
    public async Task What_a_wallet_has_sent_keeps_its_room_while_it_may_come_back()
    {
        var (a, b) = (await WalletAsync("E3", 0, 100), await WalletAsync("E3", 1));
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new CloseWallet(b, ledger.Key())));
        await LoseAsync(1);
        Assert.Equal(LedgerCode.Underway, await ledger.CodeAsync(new Transfer(a, ledger.Key(), "E3", [new(b, 60, 60, "E3")])));
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new Deposit(a, ledger.Key(), Largest - 100, "E3")));
        Assert.Equal(LedgerCode.TooLarge, await ledger.CodeAsync(new Deposit(a, ledger.Key(), 1, "E3")));

        await RestartAsync();
        Assert.Equal(LedgerCode.TooLarge, await ledger.CodeAsync(new Deposit(a, ledger.Key(), 1, "E3")));
        await AllEndAsync();
        await AssertBalancesAsync((a, Largest), (b, 0));
    }

    [Fact]
    public async Task The_room_of_what_was_sent_is_free_a_moment_after_it_has_arrived()
    {
        var (a, b) = (await WalletAsync("E4", 0, 100), await WalletAsync("E4", 1));
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new Transfer(a, ledger.Key(), "E4", [new(b, 60, 60, "E4")])));
        ledger.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new Withdraw(b, ledger.Key(), 60, "E4")));
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new Transfer(a, ledger.Key(), "E4", [new(b, 1, 1, "E4")])));
        ledger.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new Withdraw(b, ledger.Key(), 1, "E4")));
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new Deposit(a, ledger.Key(), Largest - 100, "E4")));
        var d = await WalletAsync("E4", 3, 61);
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new Transfer(d, ledger.Key(), "E4", [new(a, 61, 61, "E4")])));
        await AssertBalancesAsync((a, Largest), (b, 0));
    }

    [Fact]
    public async Task Money_in_transit_never_runs_out_of_digits()
    {
        // The accounts of transit of both shards are full: all that there can be went from 0 to 1, and out there.
        var (a, b) = (await WalletAsync("E5", 0, Largest), await WalletAsync("E5", 1));
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new Transfer(a, ledger.Key(), "E5", [new(b, Largest, Largest, "E5")])));
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new Withdraw(b, ledger.Key(), Largest, "E5")));

        // Until then the first wallet keeps room for what might have come back.
        ledger.Time.Advance(TimeSpan.FromSeconds(2));
        var c = await WalletAsync("E5", 2, 30);
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new Transfer(c, ledger.Key(), "E5", [new(b, 10, 10, "E5")])));
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new Transfer(c, ledger.Key(), "E5", [new(a, 20, 20, "E5")])));
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new Transfer(a, ledger.Key(), "E5", [new(b, 20, 20, "E5")])));
        await AssertBalancesAsync((a, 0), (b, 30), (c, 0));

        // After a restart nothing is known of the second accounts until one is needed.
        await RestartAsync();
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new Transfer(b, ledger.Key(), "E5", [new(a, 5, 5, "E5")])));
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new Transfer(a, ledger.Key(), "E5", [new(b, 5, 5, "E5")])));
        var totals = await ledger.Reader.TotalsAsync("E5", CancellationToken.None);
        Assert.Equal((30, 0, -30), (totals.Balances, totals.InTransit, totals.External));
    }

    [Fact]
    public async Task A_refund_fits_though_the_account_of_transit_was_filled_up_meanwhile()
    {
        var (a, b, c) = (await WalletAsync("E6", 1, 10), await WalletAsync("E6", 2), await WalletAsync("E6", 0, Largest));
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new CloseWallet(b, ledger.Key())));
        await LoseAsync(2);
        Assert.Equal(LedgerCode.Underway, await ledger.CodeAsync(new Transfer(a, ledger.Key(), "E6", [new(b, 10, 10, "E6")])));
        var d = await WalletAsync("E6", 1);
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new Transfer(c, ledger.Key(), "E6", [new(d, Largest, Largest, "E6")])));
        var e = await WalletAsync("E6", 3, 10);
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new Withdraw(d, ledger.Key(), 10, "E6")));
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new Transfer(e, ledger.Key(), "E6", [new(d, 10, 10, "E6")])));
        await RestartAsync();
        await AllEndAsync();
        await AssertBalancesAsync((a, 10), (b, 0), (d, Largest));
    }

    [Fact]
    public async Task A_refund_of_an_exchange_fits_though_the_account_of_the_world_was_filled_up_meanwhile()
    {
        var (a, b) = (await WalletAsync("E7", 0, 10), await WalletAsync("E8", 1));
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new CloseWallet(b, ledger.Key())));
        await LoseAsync(1);
        Assert.Equal(LedgerCode.Underway, await ledger.CodeAsync(new Transfer(a, ledger.Key(), "E7", [new(b, 10, 7, "E8")])));

        // The world gives all that it can of the one currency, and takes all that it can of the other.
        await WalletAsync("E7", 0, Largest);
        var overdrawn = new CreateWallet(InShard(0), "E8", 0, Largest);
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(overdrawn));
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new Withdraw(overdrawn.Wallet, ledger.Key(), Largest, "E8")));
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new Deposit(overdrawn.Wallet, ledger.Key(), 7, "E8")));
        await RestartAsync();
        await AllEndAsync();
        await AssertBalancesAsync((a, 10), (b, 0));
    }

    [Fact]
    public async Task A_hold_whose_rest_was_spent_while_it_was_captured_is_held_again_with_what_is_there()
    {
        var (a, b) = (await WalletAsync("E9", 0, 100), await WalletAsync("E9", 1));
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new CloseWallet(b, ledger.Key())));
        var hold = new PlaceHold(a, ledger.Key(), 80, "E9", null);
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(hold));
        await LoseAsync(1);
        Assert.Equal(LedgerCode.Underway, await ledger.CodeAsync(new CaptureHold(a, ledger.Key(), hold.OperationId, 60, b)));
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new Withdraw(a, ledger.Key(), 35, "E9")));
        await RestartAsync();
        await AllEndAsync();
        var view = await ledger.ViewAsync(a);
        Assert.Equal((65, 65), (view.Balance, view.Held));
        await ledger.AssertSoundAsync();
        Assert.Equal(LedgerCode.CaptureTooLarge, await ledger.CodeAsync(new CaptureHold(a, ledger.Key(), hold.OperationId, 66, null)));
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new CaptureHold(a, ledger.Key(), hold.OperationId, 65, null)));
    }

    [Fact]
    public async Task A_hold_that_can_not_be_held_again_for_want_of_digits_has_ended_and_its_money_is_there()
    {
        var create = new CreateWallet(InShard(0), "E11", 0, Largest);
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(create));
        var (a, b) = (create.Wallet, await WalletAsync("E11", 1));
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new CloseWallet(b, ledger.Key())));
        var hold = new PlaceHold(a, ledger.Key(), 80, "E11", null);
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(hold));
        await LoseAsync(1);
        Assert.Equal(LedgerCode.Underway, await ledger.CodeAsync(new CaptureHold(a, ledger.Key(), hold.OperationId, 60, b)));
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new Deposit(a, ledger.Key(), 60, "E11")));
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new PlaceHold(a, ledger.Key(), Largest, "E11", null)));
        await RestartAsync();
        await AllEndAsync();
        var view = await ledger.ViewAsync(a);
        Assert.Equal((60, Largest), (view.Balance, view.Held));
        Assert.Equal(LedgerCode.HoldEnded, await ledger.CodeAsync(new CaptureHold(a, ledger.Key(), hold.OperationId, null, null)));
    }

    [Fact]
    public async Task What_is_held_passes_38_digits_no_more_than_a_balance_and_what_is_available_is_told_up_to_them()
    {
        var create = new CreateWallet(InShard(0), "E10", 0, Largest);
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(create));
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new Deposit(create.Wallet, ledger.Key(), Largest, "E10")));
        Assert.Contains($"\"available\":\"{Largest}\"", (await ledger.ViewAsync(create.Wallet)).Json(), StringComparison.Ordinal);
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new PlaceHold(create.Wallet, ledger.Key(), Largest, "E10", null)));
        Assert.Equal(LedgerCode.TooLarge, await ledger.CodeAsync(new PlaceHold(create.Wallet, ledger.Key(), 1, "E10", null)));
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new Withdraw(create.Wallet, ledger.Key(), Largest, "E10")));
    }

    /// <summary>Few wallets, amounts about the edge, shards that are lost in between: whatever happens, all ends.</summary>
    [Fact]
    public async Task Whatever_is_sent_about_the_edge_every_transfer_ends_and_all_money_is_there()
    {
        var random = new Random(Seed.Next(output));
        string[] currencies = ["EA", "EB"];
        var wallets = new List<(Guid Id, string Currency)>();
        for (var n = 0; n < 12; n++)
        {
            wallets.Add((await WalletAsync(currencies[n % 2], n / 3), currencies[n % 2]));
        }

        for (var round = 0; round < 6; round++)
        {
            await LoseAsync(random.Next(4));
            var asked = Enumerable.Range(0, 60).Select(_ => ledger.Ledger.AskAsync(Any(random, wallets), CancellationToken.None)).ToList();
            await Eventually.HoldsAsync(() =>
            {
                ledger.Time.Advance(TimeSpan.FromSeconds(1));
                return asked.TrueForAll(ask => ask.IsCompleted);
            });
            foreach (var ask in asked)
            {
                Assert.NotEqual(AskOutcome.Failed, (await ask).Outcome);
            }

            await RestartAsync();
            await AllEndAsync();
        }

        foreach (var currency in currencies)
        {
            var totals = await ledger.Reader.TotalsAsync(currency, CancellationToken.None);
            Assert.Equal((0, 0), (totals.InTransit, totals.Balances + totals.External));
        }
    }

    private WalletRequest Any(Random random, List<(Guid Id, string Currency)> wallets)
    {
        var (wallet, currency) = wallets[random.Next(wallets.Count)];
        var amount = AnyAmount(random);
        return random.Next(8) switch
        {
            0 => new Deposit(wallet, ledger.Key(), amount, currency),
            1 => new Withdraw(wallet, ledger.Key(), amount, currency),
            _ => new Transfer(wallet, ledger.Key(), currency, AnyLegs(random, wallets, wallet, currency)),
        };
    }

    private static List<TransferLeg> AnyLegs(Random random, List<(Guid Id, string Currency)> wallets, Guid from, string currency)
    {
        var others = wallets.Where(wallet => wallet.Id != from).ToList();
        var legs = new List<TransferLeg>();
        for (var n = random.Next(1, 4); n > 0; n--)
        {
            var (to, other) = others[random.Next(others.Count)];
            var debit = AnyAmount(random);
            legs.Add(new(to, debit, other == currency ? debit : AnyAmount(random), other));
        }

        return legs;
    }

    private static Int128 AnyAmount(Random random) => random.Next(6) switch
    {
        0 => 1, 1 => random.Next(1, 1000), 2 => Largest / 3, 3 => Largest / 2, 4 => Largest - random.Next(1, 1000), _ => Largest,
    };

    private RequestKey InShard(int shard)
    {
        var key = ledger.Key();
        while (ledger.Shards.Of(key.Digest) != shard)
        {
            key = ledger.Key();
        }

        return key;
    }

    private async Task<Guid> WalletAsync(string currency, int shard, Int128 balance = default)
    {
        var create = new CreateWallet(InShard(shard), currency, 0, 0);
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(create));
        if (balance > 0)
        {
            Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new Deposit(create.Wallet, ledger.Key(), balance, currency)));
        }

        return create.Wallet;
    }

    /// <summary>Another owner takes the shard: what is sent there waits until the next start.</summary>
    private async Task LoseAsync(int shard)
    {
        // The ledger itself has the shard by then: else it would take it back when it starts.
        Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(new CreateWallet(InShard(shard), "EE", 0, 0)));
        await ledger.Journal(shard).TakeAsync(again: false, CancellationToken.None);
        var asked = await ledger.Ledger.AskAsync(new CreateWallet(InShard(shard), "EE", 0, 0), CancellationToken.None);
        Assert.Equal(AskOutcome.Unavailable, asked.Outcome);
    }

    private async Task RestartAsync()
    {
        await ledger.StopAsync();
        await ledger.StartAsync();
    }

    private Task AllEndAsync() => Eventually.HoldsAsync(async () =>
    {
        ledger.Time.Advance(TimeSpan.FromSeconds(5));
        return await ledger.ScalarAsync<bool>("SELECT NOT EXISTS (SELECT FROM ledger.transfer_legs WHERE state NOT IN (4, 5))");
    });

    private async Task AssertBalancesAsync(params (Guid Wallet, Int128 Balance)[] expected)
    {
        foreach (var (wallet, balance) in expected)
        {
            Assert.Equal(balance, (await ledger.ViewAsync(wallet)).Balance);
        }
    }
}
