using System.Security.Cryptography;
using AkkaCrypto.Actors.Runtime;
using AkkaCrypto.Contracts.Ledger;

namespace AkkaCrypto.Actors.Ledger;

/// <summary>What an entry says besides what follows from the wallet.</summary>
internal readonly record struct Posting(EntryKind Kind, Int128 Amount, Contra Contra, Guid Operation)
{
    /// <summary>What the held sum changes by.</summary>
    public Int128 Held { get; init; }

    public WalletStatus? Status { get; init; }

    public int Expected { get; init; }

    /// <summary>What the room changes by that is kept for money which may still come, or come back.</summary>
    public Int128 Room { get; init; }

    public Guid? Hold { get; init; }

    public Guid? Counterparty { get; init; }

    public long? RefundOf { get; init; }

    /// <summary>See <see cref="Entry.HoldEnds"/>.</summary>
    public long? HoldEnds { get; init; }

    public string? Reference { get; init; }
}

/// <summary>One command's way through its entities: it reads what it has changed itself, and gathers the events.</summary>
internal sealed class Course(IEntityStates<LedgerKey, LedgerState> states, DateTimeOffset now)
{
    private static readonly TimeSpan RecountAfter = TimeSpan.FromSeconds(1);

    private readonly List<Happening<LedgerKey, LedgerEvent>> events = new(4);

    public DateTimeOffset Now => now;

    /// <summary>Whether it came to a refusal that may be out of date, for want of room that may be free by now.</summary>
    public bool IsStale { get; private set; }

    public IReadOnlyList<Happening<LedgerKey, LedgerEvent>> Events => events;

    public T? Get<T>(LedgerKey key)
        where T : LedgerState
    {
        for (var i = events.Count - 1; i >= 0; i--)
        {
            if (events[i].Key == key)
            {
                return (T?)events[i].Event.After;
            }
        }

        return (T?)states[key];
    }

    /// <summary>Whether the balance keeps to 38 digits with the amount and all that may still come to the wallet.</summary>
    public bool HasRoom(WalletState wallet, Int128 amount)
    {
        if (wallet.Utmost <= Amount.Largest - amount)
        {
            return true;
        }

        // Counted anew at most once in that time: a wallet that is full must not keep its shard busy with it.
        IsStale |= wallet.Utmost > wallet.Balance && now - wallet.CountedAt > RecountAfter;
        return false;
    }

    public WalletState? Wallet(Guid id) => Get<WalletState>(LedgerKey.Wallet(id)) is { Kind: AccountKind.Wallet } wallet ? wallet : null;

    public void Put(LedgerKey key, LedgerState? after, IReadOnlyList<Conversion>? conversion = null) =>
        events.Add(new(key, new(after, Conversion: conversion)));

    /// <summary>Adds an entry to the wallet. The caller has seen to it that the wallet can take it.</summary>
    public WalletState Post(WalletState before, in Posting posting)
    {
        var time = Truncated(now > before.ChangedAt ? now : before.ChangedAt);
        var entry = new Entry(
            before.Id, before.Version + 1, posting.Kind, posting.Status ?? before.Status, posting.Contra, posting.Amount,
            before.Balance + posting.Amount, before.Held + posting.Held, before.Currency, posting.Operation, posting.Hold,
            posting.Counterparty, posting.RefundOf, posting.Reference, time, new byte[SHA256.HashSizeInBytes])
        {
            HoldEnds = posting.HoldEnds,
        };
        entry.HashOf(before.Hash, entry.Hash); // in place, for a copy of the entry would cost more than the hash
        var after = before with
        {
            Version = entry.Version, Balance = entry.Balance, Held = entry.Held, Status = entry.Status, Hash = entry.Hash, ChangedAt = time,
            Expected = before.Expected + posting.Expected, Utmost = before.Utmost + (posting.Amount + posting.Room),
        };
        events.Add(new(LedgerKey.Wallet(before.Id), new(after, entry)));
        return after;
    }

    /// <summary>The database keeps microseconds, and the hash must be the same when it is read back.</summary>
    private static DateTimeOffset Truncated(DateTimeOffset time) =>
        new(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);
}
