using AkkaCrypto.Contracts.Ledger;

namespace AkkaCrypto.Actors.Ledger.Audit;

/// <summary>What is wrong, as the ends of a sentence.</summary>
internal readonly record struct Fault(string Check, string Expected, string Found);

/// <summary>
/// What each entry must say after the one before it, told apart from how it is written: a ledger whose hashes were all made anew by
/// somebody else still has to keep to it.
/// </summary>
internal static class EntryRules
{
    /// <summary>The first rule that the entry breaks; null: none.</summary>
    /// <param name="before">The entry before it; null: it is the first.</param>
    /// <param name="start">What the hash of the wallet's first entry begins with.</param>
    /// <param name="entry">As it stands.</param>
    public static Fault? Broken(Entry? before, byte[] start, Entry entry) =>
        Chain(before, start, entry) ?? Known(entry) ?? Sums(before, entry) ?? Course(before, entry) ?? Kind(before, entry);

    private static Fault? Chain(Entry? before, byte[] start, Entry entry)
    {
        var version = (before?.Version ?? -1) + 1;
        if (entry.Version != version)
        {
            return new("version", $"version {version}", $"{entry.Version}");
        }

        var hash = entry.HashOf(before?.Hash ?? start);
        return hash.AsSpan().SequenceEqual(entry.Hash) ? null : new("chain", "hash " + Hex(hash), Hex(entry.Hash));
    }

    /// <summary>The hash takes one byte of each.</summary>
    private static Fault? Known(Entry entry) =>
        !Enum.IsDefined(entry.Kind) ? new("kind", $"0 to {(int)EntryKind.Settlement}", $"{(int)entry.Kind}")
        : !Enum.IsDefined(entry.Status) ? new("state", "0 to 2", $"{(int)entry.Status}")
        : null;

    private static Fault? Sums(Entry? before, Entry entry)
    {
        var balance = (before?.Balance ?? 0) + entry.Amount;
        return entry.Balance == balance ? null : new("balance", $"{balance}", $"{entry.Balance}");
    }

    private static Fault? Course(Entry? before, Entry entry) =>
        before is null ? null
        : entry.Time < before.Time ? new("time", $"{before.Time:O} or later", $"{entry.Time:O}")
        : entry.Currency != before.Currency ? new("currency", before.Currency, entry.Currency)
        : before.Status == WalletStatus.Closed && entry.Kind != EntryKind.Undo
            ? new("state", "no entry after the wallet was closed but money that comes back", $"{entry.Kind}")
        : before.Status == WalletStatus.Frozen && entry.Kind != EntryKind.Undo && (entry.Amount < 0 || entry.Held > before.Held)
            ? new("state", "nothing leaves a frozen wallet", $"{entry.Kind} of {entry.Amount}")
        : null;

    private static Fault? Kind(Entry? before, Entry entry)
    {
        var (amount, held) = SignsOf(entry);
        var change = entry.Held - (before?.Held ?? 0);
        var status = entry.Kind switch
        {
            EntryKind.Freeze => WalletStatus.Frozen,
            EntryKind.Unfreeze or EntryKind.Opened => WalletStatus.Open,
            EntryKind.Close => WalletStatus.Closed,
            EntryKind.Undo when before?.Status == WalletStatus.Closed => WalletStatus.Open,
            _ => before?.Status ?? WalletStatus.Open,
        };
        return (entry.Kind is EntryKind.Opened) != (before is null) && entry.Kind != EntryKind.Settlement
                ? new("kind", before is null ? "Opened" : "another kind after the first entry", $"{entry.Kind}")
            : !amount.Contains(Int128.Sign(entry.Amount)) ? new("amount", $"of {entry.Kind}: {Told(amount)}", $"{entry.Amount}")
            : !held.Contains(Int128.Sign(change)) ? new("held", $"a change by {entry.Kind}: {Told(held)}", $"{change}")
            : entry.HoldEnds is { } ends && entry.Kind != EntryKind.Hold ? new("hold_ends", $"none of {entry.Kind}", $"{ends}")
            : entry.Status != status ? new("state", $"{status}", $"{entry.Status}")
            : entry.Kind == EntryKind.Close && (entry.Balance != 0 || entry.Held != 0)
                ? new("state", "nothing in a closed wallet", $"{entry.Balance}, held {entry.Held}")
            : null;
    }

    /// <summary>Which signs the amount and the change of the held sum may have.</summary>
    private static (int[] Amount, int[] Held) SignsOf(Entry entry) => entry.Kind switch
    {
        EntryKind.Deposit or EntryKind.TransferIn => ([1], [0]),
        EntryKind.Withdrawal or EntryKind.TransferOut => ([-1], [0]),
        EntryKind.Hold => ([0], [1]),
        EntryKind.Capture => ([-1], [-1]),
        EntryKind.Void or EntryKind.Expiry => ([0], [-1]),
        EntryKind.Refund => ([-1, 1], [0]),
        EntryKind.Undo => ([1], entry.Hold is null ? [0] : [0, 1]),
        EntryKind.Settlement => ([-1, 0, 1], [0]),
        EntryKind.Opened or EntryKind.Freeze or EntryKind.Unfreeze or EntryKind.Close => ([0], [0]),
    };

    private static string Told(int[] signs) => string.Join(" or ", signs.Select(sign => sign switch
    {
        < 0 => "less than 0", 0 => "0", > 0 => "more than 0",
    }));

    internal static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);
}
