using System.Collections.Frozen;

namespace AkkaCrypto.Actors.Ledger;

/// <summary>Kinds and states as callers read them.</summary>
public static class EntryNames
{
    private static readonly FrozenDictionary<string, EntryKind> Kinds =
        Enum.GetValues<EntryKind>().ToFrozenDictionary(Of, StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, WalletStatus> States =
        Enum.GetValues<WalletStatus>().ToFrozenDictionary(Of, StringComparer.Ordinal);

    public static string Of(EntryKind kind) => kind switch
    {
        EntryKind.Opened => "opened",
        EntryKind.Deposit => "deposit",
        EntryKind.Withdrawal => "withdrawal",
        EntryKind.TransferOut => "transfer_out",
        EntryKind.TransferIn => "transfer_in",
        EntryKind.Hold => "hold",
        EntryKind.Capture => "capture",
        EntryKind.Void => "void",
        EntryKind.Expiry => "expiry",
        EntryKind.Refund => "refund",
        EntryKind.Freeze => "freeze",
        EntryKind.Unfreeze => "unfreeze",
        EntryKind.Close => "close",
        EntryKind.Undo => "undo",
        EntryKind.Settlement => "settlement",
    };

    public static string Of(WalletStatus status) => status switch
    {
        WalletStatus.Open => "open",
        WalletStatus.Frozen => "frozen",
        WalletStatus.Closed => "closed",
    };

    /// <summary>Null: there is no such kind.</summary>
    public static EntryKind? Kind(string? name) => name is not null && Kinds.TryGetValue(name, out var kind) ? kind : null;

    /// <summary>Null: there is no such state.</summary>
    public static WalletStatus? State(string? name) => name is not null && States.TryGetValue(name, out var status) ? status : null;
}
