using System.Buffers.Binary;
using System.Security.Cryptography;

namespace AkkaCrypto.Actors.Ledger.Audit;

/// <summary>What a row of <c>ledger.commits</c> says of itself, and so what is signed.</summary>
/// <param name="Time">To the microsecond.</param>
/// <param name="Entries">How many.</param>
public sealed record CommitHeader(int Shard, long Number, long Epoch, DateTimeOffset Time, int Entries)
{
    private static ReadOnlySpan<byte> Domain => "AkkaCrypto ledger commit 1\n"u8;

    /// <summary>
    /// SHA-256 over the line <c>AkkaCrypto ledger commit 1</c> with its line feed, then, numbers big-endian: shard (2 bytes), number (8),
    /// epoch (8), microseconds since 1970 (8), how many entries (4), the previous commit's head (32) and the Merkle root (32).
    /// </summary>
    public byte[] Head(ReadOnlySpan<byte> previousHead, ReadOnlySpan<byte> root)
    {
        Span<byte> message = stackalloc byte[Domain.Length + 2 + 8 + 8 + 8 + 4 + (2 * MerkleTree.HashBytes)];
        Domain.CopyTo(message);
        var rest = message[Domain.Length..];
        BinaryPrimitives.WriteInt16BigEndian(rest, (short)Shard);
        BinaryPrimitives.WriteInt64BigEndian(rest[2..], Number);
        BinaryPrimitives.WriteInt64BigEndian(rest[10..], Epoch);
        BinaryPrimitives.WriteInt64BigEndian(rest[18..], (Time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);
        BinaryPrimitives.WriteInt32BigEndian(rest[26..], Entries);
        previousHead.CopyTo(rest[30..]);
        root.CopyTo(rest[(30 + MerkleTree.HashBytes)..]);
        return SHA256.HashData(message);
    }
}

/// <summary>The seal of a commit.</summary>
/// <param name="Leaves">The hashes of its entries in the order of wallet and version, one after the other.</param>
/// <param name="Root">See <see cref="MerkleTree"/>.</param>
/// <param name="PreviousHead">Of the shard's commit before it; <see cref="NoHead"/> at the first.</param>
/// <param name="Head">See <see cref="CommitHeader.Head"/>.</param>
/// <param name="Key">Of the key that has signed.</param>
/// <param name="Signature">Of <paramref name="Head"/>.</param>
public sealed record CommitSeal(byte[] Leaves, byte[] Root, byte[] PreviousHead, byte[] Head, Guid Key, byte[] Signature)
{
    /// <summary>Before a shard's first sealed commit.</summary>
    public static byte[] NoHead { get; } = new byte[MerkleTree.HashBytes];

    /// <summary>A commit's entries as its leaves have them.</summary>
    internal static Entry[] Ordered(IEnumerable<Entry> entries)
    {
        var ordered = entries.ToArray();
        Array.Sort(ordered, static (one, other) =>
            one.Wallet.CompareTo(other.Wallet) is not 0 and var order ? order : one.Version.CompareTo(other.Version));
        return ordered;
    }

    /// <param name="entries">Of the commit, <see cref="Ordered"/>.</param>
    internal static CommitSeal Of(LedgerSigner signer, CommitHeader header, byte[] previousHead, Entry[] entries)
    {
        var leaves = new byte[entries.Length * MerkleTree.HashBytes];
        for (var n = 0; n < entries.Length; n++)
        {
            entries[n].Hash.CopyTo(leaves, n * MerkleTree.HashBytes);
        }

        var root = MerkleTree.Root(leaves);
        var head = header.Head(previousHead, root);
        return new(leaves, root, previousHead, head, signer.KeyId, signer.Sign(head));
    }
}
