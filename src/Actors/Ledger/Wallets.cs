using AkkaCrypto.Contracts.Ledger;

namespace AkkaCrypto.Actors.Ledger;

/// <summary>Opening, deposits, withdrawals, freezing and closing; and what may leave any wallet.</summary>
internal static class Wallets
{
    public static Outcome Create(Course course, CreateWallet create)
    {
        if (course.Wallet(create.Wallet) is { } there)
        {
            // The key was forgotten since; the wallet that it named was not.
            return there.Currency == create.Currency && there.Overdraft == create.Overdraft
                ? new Outcome(LedgerCode.Done, WalletAnswer.Of(Deed.Opening, there.Id, there))
                : LedgerCode.KeyReused;
        }

        var blank = WalletState.Blank(
            create.Wallet, AccountKind.Wallet, create.Request.Tenant, create.Currency, create.Decimals, create.Overdraft);
        var opened = course.Post(blank with { CountedAt = course.Now }, new(EntryKind.Opened, 0, Contra.Direct, create.OperationId)
        {
            Reference = create.Reference,
        });
        return new(LedgerCode.Done, WalletAnswer.Of(Deed.Opening, opened.Id, opened));
    }

    /// <param name="world">The other side, if there is an account of it yet.</param>
    public static Outcome Deposit(Course course, WalletState wallet, Deposit deposit, WalletState? world)
    {
        if (deposit.Currency != wallet.Currency)
        {
            return LedgerCode.WrongCurrency;
        }

        if (!course.HasRoom(wallet, deposit.Amount) || (world is not null && !Fits(world, -deposit.Amount)))
        {
            return LedgerCode.TooLarge;
        }

        var after = course.Post(wallet, new(EntryKind.Deposit, deposit.Amount, Contra.World, deposit.OperationId)
        {
            Reference = deposit.Reference,
        });
        return new(LedgerCode.Done, WalletAnswer.Of(Deed.Mutation, deposit.OperationId, after));
    }

    public static Outcome Withdraw(Course course, WalletState wallet, Withdraw withdraw)
    {
        if (withdraw.Currency != wallet.Currency)
        {
            return LedgerCode.WrongCurrency;
        }

        if (MayLeave(wallet, withdraw.Amount, withdraw) is { } refusal)
        {
            return refusal;
        }

        var after = course.Post(wallet, new(EntryKind.Withdrawal, -withdraw.Amount, Contra.World, withdraw.OperationId)
        {
            Reference = withdraw.Reference,
        });
        return new(LedgerCode.Done, WalletAnswer.Of(Deed.Mutation, withdraw.OperationId, after));
    }

    /// <summary>A wallet that is so already stays as it is: that is a success too.</summary>
    public static Outcome SetStatus(Course course, WalletState wallet, WalletRequest request, WalletStatus status, EntryKind kind)
    {
        var after = wallet.Status == status
            ? wallet
            : course.Post(wallet, new(kind, 0, Contra.Direct, request.OperationId) { Status = status, Reference = request.Reference });
        return new(LedgerCode.Done, WalletAnswer.Of(Deed.Mutation, request.OperationId, after));
    }

    public static Outcome Close(Course course, WalletState wallet, WalletRequest request) =>
        wallet is { Balance: var balance, Held: var held, Expected: 0 } && balance == 0 && held == 0
            ? SetStatus(course, wallet, request, WalletStatus.Closed, EntryKind.Close)
            : LedgerCode.NotEmpty;

    /// <summary>Null: so much may leave.</summary>
    public static LedgerCode? MayLeave(WalletState wallet, Int128 amount, WalletRequest request)
    {
        if (wallet.Status == WalletStatus.Frozen)
        {
            return LedgerCode.WalletFrozen;
        }

        if (wallet.Available < amount)
        {
            return LedgerCode.InsufficientFunds;
        }

        if (wallet.Balance - amount < request.MinimumBalance)
        {
            return LedgerCode.BelowMinimum;
        }

        return Fits(wallet, -amount) ? null : LedgerCode.TooLarge;
    }

    /// <summary>Whether the wallet can take so much in the currency; null: it can.</summary>
    public static LedgerCode? MayEnter(Course course, WalletState? wallet, Int128 amount, string currency) => wallet switch
    {
        null => LedgerCode.DestinationNotFound,
        { Status: WalletStatus.Closed } => LedgerCode.DestinationClosed,
        _ when wallet.Currency != currency => LedgerCode.DestinationCurrency,
        _ => course.HasRoom(wallet, amount) ? null : LedgerCode.TooLarge,
    };

    /// <summary>Whether the change and the balance after it keep to 38 digits. Of what comes to a wallet <see cref="Course.HasRoom"/>
    /// tells.</summary>
    public static bool Fits(WalletState wallet, Int128 change) => change >= 0
        ? change <= Amount.Largest && wallet.Balance <= Amount.Largest - change
        : change >= -Amount.Largest && wallet.Balance >= -Amount.Largest - change;
}
