using System.Numerics;
using AkkaCrypto.Storage.Postgres;
using Npgsql;

namespace AkkaCrypto.Actors.Ledger.Audit;

/// <summary>
/// Every shard's commits in order, each with its entries: none is missing, and each sums to zero. The largest commit is in memory at once.
/// </summary>
internal sealed class CommitAudit(Findings findings, LedgerReport report, Action<long> done)
{
    private const string Commits = "SELECT shard, number, epoch, time, entries FROM ledger.commits ORDER BY shard, number";

    private const string Entries =
        $"SELECT {EntryRow.Columns} FROM ledger.entries ORDER BY shard, commit_no, wallet_id, version";

    private readonly List<EntryRow> members = [];
    private readonly Dictionary<(Guid? Operation, string Currency), BigInteger> sums = [];
    private CommitRow? last;

    public async Task RunAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var commits = await RowStream<CommitRow>.OpenAsync(connection, "commits", Commits, CommitRow.Of, cancellationToken);
        var entries = await RowStream<EntryRow>.OpenAsync(connection, "commit_entries", Entries, EntryRow.Of, cancellationToken);
        while ((commits.Current is not null || entries.Current is not null) && !findings.IsFull)
        {
            var key = Earlier(commits.Current?.Key, entries.Current is { } entry ? (entry.Shard, entry.Commit) : null);
            await GatherAsync(key, entries, cancellationToken);
            if (commits.Current is { } commit && commit.Key == key)
            {
                report.Commits++;
                Check(commit);
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

    private static string Place((int Shard, long Number) key) => $"commit {key.Number} of shard {key.Shard}";

    private async Task GatherAsync((int, long) key, RowStream<EntryRow> entries, CancellationToken cancellationToken)
    {
        members.Clear();
        for (; entries.Current is { } row && (row.Shard, row.Commit) == key; await entries.NextAsync(cancellationToken))
        {
            members.Add(row);
        }

        done(members.Count);
    }

    private void Check(CommitRow commit)
    {
        var before = last is { } earlier && earlier.Shard == commit.Shard ? earlier : null;
        var number = (before?.Number ?? 0) + 1;
        if (commit.Number != number)
        {
            findings.Add("commit", Place(commit.Key), $"{Place((commit.Shard, number))} before it", "none");
        }

        if (commit.Epoch < before?.Epoch)
        {
            findings.Add("epoch", Place(commit.Key), $"{before.Epoch} or later", $"{commit.Epoch}");
        }

        if (commit.Entries != members.Count)
        {
            findings.Add("commit", Place(commit.Key), $"{commit.Entries} entries", $"{members.Count}");
        }

        CheckSums(commit);
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

    private sealed record CommitRow(int Shard, long Number, long Epoch, int Entries)
    {
        public (int Shard, long Number) Key => (Shard, Number);

        public static CommitRow Of(NpgsqlDataReader row) => new(row.GetInt16(0), row.GetInt64(1), row.GetInt64(2), row.GetInt32(4));
    }
}
