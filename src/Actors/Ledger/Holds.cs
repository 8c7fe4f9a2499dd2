using AkkaCrypto.Contracts.Ledger;

namespace AkkaCrypto.Actors.Ledger;

/// <summary>Money set aside: placed, captured, voided, expired.</summary>
internal static class Holds
{
    public static Outcome Place(Course course, WalletState wallet, PlaceHold place)
    {
        if (place.Currency != wallet.Currency)
        {
            return LedgerCode.WrongCurrency;
        }

        if (Wallets.MayLeave(wallet, place.Amount, place) is { } refusal)
        {
            return refusal;
        }

        if (place.Amount > Amount.Largest - wallet.Held)
        {
            return LedgerCode.TooLarge;
        }

        if (place.ExpiresAt <= course.Now)
        {
            return LedgerCode.ExpiryPassed;
        }

        var key = LedgerKey.Hold(place.OperationId);
        if (course.Get<HoldState>(key) is not null)
        {
            return LedgerCode.KeyReused;
        }

        course.Put(key, new HoldState(place.OperationId, wallet.Id, place.Amount, 0, HoldStatus.Open, course.Now, place.ExpiresAt));
        var after = course.Post(wallet, new(EntryKind.Hold, 0, Contra.Direct, place.OperationId)
        {
            Held = place.Amount, Hold = place.OperationId, Reference = place.Reference,
            HoldEnds = (place.ExpiresAt - DateTimeOffset.UnixEpoch)?.Ticks / TimeSpan.TicksPerMicrosecond ?? Entry.Never,
        });
        return new(LedgerCode.Done, WalletAnswer.Of(Deed.Mutation, place.OperationId, after));
    }

    public static Outcome Capture(Course course, WalletState wallet, CaptureHold capture, LedgerShards shards)
    {
        if (Find(course, wallet, capture.Hold, out var hold) is { } refusal)
        {
            return refusal;
        }

        var amount = capture.Amount ?? hold.Amount;
        if (amount > hold.Amount)
        {
            return LedgerCode.CaptureTooLarge;
        }

        // What the hold kept back is what pays, so it counts as available here; what it kept back beyond that is free again.
        var freed = wallet with { Held = wallet.Held - hold.Amount };
        var captured = hold with { Status = HoldStatus.Captured, Captured = amount };
        if (capture.To is { } to)
        {
            return CaptureTo(course, wallet, freed, captured, new(capture, EntryKind.Capture, EntryKind.TransferIn,
                [new(to, amount, amount, wallet.Currency)]) { Hold = hold.Id, FreedHold = hold.Amount }, shards);
        }

        if (Wallets.MayLeave(freed, amount, capture) is { } kept)
        {
            return kept;
        }

        course.Put(LedgerKey.Hold(hold.Id), captured);
        var after = course.Post(wallet, new(EntryKind.Capture, -amount, Contra.World, capture.OperationId)
        {
            Held = -hold.Amount, Hold = hold.Id, Reference = capture.Reference,
        });
        return new(LedgerCode.Done, WalletAnswer.Of(Deed.Mutation, capture.OperationId, after));
    }

    public static Outcome Void(Course course, WalletState wallet, VoidHold request)
    {
        if (Find(course, wallet, request.Hold, out var hold) is { } refusal)
        {
            return refusal;
        }

        var after = Free(course, wallet, hold, HoldStatus.Voided, new(EntryKind.Void, 0, Contra.Direct, request.OperationId)
        {
            Reference = request.Reference,
        });
        return new(LedgerCode.Done, WalletAnswer.Of(Deed.Mutation, request.OperationId, after));
    }

    /// <summary>Of a hold that has ended otherwise, or has time left, nothing is done: that is a success too.</summary>
    public static LedgerReply Expire(Course course, ExpireHold expiry)
    {
        if (course.Wallet(expiry.Wallet) is { } wallet
            && course.Get<HoldState>(LedgerKey.Hold(expiry.Hold)) is { Status: HoldStatus.Open } hold && hold.Wallet == wallet.Id
            && hold.ExpiresAt <= course.Now)
        {
            Free(course, wallet, hold, HoldStatus.Expired, new(EntryKind.Expiry, 0, Contra.Direct, hold.Id));
        }

        return new(LedgerCode.Done);
    }

    private static WalletState Free(Course course, WalletState wallet, HoldState hold, HoldStatus status, Posting posting)
    {
        course.Put(LedgerKey.Hold(hold.Id), hold with { Status = status });
        return course.Post(wallet, posting with { Held = -hold.Amount, Hold = hold.Id });
    }

    private static Outcome CaptureTo(
        Course course, WalletState wallet, WalletState freed, HoldState captured, Payment payment, LedgerShards shards)
    {
        if (Transfers.Refusal(course, freed, payment, shards) is { } refusal)
        {
            return refusal;
        }

        course.Put(LedgerKey.Hold(captured.Id), captured);
        return Transfers.Pay(course, wallet, payment, shards);
    }

    private static LedgerCode? Find(Course course, WalletState wallet, Guid id, out HoldState hold)
    {
        hold = course.Get<HoldState>(LedgerKey.Hold(id))!;
        if (hold is null || hold.Wallet != wallet.Id)
        {
            return LedgerCode.HoldNotFound;
        }

        // Its time ends it, whether or not it has been freed since.
        return hold.Status == HoldStatus.Open && !(hold.ExpiresAt <= course.Now) ? null : LedgerCode.HoldEnded;
    }
}
