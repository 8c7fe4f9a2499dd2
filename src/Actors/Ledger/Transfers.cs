using AkkaCrypto.Contracts.Ledger;

namespace AkkaCrypto.Actors.Ledger;

/// <summary>Money between wallets: within a shard by one commit, else by a record that the destinations' shards then work off.</summary>
internal static class Transfers
{
    public static Outcome Decide(Course course, WalletState source, Transfer transfer, LedgerShards shards)
    {
        if (transfer.Currency != source.Currency)
        {
            return LedgerCode.WrongCurrency;
        }

        var payment = new Payment(transfer, EntryKind.TransferOut, EntryKind.TransferIn, transfer.Legs);
        return Refusal(course, source, payment, shards) is { } refusal ? refusal : Pay(course, source, payment, shards);
    }

    /// <summary>Pays all legs, after <see cref="Refusal"/> has found nothing against it.</summary>
    public static Outcome Pay(Course course, WalletState source, Payment payment, LedgerShards shards)
    {
        var isTogether = IsTogether(source, payment, shards);
        var after = source;
        foreach (var leg in payment.Legs)
        {
            var contra = leg.Currency != source.Currency ? Contra.World : isTogether ? Contra.Direct : Contra.Transit;
            after = course.Post(after, payment.Out(leg, contra) with { Room = isTogether ? 0 : leg.Debit });
            if (isTogether)
            {
                course.Post(course.Wallet(leg.To)!, payment.In(leg, source.Id, contra));
            }

            payment = payment with { FreedHold = 0 };
        }

        if (isTogether)
        {
            return new(LedgerCode.Done, WalletAnswer.Of(Deed.Transfer, payment.Request.OperationId, after));
        }

        return Start(course, after, payment);
    }

    private static Outcome Start(Course course, WalletState after, Payment payment)
    {
        var id = payment.Request.OperationId;
        var started = new TransferState(
            id, after.Id, payment.Request.Request.Digest, payment.Hold, payment.RefundOf, payment.Legs, after.Currency, course.Now,
            UndoneAt: null);
        course.Put(LedgerKey.Transfer(id), started, Conversions(started, 1));
        return new(LedgerCode.Done, WalletAnswer.Of(Deed.Transfer, id, after), started);
    }

    /// <summary>What an exchange between shards takes from the world in the other currency, or gives back.</summary>
    public static IReadOnlyList<Conversion>? Conversions(TransferState transfer, int sign)
    {
        var exchanged = transfer.Legs.Where(transfer.IsExchange).ToList();
        return exchanged.Count == 0 ? null : exchanged.ConvertAll(leg => new Conversion(leg.Currency, leg.Credit * sign));
    }

    /// <summary>Null: all legs can be paid, as far as the source's shard can tell.</summary>
    public static LedgerCode? Refusal(Course course, WalletState source, Payment payment, LedgerShards shards)
    {
        var isTogether = IsTogether(source, payment, shards);
        if (!isTogether && course.Get<TransferState>(LedgerKey.Transfer(payment.Request.OperationId)) is not null)
        {
            return LedgerCode.KeyReused; // the key was forgotten since, or is free again; the transfer that it named is there
        }

        var total = Int128.Zero;
        foreach (var leg in payment.Legs)
        {
            if (leg.To == source.Id)
            {
                return LedgerCode.SameWallet;
            }

            // Of another shard's wallet only that shard can tell.
            if (isTogether && Wallets.MayEnter(course, course.Wallet(leg.To), leg.Credit, leg.Currency) is { } refusal)
            {
                return refusal;
            }

            if (leg.Debit > Amount.Largest - total)
            {
                return LedgerCode.InsufficientFunds;
            }

            total += leg.Debit;
        }

        return Wallets.MayLeave(source, total, payment.Request) ?? (isTogether ? OverflowOf(course, payment) : null);
    }

    private static bool IsTogether(WalletState source, Payment payment, LedgerShards shards) =>
        shards.AreTogether(source.Id, payment.Legs.Select(leg => leg.To));

    /// <summary>Two legs to one wallet may fit each and not together.</summary>
    private static LedgerCode? OverflowOf(Course course, Payment payment)
    {
        if (payment.Legs.Count == 1)
        {
            return null;
        }

        var doesNotFit = payment.Legs.GroupBy(leg => leg.To).Any(legs => legs.Aggregate(
            course.Wallet(legs.Key), (wallet, leg) => wallet is not null && course.HasRoom(wallet, leg.Credit)
                ? wallet with { Utmost = wallet.Utmost + leg.Credit }
                : null) is null);
        return doesNotFit ? LedgerCode.TooLarge : null;
    }
}

/// <summary>What a wallet pays to others, be it a transfer, a captured hold or a refund.</summary>
internal sealed record Payment(WalletRequest Request, EntryKind OutKind, EntryKind InKind, IReadOnlyList<TransferLeg> Legs)
{
    public Guid? Hold { get; init; }

    /// <summary>What the payment frees of the held sum.</summary>
    public Int128 FreedHold { get; init; }

    public long? RefundOf { get; init; }

    public Posting Out(TransferLeg leg, Contra contra) => new(OutKind, -leg.Debit, contra, Request.OperationId)
    {
        Held = -FreedHold, Hold = Hold, Counterparty = leg.To, RefundOf = RefundOf, Reference = Request.Reference,
    };

    public Posting In(TransferLeg leg, Guid source, Contra contra) => new(InKind, leg.Credit, contra, Request.OperationId)
    {
        Counterparty = source, Reference = Request.Reference,
    };
}
