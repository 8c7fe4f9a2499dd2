using AkkaCrypto.Actors.Runtime;
using AkkaCrypto.Contracts.Ledger;

namespace AkkaCrypto.Actors.Ledger;

/// <summary>What the wallets of one shard do. The rules of each group of commands stand in a file of their own.</summary>
internal sealed class LedgerBehaviour(LedgerShards shards, int shard)
    : IEntityBehaviour<LedgerKey, LedgerState, LedgerCommand, LedgerEvent, LedgerReply>
{
    private readonly Settlement settlement = new(shard);

    public void Touch(LedgerCommand command, ICollection<LedgerKey> keys)
    {
        keys.Add(LedgerKey.Wallet(command.Wallet));
        if (command is WalletRequest request)
        {
            keys.Add(LedgerKey.Request(request.Request.Digest));
        }

        switch (command)
        {
            case Deposit deposit:
                keys.Add(settlement.World(deposit.Currency));
                break;
            case Transfer transfer:
                TouchDestinations(transfer.OperationId, transfer.Legs.Select(leg => leg.To), transfer.Wallet, keys);
                break;
            case PlaceHold hold:
                keys.Add(LedgerKey.Hold(hold.OperationId));
                break;
            case CaptureHold capture:
                keys.Add(LedgerKey.Hold(capture.Hold));
                TouchDestinations(capture.OperationId, capture.To is { } to ? [to] : [], capture.Wallet, keys);
                break;
            case VoidHold hold:
                keys.Add(LedgerKey.Hold(hold.Hold));
                break;
            case RefundTo refund:
                keys.Add(LedgerKey.Entry(refund.Wallet, refund.Entry));
                TouchDestinations(refund.OperationId, refund.BackTo is { } back ? [back] : [], refund.Wallet, keys);
                break;
            case ExpireHold expiry:
                keys.Add(LedgerKey.Hold(expiry.Hold));
                break;
            case LegCommand leg:
                keys.Add(LedgerKey.Leg(leg.Transfer, leg.Leg));
                break;
            case UndoTransfer undo:
                TouchUndo(undo, keys);
                break;
        }
    }

    public Decision<LedgerKey, LedgerEvent, LedgerReply> Decide(
        IEntityStates<LedgerKey, LedgerState> states, LedgerCommand command, DateTimeOffset now)
    {
        var course = new Course(states, now);
        var reply = command switch
        {
            WalletRequest request => Once(course, request),
            LegCommand leg => Legs.Decide(course, leg),
            UndoTransfer undo => Legs.Undo(course, undo),
            ExpireHold expiry => Holds.Expire(course, expiry),
            _ => throw new ArgumentException($"No wallet knows the command {command.GetType().Name}.", nameof(command)),
        };
        return new(reply, course.Events, AbsentBefore(states, command)) { IsStale = course.IsStale };
    }

    public LedgerState? Apply(LedgerState? state, LedgerEvent happened) => happened.After;

    /// <summary>Only amounts can keep a commit from being closed: the shard's accounts of the world and of transit have 38 digits
    /// too.</summary>
    public LedgerReply? Unclosable(LedgerCommand command) => command is WalletRequest ? new(LedgerCode.TooLarge) : null;

    public void TouchAtClose(IReadOnlyList<Happening<LedgerKey, LedgerEvent>> events, ICollection<LedgerKey> keys) =>
        settlement.Touch(events, keys);

    public void Close(
        IEntityStates<LedgerKey, LedgerState> states, IReadOnlyList<Happening<LedgerKey, LedgerEvent>> events, DateTimeOffset now,
        ICollection<Happening<LedgerKey, LedgerEvent>> more) => settlement.Close(states, events, now, more);

    private void TouchDestinations(Guid operation, IEnumerable<Guid> destinations, Guid source, ICollection<LedgerKey> keys)
    {
        if (!shards.AreTogether(source, destinations))
        {
            keys.Add(LedgerKey.Transfer(operation));
            return;
        }

        foreach (var to in destinations)
        {
            keys.Add(LedgerKey.Wallet(to));
        }
    }

    private static void TouchUndo(UndoTransfer undo, ICollection<LedgerKey> keys)
    {
        keys.Add(LedgerKey.Undo(undo.Transfer));
        keys.Add(LedgerKey.Request(undo.Request));
        if (undo.Hold is { } hold)
        {
            keys.Add(LedgerKey.Hold(hold));
        }

        if (undo.RefundOf is { } entry)
        {
            keys.Add(LedgerKey.Entry(undo.Source, entry));
        }
    }

    /// <summary>A request takes effect once under its key: a repetition gets what the first time got. A refusal changed nothing and leaves
    /// the key free.</summary>
    private LedgerReply Once(Course course, WalletRequest request)
    {
        var key = LedgerKey.Request(request.Request.Digest);
        if (course.Get<KeyState>(key) is { } known)
        {
            return known.Fingerprint == request.Request.Fingerprint
                ? new(LedgerCode.Done, known.Answer, Replayed: true, known.Transfer)
                : new(LedgerCode.KeyReused);
        }

        var (code, answer, transfer) = Carry(course, request);
        if (code != LedgerCode.Done)
        {
            // Of a key that isn't there: what the request would make is.
            Guid? there = code == LedgerCode.KeyReused ? request.OperationId : null;
            return course.Events.Count == 0
                ? new(code, Transfer: there)
                : throw new InvalidOperationException($"{code} would have changed something.");
        }

        course.Put(key, new KeyState(key.Id, request.Request.Fingerprint, answer!, transfer?.Id, course.Now));
        return new(code, answer, Transfer: transfer?.Id) { Started = transfer?.Legs };
    }

    /// <summary>A refusal commits nothing that would meet the key, and the wallet may refuse what it did before.</summary>
    private static LedgerKey[]? AbsentBefore(IEntityStates<LedgerKey, LedgerState> states, LedgerCommand command) =>
        command is WalletRequest request && LedgerKey.Request(request.Request.Digest) is var key && states[key] is null ? [key] : null;

    private Outcome Carry(Course course, WalletRequest request)
    {
        if (request is CreateWallet create)
        {
            return Wallets.Create(course, create);
        }

        if (course.Wallet(request.Wallet) is not { } wallet || (wallet.Tenant != request.Request.Tenant && !request.Request.IsAdmin))
        {
            return LedgerCode.WalletNotFound;
        }

        if (request.IfVersion is { } version && version != wallet.Version)
        {
            return LedgerCode.VersionMismatch;
        }

        if (wallet.Status == WalletStatus.Closed)
        {
            return LedgerCode.WalletClosed;
        }

        return request switch
        {
            Deposit deposit => Wallets.Deposit(
                course, wallet, deposit, course.Get<WalletState>(settlement.World(deposit.Currency))),
            Withdraw withdraw => Wallets.Withdraw(course, wallet, withdraw),
            Freeze => Wallets.SetStatus(course, wallet, request, WalletStatus.Frozen, EntryKind.Freeze),
            Unfreeze => Wallets.SetStatus(course, wallet, request, WalletStatus.Open, EntryKind.Unfreeze),
            CloseWallet => Wallets.Close(course, wallet, request),
            Transfer transfer => Transfers.Decide(course, wallet, transfer, shards),
            PlaceHold hold => Holds.Place(course, wallet, hold),
            CaptureHold capture => Holds.Capture(course, wallet, capture, shards),
            VoidHold hold => Holds.Void(course, wallet, hold),
            RefundTo refund => Refunds.Decide(course, wallet, refund, shards),
            _ => throw new ArgumentException($"No wallet knows the request {request.GetType().Name}.", nameof(request)),
        };
    }
}

/// <summary>What carrying out a request came to, before it is kept under its key.</summary>
internal readonly record struct Outcome(LedgerCode Code, WalletAnswer? Answer = null, TransferState? Transfer = null)
{
    public static implicit operator Outcome(LedgerCode refusal) => new(refusal);
}
