using System.Security.Cryptography;

namespace AkkaCrypto.Actors.Ledger.Audit;

/// <summary>
/// What proves an entry to somebody who has nothing else: the entry, the way from its hash to its commit's Merkle root, the commit's
/// header, and the signature over both.
/// </summary>
/// <param name="PreviousHash">Of the wallet's entry before it, or what its first begins with.</param>
/// <param name="Index">Of the entry among its commit's, from 0.</param>
/// <param name="Path">See <see cref="MerkleTree.Path"/>.</param>
/// <param name="PublicKey">SubjectPublicKeyInfo, DER. Whether it is to be trusted the receipt can't tell.</param>
public sealed record Receipt(
    Entry Entry, byte[] PreviousHash, CommitHeader Commit, int Index, IReadOnlyList<byte[]> Path, byte[] Root, byte[] PreviousHead,
    byte[] Head, byte[] PublicKey, byte[] Signature)
{
    /// <summary>Of the key that has signed.</summary>
    public Guid Key => LedgerPublicKey.IdOf(PublicKey);

    /// <summary>Checks it from the entry up, with nothing else.</summary>
    /// <param name="trusted">The keys that may have signed; null: the receipt's own is taken.</param>
    /// <returns>The first that doesn't hold; null: all does.</returns>
    public string? Fault(IReadOnlyList<LedgerPublicKey>? trusted)
    {
        var hash = Entry.HashOf(PreviousHash);
        if (!hash.AsSpan().SequenceEqual(Entry.Hash))
        {
            return $"The entry isn't the one that was hashed: its hash is {Hex(hash)}, the receipt says {Hex(Entry.Hash)}.";
        }

        var root = MerkleTree.RootOf(Entry.Hash, Index, Commit.Entries, Path);
        if (root is null || !root.AsSpan().SequenceEqual(Root))
        {
            return $"The path of entry {Index} of {Commit.Entries} doesn't lead to the root {Hex(Root)}.";
        }

        var head = Commit.Head(PreviousHead, Root);
        if (!head.AsSpan().SequenceEqual(Head))
        {
            return $"The commit's head is {Hex(head)}, the receipt says {Hex(Head)}.";
        }

        return SignatureFault(trusted);
    }

    private string? SignatureFault(IReadOnlyList<LedgerPublicKey>? trusted)
    {
        try
        {
            using var own = new LedgerPublicKey(PublicKey);
            var key = trusted is null ? own : trusted.FirstOrDefault(one => one.Id == own.Id);
            return key is null ? $"It is signed by key {own.Id}, which is none of those that are trusted."
                : key.Verifies(Head, Signature) ? null
                : $"The signature isn't one of its head by key {own.Id}.";
        }
        catch (CryptographicException unreadable)
        {
            return $"public_key: {unreadable.Message}";
        }
    }

    private static string Hex(byte[] bytes) => EntryRules.Hex(bytes);
}
