using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using AkkaCrypto.Contracts.Ledger;

namespace AkkaCrypto.Actors.Ledger;

/// <summary>What an entry tells of. The numbers are stored and hashed: they never change their meaning.</summary>
public enum EntryKind
{
    Opened = 0,
    Deposit = 1,
    Withdrawal = 2,
    TransferOut = 3,
    TransferIn = 4,
    Hold = 5,
    Capture = 6,
    Void = 7,
    Expiry = 8,
    Refund = 9,
    Freeze = 10,
    Unfreeze = 11,
    Close = 12,

    /// <summary>A transfer that could not be delivered comes back.</summary>
    Undo = 13,

    /// <summary>Of an account of the world or of transit: the sum of all that a commit moved through it.</summary>
    Settlement = 14,
}

/// <summary>Where the other side of an entry is.</summary>
public enum Contra
{
    /// <summary>Another wallet, in the same operation; or no money moved.</summary>
    Direct,
    World,
    Transit,
}

/// <summary>One line of a wallet's history.</summary>
/// <param name="Amount">What the balance changed by.</param>
/// <param name="Operation">Of the command; of a transfer, the same on all its entries.</param>
/// <param name="Hash">See <see cref="HashOf"/>.</param>
public sealed record Entry(
    Guid Wallet, long Version, EntryKind Kind, WalletStatus Status, Contra Contra, Int128 Amount, Int128 Balance, Int128 Held,
    string Currency, Guid Operation, Guid? Hold, Guid? Counterparty, long? RefundOf, string? Reference, DateTimeOffset Time, byte[] Hash)
{
    /// <summary>Of <see cref="HoldEnds"/>: not at any time.</summary>
    public const long Never = long.MaxValue;

    private const int FixedBytes = 32 + 16 + 8 + 1 + 1 + 1 + (3 * 16) + (3 * 17) + 9 + 8 + 12;
    private const int LongestOnStack = 1024;

    /// <summary>No text has so many bytes.</summary>
    private const int NoText = -1;

    /// <summary>Of the placing of a hold: when it ends, in microseconds since 1970, or <see cref="Never"/>. Null on every other entry, and
    /// on those from before migration 0023.</summary>
    public long? HoldEnds { get; init; }

    /// <summary>
    /// SHA-256 over the previous entry's hash (that of <see cref="WalletState.Blank"/> before the first; nothing in wallets from before
    /// migration 0020) and this entry, numbers big-endian: wallet, version (8 bytes), kind, status, whether direct (1 each), amount,
    /// balance, held (16 each), operation; hold, counterparty (a 1 and the id, or a 0), version refunded (a 1 and 8 bytes, or a 0),
    /// microseconds since 1970 (8), then the currency and, if there is one, the reference, in UTF-8, each with its length (4 bytes) before
    /// it; at last, where <see cref="HoldEnds"/> is there, -1 in place of a length (4) and that (8).
    /// </summary>
    public byte[] HashOf(ReadOnlySpan<byte> previous)
    {
        var hash = new byte[SHA256.HashSizeInBytes];
        HashOf(previous, hash);
        return hash;
    }

    /// <param name="previous">See above.</param>
    /// <param name="hash">Takes the 32 bytes.</param>
    internal void HashOf(ReadOnlySpan<byte> previous, Span<byte> hash)
    {
        var longest = FixedBytes + 8 + Encoding.UTF8.GetMaxByteCount(Currency.Length + (Reference?.Length ?? 0));
        Span<byte> buffer = longest <= LongestOnStack ? stackalloc byte[LongestOnStack] : new byte[longest];
        var writer = new Canonical(buffer);
        writer.Bytes(previous);
        writer.Id(Wallet);
        writer.Int64(Version);
        writer.Byte((byte)Kind);
        writer.Byte((byte)Status);
        writer.Byte(Contra == Contra.Direct ? (byte)1 : (byte)0);
        writer.Int128(Amount);
        writer.Int128(Balance);
        writer.Int128(Held);
        writer.Id(Operation);
        writer.Id(Hold);
        writer.Id(Counterparty);
        writer.Int64(RefundOf);
        writer.Int64((Time.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) / TimeSpan.TicksPerMicrosecond);
        writer.Text(Currency);
        if (Reference is not null)
        {
            writer.Text(Reference);
        }

        if (HoldEnds is { } ends)
        {
            writer.Int32(NoText);
            writer.Int64(ends);
        }

        Digests.Sha256(buffer[..writer.Used], hash);
    }

    /// <summary>Whether its hash is the one that follows.</summary>
    internal bool IsAfter(ReadOnlySpan<byte> previous) => HashOf(previous).AsSpan().SequenceEqual(Hash);

    private ref struct Canonical(Span<byte> target)
    {
        private readonly Span<byte> target = target;

        public int Used { get; private set; }

        public void Byte(byte value) => target[Used++] = value;

        public void Bytes(ReadOnlySpan<byte> value)
        {
            value.CopyTo(target[Used..]);
            Used += value.Length;
        }

        public void Id(Guid value)
        {
            value.TryWriteBytes(target[Used..], bigEndian: true, out var written);
            Used += written;
        }

        public void Id(Guid? value)
        {
            Byte(value is null ? (byte)0 : (byte)1);
            if (value is { } id)
            {
                Id(id);
            }
        }

        public void Int32(int value)
        {
            BinaryPrimitives.WriteInt32BigEndian(target[Used..], value);
            Used += sizeof(int);
        }

        public void Int64(long value)
        {
            BinaryPrimitives.WriteInt64BigEndian(target[Used..], value);
            Used += sizeof(long);
        }

        public void Int64(long? value)
        {
            Byte(value is null ? (byte)0 : (byte)1);
            if (value is { } number)
            {
                Int64(number);
            }
        }

        public void Int128(Int128 value)
        {
            BinaryPrimitives.WriteInt128BigEndian(target[Used..], value);
            Used += 16;
        }

        public void Text(string value)
        {
            var length = Encoding.UTF8.GetBytes(value, target[(Used + 4)..]);
            Int32(length);
            Used += length;
        }
    }
}
