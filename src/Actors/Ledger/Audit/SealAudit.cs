using System.Security.Cryptography;
using AkkaCrypto.Storage.Postgres;
using Npgsql;

namespace AkkaCrypto.Actors.Ledger.Audit;

/// <summary>The head of a shard after so many commits, as somebody outside may keep it.</summary>
/// <param name="Head">64 hexadecimal digits.</param>
public sealed record CommitHead(int Shard, long Number, string Head);

/// <summary>What is known from outside the database.</summary>
/// <param name="Keys">The only ones that may have signed; null: those that the database itself names.</param>
/// <param name="Heads">Of an earlier look; each must still be there.</param>
public sealed record LedgerTrust(IReadOnlyList<LedgerPublicKey>? Keys, IReadOnlyList<CommitHead> Heads)
{
    public static LedgerTrust None { get; } = new(null, []);
}

/// <summary>A row of <c>ledger.commits</c>.</summary>
/// <param name="Seal">Null: it has none.</param>
/// <param name="Fault">Why it can't be read; then there is no seal either.</param>
internal sealed record CommitRow(CommitHeader? Header, int Shard, long Number, CommitSeal? Seal, string? Fault)
{
    public const string Sql = """
        SELECT shard, number, epoch, time, entries, leaves, root, previous_head, head, key_id, signature FROM ledger.commits
        ORDER BY shard, number
        """;

    public (int Shard, long Number) Key => (Shard, Number);

    public static CommitRow Of(NpgsqlDataReader row)
    {
        var (header, fault) = AuditRows.Read(row, static row => HeaderOf(row, 0));
        return new(header, row.GetInt16(0), row.GetInt64(1), SealOf(row, 5), fault);
    }

    /// <summary>Of shard, number, epoch, time and entries from a column on.</summary>
    public static CommitHeader HeaderOf(NpgsqlDataReader row, int from) => new(
        row.GetInt16(from), row.GetInt64(from + 1), row.GetInt64(from + 2), row.Time(from + 3), row.GetInt32(from + 4));

    /// <summary>Of leaves, root, previous_head, head, key_id and signature from a column on; null where one of them is.</summary>
    public static CommitSeal? SealOf(NpgsqlDataReader row, int from) => Enumerable.Range(from, 6).Any(row.IsDBNull) ? null : new(
        row.GetFieldValue<byte[]>(from), row.GetFieldValue<byte[]>(from + 1), row.GetFieldValue<byte[]>(from + 2),
        row.GetFieldValue<byte[]>(from + 3), row.GetGuid(from + 4), row.GetFieldValue<byte[]>(from + 5));
}

/// <summary>Every commit's Merkle root, its place in its shard's chain, and its signature; and the heads that were kept outside.</summary>
internal sealed class SealAudit(Findings findings, LedgerReport report, LedgerTrust trust) : IDisposable
{
    private readonly Dictionary<Guid, LedgerPublicKey> keys = [];
    private readonly Dictionary<(int Shard, long Number), string> kept = trust.Heads.ToDictionary(
        head => (head.Shard, head.Number), head => head.Head);
    private readonly HashSet<Guid> signers = [];
    private readonly SortedDictionary<int, CommitHead> heads = [];

    public async Task LoadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT id, public_key FROM ledger.signing_keys", connection);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
        {
            var id = row.GetGuid(0);
            try
            {
                var key = new LedgerPublicKey(row.GetFieldValue<byte[]>(1));
                keys[key.Id] = key;
                if (key.Id != id)
                {
                    findings.Add("key", $"signing key {id}", $"the digest {key.Id} of its content", $"{id}");
                }
            }
            catch (CryptographicException unreadable)
            {
                findings.Add("key", $"signing key {id}", "a public key of the curve P-256", unreadable.Message);
            }
        }
    }

    /// <param name="commit">The next of its shard.</param>
    /// <param name="before">The one before it; null: it is the first.</param>
    /// <param name="members">Its entries, in the order of wallet and version.</param>
    public void Check(CommitRow commit, CommitRow? before, IReadOnlyList<EntryRow> members)
    {
        var fault = commit.Seal is { } seal ? Broken(commit, seal, before, members)
            : before?.Seal is null ? null
            : new Fault("seal", "a seal, as the commit before it has one", "none");
        report.Unsealed += commit.Seal is null ? 1 : 0;
        if (commit.Seal is { Head: var own })
        {
            heads[commit.Shard] = new(commit.Shard, commit.Number, Hex(own));
        }

        if (kept.Remove(commit.Key, out var head) && head != Hex(commit.Seal?.Head ?? []))
        {
            fault ??= new("head", $"the head {head} that was kept", Hex(commit.Seal?.Head ?? []));
        }

        if (fault is { } wrong)
        {
            findings.Add(wrong.Check, CommitAudit.Place(commit.Key), wrong.Expected, wrong.Found);
        }
    }

    public void End()
    {
        // A search that was given up has not come by all of them.
        foreach (var ((shard, number), head) in findings.IsFull ? [] : kept)
        {
            findings.Add("head", CommitAudit.Place((shard, number)), $"the head {head} that was kept", "no such commit");
        }

        report.SignedBy = [.. signers.Order()];
        report.Heads = [.. heads.Values];
    }

    public void Dispose()
    {
        foreach (var key in keys.Values)
        {
            key.Dispose();
        }
    }

    private Fault? Broken(CommitRow commit, CommitSeal seal, CommitRow? before, IReadOnlyList<EntryRow> members)
    {
        var leaves = members.SelectMany(member => member.Entry?.Hash ?? []).ToArray();
        if (leaves.Length != members.Count * MerkleTree.HashBytes || !leaves.AsSpan().SequenceEqual(seal.Leaves))
        {
            return new("seal", "the hashes of its entries as leaves", FirstOther(members, seal.Leaves));
        }

        var root = MerkleTree.Root(leaves);
        var previous = before?.Seal?.Head ?? CommitSeal.NoHead;
        return Differs("root", root, seal.Root) ?? Differs("previous head", previous, seal.PreviousHead)
            ?? (commit.Header is { } header ? Differs("head", header.Head(previous, root), seal.Head) : null)
            ?? Signed(seal);
    }

    private static string FirstOther(IReadOnlyList<EntryRow> members, byte[] leaves)
    {
        for (var n = 0; n < members.Count; n++)
        {
            var leaf = leaves.AsSpan(Math.Min(n * MerkleTree.HashBytes, leaves.Length));
            if (members[n].Entry is not { } entry || !leaf.StartsWith(entry.Hash))
            {
                return $"another from entry {members[n].Version} of wallet {members[n].Wallet} on";
            }
        }

        return $"{leaves.Length} bytes for {members.Count} entries";
    }

    private Fault? Signed(CommitSeal seal)
    {
        signers.Add(seal.Key);
        var key = trust.Keys is { } trusted ? trusted.FirstOrDefault(one => one.Id == seal.Key) : keys.GetValueOrDefault(seal.Key);
        return key is null
                ? new("signature", trust.Keys is null ? "by a key of ledger.signing_keys" : "by a trusted key", $"by key {seal.Key}")
            : !key.Verifies(seal.Head, seal.Signature) ? new("signature", $"one of its head by key {seal.Key}", Hex(seal.Signature))
            : null;
    }

    private static Fault? Differs(string what, byte[] expected, byte[] found) =>
        expected.AsSpan().SequenceEqual(found) ? null : new Fault("seal", $"{what} {Hex(expected)}", Hex(found));

    private static string Hex(byte[] bytes) => EntryRules.Hex(bytes);
}
