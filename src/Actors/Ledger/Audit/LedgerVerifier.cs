using System.Data;
using Npgsql;

namespace AkkaCrypto.Actors.Ledger.Audit;

/// <summary>
/// Looks at the whole ledger in one snapshot, while it is written or not, and trusts nothing that the database promises by itself. Pages
/// of rows are in memory, and the largest commit; what has to be sorted is sorted by the server, on its disk.
/// </summary>
public static class LedgerVerifier
{
    /// <summary>Other than the shards' own sessions, whose plans suit short looks by key.</summary>
    private const string Settings = """
        SET TRANSACTION READ ONLY;
        SET LOCAL idle_in_transaction_session_timeout = 0;
        SET LOCAL statement_timeout = 0;
        SET LOCAL cursor_tuple_fraction = 1;
        SET LOCAL enable_seqscan = on;
        SET LOCAL enable_hashjoin = on;
        SET LOCAL enable_mergejoin = on;
        SET LOCAL plan_cache_mode = auto;
        """;

    private const string Layout = """
        SELECT (SELECT shards FROM ledger.layout), (SELECT coalesce(sum(entries), 0)::bigint FROM ledger.commits)
        """;

    /// <inheritdoc cref="RunAsync(NpgsqlDataSource, LedgerTrust, IProgress{VerifyProgress}?, CancellationToken)"/>
    public static Task<LedgerReport> RunAsync(
        NpgsqlDataSource database, IProgress<VerifyProgress>? progress, CancellationToken cancellationToken) =>
        RunAsync(database, LedgerTrust.None, progress, cancellationToken);

    /// <param name="database">With the ledger; only read.</param>
    /// <param name="trust">What is known from outside.</param>
    /// <param name="progress">Told about a hundred times for each step.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="NpgsqlException">The database is away, or is no ledger's.</exception>
    public static async Task<LedgerReport> RunAsync(
        NpgsqlDataSource database, LedgerTrust trust, IProgress<VerifyProgress>? progress, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        await using (var settings = new NpgsqlCommand(Settings, connection))
        {
            await settings.ExecuteNonQueryAsync(cancellationToken);
        }

        var findings = new Findings();
        var report = new LedgerReport { Findings = findings.Kept };
        var (shards, entries) = await LayoutAsync(connection, cancellationToken);
        var wallets = new WalletAudit(findings, report, new LedgerShards(shards), Counter(progress, "wallets", entries));
        await wallets.RunAsync(connection, cancellationToken);
        using var seals = new SealAudit(findings, report, trust);
        await seals.LoadAsync(connection, cancellationToken);
        var commits = new CommitAudit(findings, report, seals, Counter(progress, "commits", report.Entries));
        await commits.RunAsync(connection, cancellationToken);
        seals.End();
        var tables = new TableAudit(findings, report);
        await tables.RunAsync(connection, Counter(progress, "holds and transfers", TableAudit.Steps), cancellationToken);
        await new KeyAudit(findings, report).RunAsync(connection, cancellationToken);
        report.Wrong = findings.Count;
        return report;
    }

    /// <summary>A ledger that was never started has no layout, and then one shard is as good as any number.</summary>
    private static async Task<(int Shards, long Entries)> LayoutAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var layout = new NpgsqlCommand(Layout, connection) { CommandTimeout = 0 };
        await using var row = await layout.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        return (row.IsDBNull(0) ? 1 : row.GetInt16(0), row.GetInt64(1));
    }

    private static Action<long> Counter(IProgress<VerifyProgress>? progress, string step, long of)
    {
        var (done, told) = (0L, -1L);
        return more =>
        {
            done += more;
            if (progress is not null && done * 100 / Math.Max(of, 1) is var hundredth && hundredth > told)
            {
                told = hundredth;
                progress.Report(new(step, done, of));
            }
        };
    }
}
