using AkkaCrypto.Storage.Postgres;
using Npgsql;

namespace AkkaCrypto.Actors.Ledger.Audit;

/// <summary>Every kept key tells of an entry, and of the one that was made under it if there is one: what it was answered follows from
/// that.</summary>
internal sealed class KeyAudit(Findings findings, LedgerReport report)
{
    private const string Keys = """
        SELECT k.digest, k.wallet_id, k.version, k.transfer_id, t.id IS NOT NULL AND t.undone_at IS NULL,
            w.id IS NOT NULL AND w.kind = 0 AND e.version IS NOT NULL
        FROM ledger.request_keys k
        LEFT JOIN ledger.transfers t ON t.id = k.transfer_id
        LEFT JOIN ledger.wallets w ON w.id = k.wallet_id
        LEFT JOIN ledger.entries e ON e.wallet_id = k.wallet_id AND e.version = k.version
        """;

    /// <summary>A request that made entries tells of the last one in the wallet of its path: who is paid has one too, and the expiry of a
    /// hold stands under the hold's id.</summary>
    private const string Others = """
        SELECT k.digest, k.wallet_id, k.version
        FROM ledger.request_keys k
        JOIN ledger.entries o ON o.operation_id = k.digest AND o.kind <> 8 AND (o.counterparty IS NULL OR o.amount < 0)
        WHERE k.wallet_id <> k.digest
        GROUP BY k.digest, k.wallet_id, k.version
        HAVING max(o.version) FILTER (WHERE o.wallet_id = k.wallet_id) IS DISTINCT FROM k.version
        """;

    public async Task RunAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using (var command = new NpgsqlCommand(Keys, connection) { CommandTimeout = 0 })
        await using (var row = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await row.ReadAsync(cancellationToken) && !findings.IsFull)
            {
                report.Keys++;
                Check(row);
            }
        }

        await using var others = new NpgsqlCommand(Others, connection) { CommandTimeout = 0 };
        await using var other = await others.ExecuteReaderAsync(cancellationToken);
        while (await other.ReadAsync(cancellationToken) && !findings.IsFull)
        {
            findings.Add("key", Place(other.GetGuid(0)), "the last entry that it made in its wallet", Told(other));
        }
    }

    private void Check(NpgsqlDataReader row)
    {
        var digest = row.GetGuid(0);
        if (row.OrNull<Guid>(3) is { } transfer && (transfer != digest || !row.GetBoolean(4)))
        {
            findings.Add("key", Place(digest), $"transfer {digest}, there and not undone", $"{transfer}");
        }

        if (!row.GetBoolean(5))
        {
            findings.Add("key", Place(digest), "an entry of a wallet that is there", Told(row));
        }
    }

    private static string Place(Guid digest) => $"idempotency key {digest}";

    private static string Told(NpgsqlDataReader row) => $"entry {row.GetInt64(2)} of wallet {row.GetGuid(1)}";
}
