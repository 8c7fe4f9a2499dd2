using AkkaCrypto.Contracts.Ledger;

namespace AkkaCrypto.Actors.Tests.Ledger;

/// <summary>
/// What wallets do, told a second time and as plainly as can be: plain numbers, one command after the other, no shards, no events. Only the
/// commands that <see cref="ModelSpec"/> makes, in one currency.
/// </summary>
internal sealed class SequentialModel
{
    private readonly Dictionary<Guid, Wallet> wallets = [];
    private readonly Dictionary<Guid, Hold> holds = [];
    private readonly Dictionary<(Guid Wallet, long Version), Moved> moved = [];
    private readonly Dictionary<Guid, Guid> used = [];

    public IReadOnlyDictionary<Guid, Wallet> Wallets => wallets;

    public LedgerCode Tell(WalletRequest request)
    {
        if (used.TryGetValue(request.Request.Digest, out var fingerprint))
        {
            return fingerprint == request.Request.Fingerprint ? LedgerCode.Done : LedgerCode.KeyReused;
        }

        var code = Carry(request);
        if (code == LedgerCode.Done)
        {
            used[request.Request.Digest] = request.Request.Fingerprint;
        }

        return code;
    }

    private LedgerCode Carry(WalletRequest request)
    {
        if (request is CreateWallet create)
        {
            wallets[create.Wallet] = new Wallet { Overdraft = create.Overdraft };
            return LedgerCode.Done;
        }

        if (!wallets.TryGetValue(request.Wallet, out var wallet))
        {
            return LedgerCode.WalletNotFound;
        }

        return wallet.Closed ? LedgerCode.WalletClosed : request switch
        {
            Deposit deposit => Book(wallet, deposit.Wallet, deposit.Amount, new(deposit.Amount, null, true)),
            Withdraw withdraw => Leaves(wallet, withdraw.Amount)
                ?? Book(wallet, withdraw.Wallet, -withdraw.Amount, new(-withdraw.Amount, null, true)),
            Transfer transfer => Pay(wallet, transfer.Wallet, transfer.Legs[0].To, transfer.Legs[0].Debit, true),
            PlaceHold hold => Place(wallet, hold),
            CaptureHold capture => Capture(wallet, capture),
            VoidHold hold => holds.TryGetValue(hold.Hold, out var held) && held.Wallet == hold.Wallet
                ? held.Open ? Free(wallet, held, hold.Wallet) : LedgerCode.HoldEnded
                : LedgerCode.HoldNotFound,
            Refund refund => GiveBack(wallet, refund),
            Freeze => SetFrozen(wallet, true),
            Unfreeze => SetFrozen(wallet, false),
            CloseWallet => wallet.Balance != 0 || wallet.Held != 0 ? LedgerCode.NotEmpty : Close(wallet),
            _ => throw new ArgumentException("unknown"),
        };
    }

    private static LedgerCode? Leaves(Wallet wallet, Int128 amount) =>
        wallet.Frozen ? LedgerCode.WalletFrozen
        : wallet.Balance - wallet.Held + wallet.Overdraft < amount ? LedgerCode.InsufficientFunds : null;

    private LedgerCode Book(Wallet wallet, Guid id, Int128 amount, Moved line)
    {
        wallet.Balance += amount;
        wallet.Version++;
        moved[(id, wallet.Version)] = line;
        return LedgerCode.Done;
    }

    private LedgerCode Pay(Wallet from, Guid source, Guid to, Int128 amount, bool canBeRefunded)
    {
        var refusal = source == to ? LedgerCode.SameWallet
            : !wallets.TryGetValue(to, out var target) ? LedgerCode.DestinationNotFound
            : target.Closed ? LedgerCode.DestinationClosed : Leaves(from, amount);
        if (refusal is { } code)
        {
            return code;
        }

        Book(from, source, -amount, new(-amount, to, false));
        return Book(wallets[to], to, amount, new(amount, source, canBeRefunded));
    }

    private LedgerCode Place(Wallet wallet, PlaceHold hold)
    {
        if (Leaves(wallet, hold.Amount) is { } refusal)
        {
            return refusal;
        }

        holds[hold.OperationId] = new Hold { Wallet = hold.Wallet, Amount = hold.Amount };
        wallet.Held += hold.Amount;
        return Book(wallet, hold.Wallet, 0, new(0, null, false));
    }

    private LedgerCode Capture(Wallet wallet, CaptureHold capture)
    {
        if (!holds.TryGetValue(capture.Hold, out var hold) || hold.Wallet != capture.Wallet)
        {
            return LedgerCode.HoldNotFound;
        }

        var amount = capture.Amount ?? hold.Amount;
        if (!hold.Open || amount > hold.Amount)
        {
            return hold.Open ? LedgerCode.CaptureTooLarge : LedgerCode.HoldEnded;
        }

        wallet.Held -= hold.Amount;
        var code = capture.To is { } to
            ? Pay(wallet, capture.Wallet, to, amount, true)
            : Leaves(wallet, amount) ?? Book(wallet, capture.Wallet, -amount, new(-amount, null, true));
        (hold.Open, wallet.Held) = code == LedgerCode.Done ? (false, wallet.Held) : (true, wallet.Held + hold.Amount);
        return code;
    }

    private LedgerCode Free(Wallet wallet, Hold hold, Guid id)
    {
        (hold.Open, wallet.Held) = (false, wallet.Held - hold.Amount);
        return Book(wallet, id, 0, new(0, null, false));
    }

    private LedgerCode GiveBack(Wallet wallet, Refund refund)
    {
        if (!moved.TryGetValue((refund.Wallet, refund.Entry), out var line))
        {
            return refund.Entry is >= 0 && refund.Entry <= wallet.Version ? LedgerCode.NotRefundable : LedgerCode.EntryNotFound;
        }

        var left = Int128.Abs(line.Amount) - line.Refunded;
        var amount = refund.Amount ?? left;
        var refusal = !line.CanBeRefunded ? LedgerCode.NotRefundable : amount > left || amount == 0 ? LedgerCode.RefundTooLarge
            : line.Amount > 0 && line.From is null ? Leaves(wallet, amount) : null;
        if (refusal is { } code)
        {
            return code;
        }

        var done = line.From is { } sender ? Pay(wallet, refund.Wallet, sender, amount, false)
            : Book(wallet, refund.Wallet, line.Amount > 0 ? -amount : amount, new(amount, null, false));
        line.Refunded += done == LedgerCode.Done ? amount : 0;
        return done;
    }

    private static LedgerCode SetFrozen(Wallet wallet, bool frozen)
    {
        wallet.Version += wallet.Frozen == frozen ? 0 : 1;
        wallet.Frozen = frozen;
        return LedgerCode.Done;
    }

    private static LedgerCode Close(Wallet wallet)
    {
        wallet.Version++;
        wallet.Closed = true;
        return LedgerCode.Done;
    }

    internal sealed class Wallet
    {
        public Int128 Balance { get; set; }

        public Int128 Held { get; set; }

        public Int128 Overdraft { get; init; }

        public long Version { get; set; }

        public bool Frozen { get; set; }

        public bool Closed { get; set; }
    }

    private sealed class Hold
    {
        public Guid Wallet { get; init; }

        public Int128 Amount { get; init; }

        public bool Open { get; set; } = true;
    }

    /// <param name="From">The other wallet.</param>
    private sealed record Moved(Int128 Amount, Guid? From, bool CanBeRefunded)
    {
        public Int128 Refunded { get; set; }
    }
}
