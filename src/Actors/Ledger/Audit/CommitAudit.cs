using System.Numerics;
using Npgsql;

namespace AkkaCrypto.Actors.Ledger.Audit;

/// <summary>
/// Every shard's commits in order, each with its entries: none is missing, each sums to zero, and each has its seal. The largest commit is
/// in memory at once.
/// </summary>
internal sealed class CommitAudit(Findings findings, LedgerReport report, SealAudit seals, Action<long> done)
{
    private const string Entries =
        $"SELECT {EntryRow.Columns} FROM ledger.entries ORDER BY shard, commit_no, wallet_id, version";

    private readonly List<EntryRow> members = [];
    private readonly Dictionary<(Guid? Operation, string Currency), BigInteger> sums = [];
    private CommitRow? last;

    public async Task RunAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var commits = await RowStream<CommitRow>.OpenAsync(connection, "commits", CommitRow.Sql, CommitRow.Of, cancellationToken);
        var entries = await RowStream<EntryRow>.OpenAsync(connection, "commit_entries", Entries, EntryRow.Of, cancellationToken);
        while ((commits.Current is not null || entries.Current is not null) && !findings.IsFull)
        {
            var key = Earlier(commits.Current?.Key, entries.Current is { } entry ? (entry.Shard, entry.Commit) : null);
            await GatherAsync(key, entries, cancellationToken);
            if (commits.Current is { } commit && commit.Key == key)
            {
                report.Commits++;
                Check(commit, last?.Shard == commit.Shard ? last : null);
                last = commit;
                await commits.NextAsync(cancellationToken);
            }
            else
            {
                var first = members[0];
                findings.AtEntry(first.Wallet, first.Version, "commit", $"{Place(key)}, as it names it", "no such commit");
            }
        }
    }

    private static (int Shard, long Number) Earlier((int, long)? one, (int, long)? other) =>
        one is { } a && other is { } b ? (a.CompareTo(b) < 0 ? a : b) : one ?? other!.Value;

    internal static string Place((int Shard, long Number) key) => $"commit {key.Number} of shard {key.Shard}";

    private async Task GatherAsync((int, long) key, RowStream<EntryRow> entries, CancellationToken cancellationToken)
    {
        members.Clear();
        for (; entries.Current is { } row && (row.Shard, row.Commit) == key; await entries.NextAsync(cancellationToken))
        {
            members.Add(row);
        }

        done(members.Count);
    }

    private void Check(CommitRow commit, CommitRow? before)
    {
        var number = (before?.Number ?? 0) + 1;
        if (commit.Number != number)
        {
            findings.Add("commit", Place(commit.Key), $"{Place((commit.Shard, number))} before it", "none");
        }

        if (commit.Header is not { } header)
        {
            findings.Add("commit", Place(commit.Key), "values that can be read", commit.Fault!);
        }
        else if (header.Epoch < before?.Header?.Epoch)
        {
            findings.Add("epoch", Place(commit.Key), $"{before.Header.Epoch} or later", $"{header.Epoch}");
        }
        else if (header.Entries != members.Count)
        {
            findings.Add("commit", Place(commit.Key), $"{header.Entries} entries", $"{members.Count}");
        }

        CheckSums(commit);
        seals.Check(commit, before, members);
    }

    /// <summary>All entries of each currency, and of them those of each operation that balances by itself. Sums of 38 digits pass 128 bits:
    /// four of them could be made to sum to 2^128.</summary>
    private void CheckSums(CommitRow commit)
    {
        sums.Clear();
        foreach (var entry in members.Select(member => member.Entry).OfType<Entry>())
        {
            var key = (entry.Contra == Contra.Direct ? entry.Operation : (Guid?)null, entry.Currency);
            sums[key] = sums.GetValueOrDefault(key) + entry.Amount;
        }

        foreach (var ((operation, currency), sum) in sums.Where(of => !of.Value.IsZero))
        {
            var what = operation is { } id ? $"operation {id} in {currency}" : currency;
            findings.Add("sum", $"{Place(commit.Key)}, {what}", "0", $"{sum}");
        }
    }
}
