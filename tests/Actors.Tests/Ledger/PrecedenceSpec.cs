using AkkaCrypto.Contracts.Ledger;

namespace AkkaCrypto.Actors.Tests.Ledger;

/// <summary>Of several things that are wrong the first is told, in the order of <see cref="LedgerCode"/>: one line for each, in which all
/// after it is wrong too as far as that can be.</summary>
public sealed class PrecedenceSpec
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly LedgerRunner wallets = new() { Now = Start };
    private readonly Guid open;
    private readonly Guid frozen;
    private readonly Guid closed;
    private readonly Guid bitcoin;
    private int keys;

    public PrecedenceSpec()
    {
        (open, frozen, closed, bitcoin) = (Wallet("USD", 100), Wallet("USD", 100), Wallet("USD", 0), Wallet("BTC", 0));
        Tell(new Freeze(frozen, Key()));
        Tell(new CloseWallet(closed, Key()));
    }

    [Fact]
    public void A_transfer_tells_the_first_of_what_is_wrong() => Is(
        (LedgerCode.WalletNotFound, Pay(Guid.Empty, bitcoin, 999, "EUR", version: 7)),
        (LedgerCode.VersionMismatch, Pay(closed, bitcoin, 999, "EUR", version: 7)),
        (LedgerCode.WalletClosed, Pay(closed, closed, 999, "EUR")),
        (LedgerCode.WrongCurrency, Pay(frozen, frozen, 999, "EUR")),
        (LedgerCode.DestinationNotFound, Pay(frozen, Guid.Empty, 999, "USD")),
        (LedgerCode.SameWallet, Pay(frozen, frozen, 999, "USD")),
        (LedgerCode.DestinationClosed, Pay(frozen, closed, 999, "USD")),
        (LedgerCode.DestinationCurrency, Pay(frozen, bitcoin, 999, "USD")),
        (LedgerCode.WalletFrozen, Pay(frozen, open, 999, "USD", minimum: 50)),
        (LedgerCode.InsufficientFunds, Pay(open, frozen, 999, "USD", minimum: 50)),
        (LedgerCode.BelowMinimum, Pay(open, frozen, 51, "USD", minimum: 50)),
        (LedgerCode.Done, Pay(open, frozen, 50, "USD", minimum: 50)));

    [Fact]
    public void A_hold_and_its_capture_tell_the_first_of_what_is_wrong()
    {
        var place = new PlaceHold(open, Key(), 60, "USD", Start + TimeSpan.FromHours(1));
        Is(
            (LedgerCode.WrongCurrency, new PlaceHold(frozen, Key(), 999, "EUR", Start)),
            (LedgerCode.WalletFrozen, new PlaceHold(frozen, Key(), 999, "USD", Start)),
            (LedgerCode.InsufficientFunds, new PlaceHold(open, Key(), 999, "USD", Start)),
            (LedgerCode.ExpiryPassed, new PlaceHold(open, Key(), 1, "USD", Start)),
            (LedgerCode.Done, place),
            (LedgerCode.HoldNotFound, new CaptureHold(open, Key(), Guid.Empty, 999, closed)),
            (LedgerCode.HoldNotFound, new CaptureHold(frozen, Key(), place.OperationId, 999, closed)),
            (LedgerCode.CaptureTooLarge, new CaptureHold(open, Key(), place.OperationId, 61, closed)),
            (LedgerCode.DestinationClosed, new CaptureHold(open, Key(), place.OperationId, 60, closed)),
            (LedgerCode.NotEmpty, new CloseWallet(open, Key())));
        wallets.Now = Start + TimeSpan.FromHours(1);
        Is((LedgerCode.HoldEnded, new CaptureHold(open, Key(), place.OperationId, 61, closed)));
    }

    [Fact]
    public void A_key_is_looked_at_before_all_else()
    {
        var key = Key();
        Is(
            (LedgerCode.Done, new Withdraw(open, key, 100, "USD")),
            (LedgerCode.Done, new CloseWallet(open, Key())),
            (LedgerCode.Done, new Withdraw(open, key, 100, "USD")),
            (LedgerCode.KeyReused, new Withdraw(open, key with { Fingerprint = Digests.Of("other") }, 100, "USD")));
    }

    [Fact]
    public void Another_tenants_wallet_is_not_there_but_for_an_admin()
    {
        RequestKey Other(bool isAdmin) => new("other", "/", $"{++keys}", Guid.Empty, isAdmin);
        Is(
            (LedgerCode.WalletNotFound, new Deposit(open, Other(isAdmin: false), 1, "USD")),
            (LedgerCode.Done, new Deposit(open, Other(isAdmin: true), 1, "USD")));
    }

    [Fact]
    public void A_balance_may_go_below_zero_as_far_as_its_overdraft()
    {
        var create = new CreateWallet(Key(), "USD", 2, 30);
        Is(
            (LedgerCode.Done, create),
            (LedgerCode.InsufficientFunds, new Withdraw(create.Wallet, Key(), 31, "USD")),
            (LedgerCode.Done, new Withdraw(create.Wallet, Key(), 30, "USD")),
            (LedgerCode.InsufficientFunds, new PlaceHold(create.Wallet, Key(), 1, "USD", null)));
    }

    private void Is(params (LedgerCode Code, WalletRequest Request)[] lines) =>
        Assert.Equal(lines.Select(line => line.Code), lines.Select(line => wallets.Tell(line.Request).Code));

    private Transfer Pay(Guid from, Guid to, int amount, string currency, long? version = null, int? minimum = null) =>
        new(from, Key(), currency, [new(to, amount, amount, currency)]) { IfVersion = version, MinimumBalance = minimum };

    private Guid Wallet(string currency, int balance)
    {
        var create = new CreateWallet(Key(), currency, 2, 0);
        Tell(create);
        if (balance > 0)
        {
            Tell(new Deposit(create.Wallet, Key(), balance, currency));
        }

        return create.Wallet;
    }

    private void Tell(WalletRequest request) => Assert.Equal(LedgerCode.Done, wallets.Tell(request).Code);

    private RequestKey Key() => new("acme", "/", $"{++keys}", Guid.Empty);
}
