namespace AkkaCrypto.Contracts.Ledger;

/// <summary>Anything that a wallet is asked.</summary>
/// <param name="Wallet">Whose shard carries it out.</param>
public abstract record LedgerCommand(Guid Wallet);

/// <summary>What makes the repetition of a request harmless.</summary>
/// <param name="Tenant">Of the caller; also who must own the wallet.</param>
/// <param name="Path">The concrete one: <c>/wallets/…/deposits</c>.</param>
/// <param name="Key">The caller's own, 1 to 255 characters.</param>
/// <param name="Fingerprint">Of the request's body.</param>
/// <param name="IsAdmin">May act on any tenant's wallet.</param>
public sealed record RequestKey(string Tenant, string Path, string Key, Guid Fingerprint, bool IsAdmin = false)
{
    /// <summary>Of tenant, path and key.</summary>
    public Guid Digest { get; } = Digests.Of(Tenant, Path, Key);
}

/// <summary>A command of a caller.</summary>
/// <param name="Wallet">The one named in the path.</param>
/// <param name="Request">Its idempotency key.</param>
public abstract record WalletRequest(Guid Wallet, RequestKey Request) : LedgerCommand(Wallet)
{
    /// <summary><c>If-Match</c>: the version that the wallet must have; null is any.</summary>
    public long? IfVersion { get; init; }

    /// <summary>What must be left of the balance, in minor units; null is no minimum of its own.</summary>
    public Int128? MinimumBalance { get; init; }

    /// <summary>The caller's own note, kept with the entry.</summary>
    public string? Reference { get; init; }

    /// <summary>Of what it does: a transfer's, a hold's or an entry's operation. Follows from the key.</summary>
    public Guid OperationId => Request.Digest;
}

/// <summary>Opens a wallet.</summary>
/// <param name="Request">The wallet's id follows from its tenant and key.</param>
/// <param name="Currency">Its code: <c>USD</c>.</param>
/// <param name="Decimals">Of the currency; the wallet keeps them for ever.</param>
/// <param name="Overdraft">How far its balance may be below zero, in minor units.</param>
public sealed record CreateWallet(RequestKey Request, string Currency, int Decimals, Int128 Overdraft)
    : WalletRequest(Request.Digest, Request);

/// <summary>Money comes in from outside.</summary>
public sealed record Deposit(Guid Wallet, RequestKey Request, Int128 Amount, string Currency) : WalletRequest(Wallet, Request);

/// <summary>Money goes out.</summary>
public sealed record Withdraw(Guid Wallet, RequestKey Request, Int128 Amount, string Currency) : WalletRequest(Wallet, Request);

/// <summary>Money goes to other wallets: to all of them or to none.</summary>
/// <param name="Wallet">Pays.</param>
/// <param name="Request">Its idempotency key.</param>
/// <param name="Currency">Of what is paid.</param>
/// <param name="Legs">At least one.</param>
public sealed record Transfer(Guid Wallet, RequestKey Request, string Currency, IReadOnlyList<TransferLeg> Legs)
    : WalletRequest(Wallet, Request);

/// <param name="To">Receives.</param>
/// <param name="Debit">What is paid, in minor units of the source's currency.</param>
/// <param name="Credit">What is received; the same as <paramref name="Debit"/> within one currency.</param>
/// <param name="Currency">Of <paramref name="Credit"/>.</param>
public sealed record TransferLeg(Guid To, Int128 Debit, Int128 Credit, string Currency);

/// <summary>Sets money aside.</summary>
public sealed record PlaceHold(Guid Wallet, RequestKey Request, Int128 Amount, string Currency, DateTimeOffset? ExpiresAt)
    : WalletRequest(Wallet, Request);

/// <summary>Takes what was set aside, and frees the rest.</summary>
/// <param name="Amount">Null: all of it.</param>
/// <param name="To">A wallet of the same currency; null is out of the ledger.</param>
public sealed record CaptureHold(Guid Wallet, RequestKey Request, Guid Hold, Int128? Amount, Guid? To) : WalletRequest(Wallet, Request);

/// <summary>Frees what was set aside.</summary>
public sealed record VoidHold(Guid Wallet, RequestKey Request, Guid Hold) : WalletRequest(Wallet, Request);

/// <summary>Gives back an entry of this wallet, to where it came from.</summary>
/// <param name="Entry">Version of the entry.</param>
/// <param name="Amount">Null: all that is left of it.</param>
public sealed record Refund(Guid Wallet, RequestKey Request, long Entry, Int128? Amount) : WalletRequest(Wallet, Request);

/// <summary>Nothing may leave the wallet any more, what is held included; money may still come in.</summary>
public sealed record Freeze(Guid Wallet, RequestKey Request) : WalletRequest(Wallet, Request);

/// <summary>Undoes <see cref="Freeze"/>.</summary>
public sealed record Unfreeze(Guid Wallet, RequestKey Request) : WalletRequest(Wallet, Request);

/// <summary>For ever; the wallet must be empty.</summary>
public sealed record CloseWallet(Guid Wallet, RequestKey Request) : WalletRequest(Wallet, Request);
