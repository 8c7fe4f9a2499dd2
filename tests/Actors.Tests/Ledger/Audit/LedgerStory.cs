using AkkaCrypto.Actors.Ledger;
using AkkaCrypto.Actors.Runtime;
using AkkaCrypto.Contracts.Ledger;
using AkkaCrypto.TestKit;

namespace AkkaCrypto.Actors.Tests.Ledger.Audit;

/// <summary>A small ledger in which everything has happened that can, with keys as callers over HTTP have them.</summary>
internal sealed class LedgerStory(LedgerFixture ledger)
{
    private int keys;

    /// <summary>Ends with two transfers under way, one of them with a promised leg, and with the ledger stopped.</summary>
    public async Task TellAsync()
    {
        var (a, b) = (await OpenAsync("USD", 0, 100_000), await OpenAsync("USD", 0, 0));
        var (far, farther) = (await OpenAsync("USD", 1, 500, overdraft: 300), await OpenAsync("USD", 2, 0));
        var (coins, farCoins) = (await OpenAsync("BTC", 0, 0), await OpenAsync("BTC", 3, 0));
        var closed = await OpenAsync("USD", 2, 0);
        await DoneAsync(new CloseWallet(closed, Key(closed, "/close")));
        await DoneAsync(new Withdraw(a, Key(a, "/withdrawals"), 1_000, "USD") { Reference = "rent, für März" });
        await DoneAsync(new Withdraw(far, Key(far, "/withdrawals"), 700, "USD"));
        await PayAsync(a, b, far, farther, closed);
        await DoneAsync(Pay(a, [new(coins, 2_000, 33_333, "BTC")]));
        await DoneAsync(Pay(a, [new(farCoins, 3_000, 50_000, "BTC")]));
        await HoldAsync(a, b, far, closed);
        await GiveBackAsync(a, b);
        await DoneAsync(new Freeze(b, Key(b, "/freeze")));
        await DoneAsync(new Freeze(b, Key(b, "/freeze")));
        await DoneAsync(new Unfreeze(b, Key(b, "/unfreeze")));
        await DoneAsync(new Freeze(farther, Key(farther, "/freeze")));
        await StopUnderwayAsync(a, b, far, farther);
    }

    private async Task PayAsync(Guid a, Guid b, Guid far, Guid farther, Guid closed)
    {
        await DoneAsync(Pay(a, [Leg(b, 500)]));
        await DoneAsync(Pay(a, [Leg(b, 40), Leg(b, 50)]));
        await DoneAsync(Pay(a, [Leg(far, 600)]));
        await DoneAsync(Pay(a, [Leg(far, 70), Leg(b, 80), Leg(farther, 90), Leg(far, 70)]));
        Assert.Equal(LedgerCode.DestinationClosed, await ledger.CodeAsync(Pay(a, [Leg(far, 10), Leg(closed, 20), Leg(b, 30)])));
    }

    private async Task HoldAsync(Guid a, Guid b, Guid far, Guid closed)
    {
        Task<Guid> Place(int amount) => PlaceAsync(a, amount);
        await DoneAsync(Capture(a, await Place(100), 60, null));
        await DoneAsync(Capture(a, await Place(200), null, b));
        await DoneAsync(Capture(a, await Place(300), 299, far));
        var hold = await Place(400);
        Assert.Equal(LedgerCode.DestinationClosed, await ledger.CodeAsync(Capture(a, hold, null, closed)));
        hold = await Place(500);
        await DoneAsync(new VoidHold(a, Key(a, $"/holds/{hold}/void"), hold));
        await PlaceAsync(a, 25, ledger.Time.GetUtcNow() + TimeSpan.FromSeconds(30));
        ledger.Time.Advance(TimeSpan.FromSeconds(31));
        await Eventually.HoldsAsync(async () =>
        {
            ledger.Time.Advance(TimeSpan.FromSeconds(1));
            return await ledger.ScalarAsync<long>("SELECT count(*) FROM ledger.holds WHERE state = 3") == 1;
        });
        await Place(77);
    }

    private async Task GiveBackAsync(Guid a, Guid b)
    {
        await DoneAsync(new Refund(a, Key(a, "/refunds"), 1, 900));
        await DoneAsync(new Refund(a, Key(a, "/refunds"), 2, null));
        await DoneAsync(new Refund(b, Key(b, "/refunds"), 1, 123));
        await DoneAsync(new Refund(b, Key(b, "/refunds"), 1, 7));
    }

    /// <summary>Another owner takes a shard and does nothing, so no money reaches it.</summary>
    private async Task StopUnderwayAsync(Guid a, Guid b, Guid far, Guid farther)
    {
        await ledger.Journal(1).TakeAsync(again: false, CancellationToken.None)
            .Within("the taking of a shard");
        var refused = await ledger.Ledger.AskAsync(new Freeze(far, Key(far, "/freeze")), CancellationToken.None).Within("a refusal");
        Assert.Equal(AskOutcome.Unavailable, refused.Outcome);
        Assert.Equal(LedgerCode.Underway, await ledger.CodeAsync(Pay(a, [Leg(far, 11)])));
        Assert.Equal(LedgerCode.Underway, await ledger.CodeAsync(Pay(a, [Leg(farther, 21), Leg(b, 22), Leg(far, 23)])));
        await ledger.StopAsync().Within("the end of the ledger");
    }

    private async Task<Guid> OpenAsync(string currency, int shard, Int128 balance, Int128 overdraft = default)
    {
        CreateWallet create;
        do
        {
            create = new CreateWallet(
                new RequestKey("acme", "/wallets", $"w{++keys}", default), currency, ledger.Settings.Currencies[currency], overdraft);
        }
        while (ledger.Shards.Of(create.Wallet) != shard);

        await DoneAsync(create);
        if (balance > 0)
        {
            await DoneAsync(new Deposit(create.Wallet, Key(create.Wallet, "/deposits"), balance, currency) { Reference = "salary" });
        }

        return create.Wallet;
    }

    private async Task<Guid> PlaceAsync(Guid wallet, int amount, DateTimeOffset? expires = null)
    {
        var place = new PlaceHold(wallet, Key(wallet, "/holds"), amount, "USD", expires);
        await DoneAsync(place);
        return place.OperationId;
    }

    private CaptureHold Capture(Guid wallet, Guid hold, int? amount, Guid? to) =>
        new(wallet, Key(wallet, $"/holds/{hold}/capture"), hold, amount, to);

    private Transfer Pay(Guid from, IReadOnlyList<TransferLeg> legs) => new(from, Key(from, "/transfers"), "USD", legs);

    private static TransferLeg Leg(Guid to, int amount) => new(to, amount, amount, "USD");

    private async Task DoneAsync(WalletRequest request) => Assert.Equal(LedgerCode.Done, await ledger.CodeAsync(request));

    private RequestKey Key(Guid wallet, string below) => new("acme", $"/wallets/{wallet}{below}", $"k{++keys}", default);
}
