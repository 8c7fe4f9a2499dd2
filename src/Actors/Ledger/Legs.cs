using AkkaCrypto.Contracts.Ledger;

namespace AkkaCrypto.Actors.Ledger;

/// <summary>
/// Transfers between shards, after the source has paid. Each step is one commit of one shard, and harmless when repeated: a leg's state
/// says what was done.
/// </summary>
internal static class Legs
{
    public static LedgerReply Decide(Course course, LegCommand command)
    {
        var leg = course.Get<LegState>(LedgerKey.Leg(command.Transfer, command.Leg))
            ?? throw new InvalidOperationException($"There is no leg {command.Leg} of transfer {command.Transfer}.");
        var after = (command, leg.Status) switch
        {
            (AcceptLeg, LegStatus.Pending) => Refused(course, leg) ?? Accept(course, leg),
            (DeliverLeg, LegStatus.Pending) => Refused(course, leg) ?? Deliver(course, leg),
            (DeliverLeg, LegStatus.Accepted) => Deliver(course, leg),
            (CancelLeg, LegStatus.Accepted) => Cancel(course, leg),
            _ => leg,
        };
        return new(after.Refusal ?? LedgerCode.Done) { Leg = (int)after.Status };
    }

    /// <summary>
    /// The source gets back what it has paid, the hold that paid is held again, and the key is free. A source that was closed since, empty
    /// as it was, is open again: else its money would stay in transit for ever.
    /// </summary>
    public static LedgerReply Undo(Course course, UndoTransfer undo)
    {
        var key = LedgerKey.Undo(undo.Transfer);
        var transfer = course.Get<TransferState>(key)
            ?? throw new InvalidOperationException($"There is no transfer {undo.Transfer}.");
        if (transfer.UndoneAt is not null)
        {
            return new(LedgerCode.Done);
        }

        course.Put(key, transfer with { UndoneAt = course.Now }, Transfers.Conversions(transfer, -1));
        course.Put(LedgerKey.Request(transfer.Request), null);
        var wallet = course.Wallet(transfer.Source)!;
        var held = HoldAgain(course, transfer, wallet);
        foreach (var leg in transfer.Legs)
        {
            wallet = course.Post(wallet, new(EntryKind.Undo, leg.Debit, Other(transfer, leg), transfer.Id)
            {
                Held = held, Room = -leg.Debit, Hold = transfer.Hold, Counterparty = leg.To, RefundOf = transfer.RefundOf,
                Status = wallet.Status == WalletStatus.Closed ? WalletStatus.Open : null,
            });
            held = 0;
        }

        if (transfer.RefundOf is { } entry)
        {
            var refunded = course.Get<EntryState>(LedgerKey.Entry(transfer.Source, entry))!;
            course.Put(LedgerKey.Entry(transfer.Source, entry), refunded with { Refunded = refunded.Refunded - transfer.Legs[0].Debit });
        }

        return new(LedgerCode.Done);
    }

    private static Contra Other(TransferState transfer, TransferLeg leg) => transfer.IsExchange(leg) ? Contra.World : Contra.Transit;

    /// <summary>What a capture in part has freed may have been spent since: then the hold is what is there, with the money that comes back
    /// at least that. Where not even so much may be held, for 38 digits are, it has ended.</summary>
    /// <returns>What is held again.</returns>
    private static Int128 HoldAgain(Course course, TransferState transfer, WalletState wallet)
    {
        if (transfer.Hold is not { } id)
        {
            return 0;
        }

        var hold = course.Get<HoldState>(LedgerKey.Hold(id))!;
        var available = WalletState.AvailableOf(wallet.Balance + transfer.Legs[0].Debit, wallet.Held, wallet.Overdraft);
        var amount = Int128.Min(hold.Amount, Int128.Min(available, Amount.Largest - wallet.Held));
        course.Put(LedgerKey.Hold(id), amount > 0
            ? hold with { Status = HoldStatus.Open, Captured = 0, Amount = amount }
            : hold with { Status = HoldStatus.Voided, Captured = 0 });
        return amount;
    }

    private static LegState? Refused(Course course, LegState leg)
    {
        var refusal = Wallets.MayEnter(course, course.Wallet(leg.Leg.To), leg.Leg.Credit, leg.Leg.Currency);
        return refusal is null ? null : Become(course, leg with { Status = LegStatus.Refused, Refusal = refusal });
    }

    private static LegState Accept(Course course, LegState leg)
    {
        Expect(course, leg, 1);
        return Become(course, leg with { Status = LegStatus.Accepted });
    }

    private static LegState Cancel(Course course, LegState leg)
    {
        Expect(course, leg, -1);
        return Become(course, leg with { Status = LegStatus.Cancelled });
    }

    private static LegState Deliver(Course course, LegState leg)
    {
        course.Post(course.Wallet(leg.Leg.To)!, new(leg.Kind, leg.Leg.Credit, Contra.Transit, leg.Transfer)
        {
            Counterparty = leg.Source, Expected = leg.Status == LegStatus.Accepted ? -1 : 0,
            Room = leg.Status == LegStatus.Accepted ? -leg.Leg.Credit : 0,
        });
        return Become(course, leg with { Status = LegStatus.Delivered });
    }

    private static void Expect(Course course, LegState leg, int change)
    {
        var wallet = course.Wallet(leg.Leg.To)!;
        course.Put(LedgerKey.Wallet(wallet.Id), wallet with
        {
            Expected = wallet.Expected + change, Utmost = wallet.Utmost + (change * leg.Leg.Credit),
        });
    }

    private static LegState Become(Course course, LegState after)
    {
        course.Put(LedgerKey.Leg(after.Transfer, after.Number), after);
        return after;
    }
}
