using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using AkkaCrypto.Contracts.Ledger;

namespace AkkaCrypto.Actors.Ledger;

/// <summary>What kind of thing a key is of.</summary>
public enum LedgerKeyKind
{
    Wallet,
    Request,
    Hold,
    Entry,
    Leg,

    /// <summary>A transfer that is started. Its id is that of its request, so it is taken for absent as the request's key is: the commit
    /// finds out.</summary>
    Transfer,

    /// <summary>A transfer that is given back.</summary>
    Undo,
}

/// <summary>One entity of a ledger shard.</summary>
/// <param name="Kind">Of what.</param>
/// <param name="Id">Of the wallet or account, of the request's digest, hold or transfer.</param>
/// <param name="Number">An entry's version, a leg's number; else 0.</param>
public readonly record struct LedgerKey(LedgerKeyKind Kind, Guid Id, long Number)
{
    public static LedgerKey Wallet(Guid id) => new(LedgerKeyKind.Wallet, id, 0);

    public static LedgerKey Request(Guid digest) => new(LedgerKeyKind.Request, digest, 0);

    public static LedgerKey Hold(Guid id) => new(LedgerKeyKind.Hold, id, 0);

    public static LedgerKey Entry(Guid wallet, long version) => new(LedgerKeyKind.Entry, wallet, version);

    public static LedgerKey Leg(Guid transfer, int number) => new(LedgerKeyKind.Leg, transfer, number);

    public static LedgerKey Transfer(Guid id) => new(LedgerKeyKind.Transfer, id, 0);

    public static LedgerKey Undo(Guid transfer) => new(LedgerKeyKind.Undo, transfer, 0);

    /// <summary>Ids are hashes already.</summary>
    public override int GetHashCode() => Id.GetHashCode() ^ (int)Kind ^ ((int)Number << 8);
}

/// <summary>What is known of one entity.</summary>
public abstract record LedgerState;

/// <summary>What a row of <c>ledger.wallets</c> stands for.</summary>
public enum AccountKind
{
    Wallet = 0,

    /// <summary>Everything outside the ledger.</summary>
    World = 1,

    /// <summary>Money between two shards.</summary>
    Transit = 2,
}

public enum WalletStatus
{
    Open = 0,
    Frozen = 1,
    Closed = 2,
}

/// <param name="Version">Of the last entry; -1 before the first.</param>
/// <param name="Expected">Credits that it has promised to take: it can't be closed meanwhile.</param>
/// <param name="Hash">Of the last entry; before the first what its hash begins with.</param>
/// <param name="ChangedAt">Time of the last entry.</param>
public sealed record WalletState(
    Guid Id, AccountKind Kind, string Tenant, string Currency, int Decimals, Int128 Overdraft, WalletStatus Status, long Version,
    Int128 Balance, Int128 Held, int Expected, byte[] Hash, DateTimeOffset ChangedAt) : LedgerState
{
    /// <summary>The balance that it comes to if all that it has promised to take comes and all that it has sent to other shards comes back:
    /// so much room is kept, and neither can be refused for want of digits. What has arrived there is known only when the wallet is read
    /// again, at <see cref="CountedAt"/>: until then this may be too much, never too little.</summary>
    public Int128 Utmost { get; init; } = Balance;

    /// <summary>When <see cref="Utmost"/> was counted from the transfers.</summary>
    public DateTimeOffset CountedAt { get; init; }

    /// <summary>What may be spent, as far as one amount can tell it.</summary>
    public Int128 Available => AvailableOf(Balance, Held, Overdraft);

    /// <summary>The balance and the overdraft can be 38 nines each, and 128 bits end before their sum.</summary>
    internal static Int128 AvailableOf(Int128 balance, Int128 held, Int128 overdraft) =>
        balance - held > Amount.Largest - overdraft ? Amount.Largest : balance - held + overdraft;

    /// <summary>
    /// Before its first entry, whose hash then covers what the wallet keeps for ever. The blank's hash is SHA-256 over the line
    /// <c>AkkaCrypto wallet 1</c> with its line feed, kind (1 byte), decimals (1), overdraft (16), then tenant and currency in UTF-8, each
    /// with its length (4 bytes) before it; numbers big-endian.
    /// </summary>
    public static WalletState Blank(Guid id, AccountKind kind, string tenant, string currency, int decimals, Int128 overdraft) => new(
        id, kind, tenant, currency, decimals, overdraft, WalletStatus.Open, Version: -1, Balance: 0, Held: 0, Expected: 0,
        TermsOf(kind, tenant, currency, decimals, overdraft), DateTimeOffset.MinValue);

    private static byte[] TermsOf(AccountKind kind, string tenant, string currency, int decimals, Int128 overdraft)
    {
        using var terms = new MemoryStream();
        using (var writer = new BinaryWriter(terms))
        {
            Span<byte> number = stackalloc byte[16];
            writer.Write("AkkaCrypto wallet 1\n"u8);
            writer.Write((byte)kind);
            writer.Write((byte)decimals);
            BinaryPrimitives.WriteInt128BigEndian(number, overdraft);
            writer.Write(number);
            foreach (var text in (ReadOnlySpan<string>)[tenant, currency])
            {
                var bytes = Encoding.UTF8.GetBytes(text);
                BinaryPrimitives.WriteInt32BigEndian(number, bytes.Length);
                writer.Write(number[..4]);
                writer.Write(bytes);
            }
        }

        return SHA256.HashData(terms.ToArray());
    }
}

/// <summary>What was answered under an idempotency key.</summary>
/// <param name="Digest">See <see cref="RequestKey.Digest"/>.</param>
/// <param name="Fingerprint">Of the request.</param>
/// <param name="Transfer">The answer holds once this transfer is done.</param>
public sealed record KeyState(Guid Digest, Guid Fingerprint, WalletAnswer Answer, Guid? Transfer, DateTimeOffset CreatedAt) : LedgerState;

public enum HoldStatus
{
    Open = 0,
    Captured = 1,
    Voided = 2,
    Expired = 3,
}

public sealed record HoldState(
    Guid Id, Guid Wallet, Int128 Amount, Int128 Captured, HoldStatus Status, DateTimeOffset OpenedAt, DateTimeOffset? ExpiresAt)
    : LedgerState;

/// <summary>An entry as far as refunds need it.</summary>
/// <param name="IsExchange">Whether its other side was another currency.</param>
/// <param name="Refunded">What was given back of it, 0 or more.</param>
public sealed record EntryState(EntryKind Kind, bool IsExchange, Int128 Amount, Guid? Counterparty, Int128 Refunded) : LedgerState;

public enum LegStatus
{
    Pending = 0,

    /// <summary>The destination has promised to take it.</summary>
    Accepted = 1,

    /// <summary>The destination takes it not: the whole transfer is undone.</summary>
    Refused = 2,

    /// <summary>The promise isn't needed, for another leg was refused.</summary>
    Cancelled = 3,
    Delivered = 4,
    Undone = 5,
}

/// <summary>One leg of a transfer between shards, as its destination's shard knows it.</summary>
/// <param name="Kind">Of the entry that it makes.</param>
public sealed record LegState(
    Guid Transfer, int Number, Guid Source, TransferLeg Leg, EntryKind Kind, LegStatus Status, LedgerCode? Refusal) : LedgerState;

/// <summary>A transfer between shards, as its source's shard knows it.</summary>
public sealed record TransferState(
    Guid Id, Guid Source, Guid Request, Guid? Hold, long? RefundOf, IReadOnlyList<TransferLeg> Legs, string Currency,
    DateTimeOffset StartedAt, DateTimeOffset? UndoneAt) : LedgerState
{
    /// <summary>Whether the leg is paid in one currency and received in another.</summary>
    public bool IsExchange(TransferLeg leg) => leg.Currency != Currency;
}
