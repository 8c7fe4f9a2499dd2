using AkkaCrypto.Contracts.Ledger;

namespace AkkaCrypto.Actors.Ledger;

/// <summary>A refund whose other side is known: an entry never changes, so it can be read before the wallet is asked.</summary>
/// <param name="BackTo">The wallet that the entry's money came from; null: the world, or nobody.</param>
internal sealed record RefundTo(Guid Wallet, RequestKey Request, long Entry, Int128? Amount, Guid? BackTo)
    : WalletRequest(Wallet, Request);

/// <summary>
/// Gives an entry back: a deposit to the world, a withdrawal or capture from the world, a transfer received to its sender. Who has sent a
/// transfer can't take it back: the receiver refunds it. All refunds of an entry sum to the entry at most.
/// </summary>
internal static class Refunds
{
    public static Outcome Decide(Course course, WalletState wallet, RefundTo refund, LedgerShards shards)
    {
        var key = LedgerKey.Entry(wallet.Id, refund.Entry);
        if (course.Get<EntryState>(key) is not { } entry)
        {
            return LedgerCode.EntryNotFound;
        }

        if (!IsRefundable(entry))
        {
            return LedgerCode.NotRefundable;
        }

        var left = Int128.Abs(entry.Amount) - entry.Refunded;
        var amount = refund.Amount ?? left;
        if (amount > left || amount == 0)
        {
            return LedgerCode.RefundTooLarge;
        }

        var refunded = entry with { Refunded = entry.Refunded + amount };
        return entry switch
        {
            { Counterparty: { } sender } => ToSender(course, wallet, refund, sender, amount, key, refunded, shards),
            { Amount: var was } when was > 0 => WithWorld(course, wallet, refund, -amount, key, refunded),
            _ => WithWorld(course, wallet, refund, amount, key, refunded),
        };
    }

    /// <summary>What came by an exchange has no rate to go back at.</summary>
    private static bool IsRefundable(EntryState entry) => entry.Kind switch
    {
        EntryKind.Deposit or EntryKind.Withdrawal => true,
        EntryKind.Capture => entry.Counterparty is null,
        EntryKind.TransferIn => entry is { IsExchange: false, Counterparty: not null },
        EntryKind.Opened or EntryKind.TransferOut or EntryKind.Hold or EntryKind.Void or EntryKind.Expiry or EntryKind.Refund
            or EntryKind.Freeze or EntryKind.Unfreeze or EntryKind.Close or EntryKind.Undo or EntryKind.Settlement => false,
    };

    private static Outcome WithWorld(
        Course course, WalletState wallet, RefundTo refund, Int128 change, LedgerKey key, EntryState refunded)
    {
        var refusal = change < 0
            ? Wallets.MayLeave(wallet, -change, refund)
            : Wallets.MayEnter(course, wallet, change, wallet.Currency);
        if (refusal is { } code)
        {
            return code;
        }

        course.Put(key, refunded);
        var after = course.Post(wallet, new(EntryKind.Refund, change, Contra.World, refund.OperationId)
        {
            RefundOf = refund.Entry, Reference = refund.Reference,
        });
        return new(LedgerCode.Done, WalletAnswer.Of(Deed.Mutation, refund.OperationId, after));
    }

    private static Outcome ToSender(
        Course course, WalletState wallet, RefundTo refund, Guid sender, Int128 amount, LedgerKey key, EntryState refunded,
        LedgerShards shards)
    {
        var payment = new Payment(
            refund, EntryKind.Refund, EntryKind.Refund, [new(sender, amount, amount, wallet.Currency)]) { RefundOf = refund.Entry };
        if (Transfers.Refusal(course, wallet, payment, shards) is { } refusal)
        {
            return refusal;
        }

        course.Put(key, refunded);
        return Transfers.Pay(course, wallet, payment, shards);
    }
}
