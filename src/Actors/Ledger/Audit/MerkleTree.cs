using System.Security.Cryptography;
using AkkaCrypto.Contracts.Ledger;

namespace AkkaCrypto.Actors.Ledger.Audit;

/// <summary>
/// The Merkle tree of RFC 9162, section 2.1, with SHA-256: a leaf is SHA-256(0x00 ‖ content), a node SHA-256(0x01 ‖ left ‖ right), and
/// what has no neighbour goes up as it is. The contents are the hashes of a commit's entries.
/// </summary>
public static class MerkleTree
{
    /// <summary>Bytes of a hash, and so of a leaf's content.</summary>
    public const int HashBytes = SHA256.HashSizeInBytes;

    private const byte LeafPrefix = 0;
    private const byte NodePrefix = 1;

    /// <summary>Over no leaves: SHA-256 of nothing.</summary>
    /// <param name="contents">One after the other, <see cref="HashBytes"/> each.</param>
    public static byte[] Root(ReadOnlySpan<byte> contents)
    {
        if (contents.IsEmpty)
        {
            return SHA256.HashData([]);
        }

        var level = Leaves(contents);
        for (var count = level.Length / HashBytes; count > 1;)
        {
            count = Raise(level, count);
        }

        return level[..HashBytes];
    }

    /// <summary>The audit path of a leaf, from the bottom up (RFC 9162, 2.1.3.1).</summary>
    public static IReadOnlyList<byte[]> Path(ReadOnlySpan<byte> contents, int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, contents.Length / HashBytes);
        var path = new List<byte[]>();
        var level = Leaves(contents);
        for (var count = level.Length / HashBytes; count > 1; index >>= 1)
        {
            if ((index ^ 1) < count)
            {
                path.Add(At(level, index ^ 1).ToArray());
            }

            count = Raise(level, count);
        }

        return path;
    }

    /// <summary>The root that follows from a leaf's content and its path (RFC 9162, 2.1.3.2).</summary>
    /// <returns>Null: the path isn't one of that leaf in a tree of that size.</returns>
    public static byte[]? RootOf(ReadOnlySpan<byte> content, long index, long size, IReadOnlyList<byte[]> path)
    {
        if (index < 0 || index >= size)
        {
            return null;
        }

        var hash = new byte[HashBytes];
        Leaf(content, hash);
        var (at, last) = (index, size - 1);
        foreach (var neighbour in path)
        {
            if (last == 0 || neighbour.Length != HashBytes)
            {
                return null;
            }

            if ((at & 1) == 1 || at == last)
            {
                Node(neighbour, hash, hash);
                for (; (at & 1) == 0 && at != 0; at >>= 1)
                {
                    last >>= 1;
                }
            }
            else
            {
                Node(hash, neighbour, hash);
            }

            (at, last) = (at >> 1, last >> 1);
        }

        return last == 0 ? hash : null;
    }

    private static byte[] Leaves(ReadOnlySpan<byte> contents)
    {
        var leaves = new byte[contents.Length];
        for (var at = 0; at < contents.Length; at += HashBytes)
        {
            Leaf(contents.Slice(at, HashBytes), leaves.AsSpan(at, HashBytes));
        }

        return leaves;
    }

    /// <summary>Puts the level above in the place of a level.</summary>
    /// <returns>How many hashes it has.</returns>
    private static int Raise(byte[] level, int count)
    {
        for (var pair = 0; pair < count / 2; pair++)
        {
            Node(At(level, 2 * pair), At(level, (2 * pair) + 1), At(level, pair));
        }

        if (count % 2 == 1)
        {
            At(level, count - 1).CopyTo(At(level, count / 2));
        }

        return (count + 1) / 2;
    }

    private static Span<byte> At(byte[] level, int index) => level.AsSpan(index * HashBytes, HashBytes);

    private static void Leaf(ReadOnlySpan<byte> content, Span<byte> hash)
    {
        Span<byte> message = stackalloc byte[1 + HashBytes];
        message[0] = LeafPrefix;
        content.CopyTo(message[1..]);
        Digests.Sha256(message, hash);
    }

    private static void Node(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, Span<byte> hash)
    {
        Span<byte> message = stackalloc byte[1 + (2 * HashBytes)];
        message[0] = NodePrefix;
        left.CopyTo(message[1..]);
        right.CopyTo(message[(1 + HashBytes)..]);
        Digests.Sha256(message, hash);
    }
}
