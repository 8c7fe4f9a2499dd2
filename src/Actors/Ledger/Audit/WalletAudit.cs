using AkkaCrypto.Contracts.Ledger;
using Npgsql;

namespace AkkaCrypto.Actors.Ledger.Audit;

/// <summary>Every wallet's entries in order, and then its row: the chain, the running sums, the rules of each kind.</summary>
internal sealed class WalletAudit(Findings findings, LedgerReport report, LedgerShards shards, Action<long> done)
{
    private Entry? last;
    private long lastCommit;

    public async Task RunAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var wallets = await RowStream<WalletRow>.OpenAsync(connection, "wallets", WalletRow.Sql, WalletRow.Of, cancellationToken);
        var entries = await RowStream<EntryRow>.OpenAsync(
            connection, "entries", $"SELECT {EntryRow.Columns} FROM ledger.entries ORDER BY wallet_id, version", EntryRow.Of,
            cancellationToken);
        while ((wallets.Current is not null || entries.Current is not null) && !findings.IsFull)
        {
            var id = Smaller(wallets.Current?.Id, entries.Current?.Wallet);
            var wallet = wallets.Current?.Id == id ? wallets.Current : null;
            await HistoryAsync(id, wallet, entries, cancellationToken);
            if (wallet is not null)
            {
                report.Wallets++;
                CheckRow(wallet);
                await wallets.NextAsync(cancellationToken);
            }
        }
    }

    private static Guid Smaller(Guid? one, Guid? other) =>
        one is { } a && other is { } b ? (a.CompareTo(b) < 0 ? a : b) : one ?? other!.Value;

    private async Task HistoryAsync(Guid id, WalletRow? wallet, RowStream<EntryRow> entries, CancellationToken cancellationToken)
    {
        (last, lastCommit) = (null, 0);
        if (wallet is null)
        {
            findings.AtWallet(id, "wallet", "a row of it, as there are entries", "none");
        }

        for (; entries.Current is { } row && row.Wallet == id && !findings.IsFull; await entries.NextAsync(cancellationToken))
        {
            if (Broken(row, wallet) is { } fault)
            {
                findings.AtEntry(id, row.Version, fault.Check, fault.Expected, fault.Found);
            }

            // What stands there is gone on from, so that one change is told once or twice and not for each entry after it.
            (last, lastCommit) = (row.Entry ?? last, row.Commit);
            report.Entries++;
            done(1);
        }
    }

    private Fault? Broken(EntryRow row, WalletRow? wallet) =>
        row.Entry is not { } entry ? new("entry", "values that can be read", row.Fault!)
        : EntryRules.Broken(last, StartOf(entry, wallet), entry) ?? Placed(row)
            ?? (wallet?.Blank is { } blank ? InWallet(entry, blank, row, wallet) : null);

    /// <summary>Wallets that were opened before migration 0020 have nothing before their first entry.</summary>
    private byte[] StartOf(Entry entry, WalletRow? wallet)
    {
        if (entry.Version == 0 && entry.IsAfter([]))
        {
            report.WithoutTerms++;
            return [];
        }

        return wallet?.Blank?.Hash ?? [];
    }

    private Fault? Placed(EntryRow row) =>
        row.Commit < lastCommit ? new("commit", $"commit {lastCommit} or later", $"{row.Commit}") : null;

    private static Fault? InWallet(Entry entry, WalletState wallet, EntryRow row, WalletRow of) =>
        row.Shard != of.Shard ? new("shard", $"its wallet's shard {of.Shard}", $"{row.Shard}")
        : entry.Currency != wallet.Currency ? new("currency", $"its wallet's {wallet.Currency}", entry.Currency)
        : (entry.Kind == EntryKind.Settlement) != (wallet.Kind != AccountKind.Wallet)
            ? new("kind", $"one of a {wallet.Kind}", $"{entry.Kind}")
        : wallet.Kind == AccountKind.Wallet && entry.Balance - entry.Held < -wallet.Overdraft
            ? new("available", $"balance less held of {-wallet.Overdraft} or more", $"{entry.Balance - entry.Held}")
        : null;

    private void CheckRow(WalletRow row)
    {
        if (row.Blank is not { } wallet)
        {
            findings.AtWallet(row.Id, "wallet", "values that can be read", row.Fault!);
            return;
        }

        if (last is null)
        {
            findings.AtWallet(row.Id, "wallet", "entries", "none");
            return;
        }

        var fault = Differs("shard", HomeOf(wallet, row.Shard), row.Shard) ?? Differs("open holds", last.Held, row.OpenHolds)
            ?? (last.Status == WalletStatus.Closed ? Differs("promised legs", 0, row.Promised) : null)
            ?? (IsAccount(wallet, row.Shard) ? null : new Fault("account", "the id of the shard's account", $"{wallet.Kind} {row.Id}"));
        if (fault is { } found)
        {
            findings.AtWallet(row.Id, "wallet", $"{found.Check} {found.Expected}", found.Found);
        }
    }

    private int HomeOf(WalletState wallet, int shard) => wallet.Kind == AccountKind.Wallet ? shards.Of(wallet.Id) : shard;

    private static bool IsAccount(WalletState wallet, int shard) => wallet.Kind switch
    {
        AccountKind.World => Settlement.IsAccount(wallet.Id, Contra.World, shard, wallet.Currency),
        AccountKind.Transit => Settlement.IsAccount(wallet.Id, Contra.Transit, shard, wallet.Currency),
        AccountKind.Wallet => true,
    };

    private static Fault? Differs<T>(string what, T expected, T found) =>
        EqualityComparer<T>.Default.Equals(expected, found) ? null : new Fault(what, $"{expected}", $"{found}");
}
