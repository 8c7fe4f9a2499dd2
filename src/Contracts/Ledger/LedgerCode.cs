namespace AkkaCrypto.Contracts.Ledger;

/// <summary>What a command to a wallet came to, in order of precedence: of several that hold, the first is answered.</summary>
public enum LedgerCode
{
    /// <summary>It was done, now or, if <see cref="LedgerReply.Replayed"/>, under the same key before.</summary>
    Done,

    /// <summary>The idempotency key was used with another request.</summary>
    KeyReused,

    /// <summary>The first request with this key hasn't ended yet.</summary>
    KeyInFlight,

    /// <summary>No such wallet, or another tenant's.</summary>
    WalletNotFound,

    /// <summary>The wallet's version isn't the one that the request names.</summary>
    VersionMismatch,

    /// <summary>The wallet is closed.</summary>
    WalletClosed,

    /// <summary>The amount's currency isn't the wallet's.</summary>
    WrongCurrency,

    /// <summary>No such hold of this wallet.</summary>
    HoldNotFound,

    /// <summary>The hold was captured or voided, or its time is over.</summary>
    HoldEnded,

    /// <summary>No such entry of this wallet.</summary>
    EntryNotFound,

    /// <summary>An entry that nothing can be given back of: it moved no money, or the other side has to refund it.</summary>
    NotRefundable,

    /// <summary>More than the entry, or what is left of it after earlier refunds.</summary>
    RefundTooLarge,

    /// <summary>More than the hold.</summary>
    CaptureTooLarge,

    /// <summary>The destination isn't there.</summary>
    DestinationNotFound,

    /// <summary>The destination is the source.</summary>
    SameWallet,

    /// <summary>The destination is closed.</summary>
    DestinationClosed,

    /// <summary>The destination has another currency than the leg.</summary>
    DestinationCurrency,

    /// <summary>Nothing may leave the wallet.</summary>
    WalletFrozen,

    /// <summary>Not enough available: the balance without what is held, and the overdraft.</summary>
    InsufficientFunds,

    /// <summary>It would leave less than the request's own minimum balance.</summary>
    BelowMinimum,

    /// <summary>A balance would pass 38 digits.</summary>
    TooLarge,

    /// <summary>A wallet is closed only without balance, holds and money on its way.</summary>
    NotEmpty,

    /// <summary>The time of the hold's end is not in the future.</summary>
    ExpiryPassed,

    /// <summary>A transfer between shards that hasn't ended within the deadline. It will, and its key tells how.</summary>
    Underway,
}

/// <summary>What a request is answered that was carried out, and every repetition of it. Two that say the same are equal.</summary>
public abstract record LedgerAnswer
{
    /// <summary>Of HTTP.</summary>
    public abstract int Status { get; }

    /// <summary>Of what was made, where something was.</summary>
    public abstract string? Location { get; }

    /// <summary>JSON, made anew each time that it is asked for.</summary>
    public abstract string Body { get; }
}

/// <summary>The answer of a wallet.</summary>
/// <param name="Code">What it came to.</param>
/// <param name="Answer">There with <see cref="LedgerCode.Done"/>.</param>
/// <param name="Replayed">It was done before, under the same key.</param>
/// <param name="Transfer">Of a transfer between shards that has been started: it is done or undone later, and
/// <paramref name="Answer"/> holds when it is done. With <see cref="LedgerCode.KeyReused"/>: of what is there already, if it is
/// one.</param>
public sealed record LedgerReply(LedgerCode Code, LedgerAnswer? Answer = null, bool Replayed = false, Guid? Transfer = null)
{
    /// <summary>What a leg of a transfer has become, for those who carry transfers out.</summary>
    public int? Leg { get; init; }

    /// <summary>Of a transfer between shards that this very command has started.</summary>
    public IReadOnlyList<TransferLeg>? Started { get; init; }
}
