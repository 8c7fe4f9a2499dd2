using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace AkkaCrypto.Simulation.Tests;

/// <summary>Holds the ledger's tables against what the clients were told, by queries that share nothing with the service.</summary>
internal static class BankOracle
{
    private const string MakeTold = """
        CREATE TEMP TABLE told (
            operation uuid PRIMARY KEY, path text, key text, wallet uuid, kind smallint, amount numeric, other uuid, told smallint,
            body text, entry bigint)
        """;

    /// <summary>Each finds what must not be; a row is a fault, told in its first column.</summary>
    private static readonly (string What, string Sql)[] Checks =
    [
        ("acknowledged, and not kept as it was answered", """
            SELECT t.path || ' ' || t.key FROM told t LEFT JOIN ledger.request_keys k ON k.digest = t.operation
            LEFT JOIN ledger.entries e ON e.wallet_id = k.wallet_id AND e.version = k.version
            WHERE t.told = 1 AND (k.wallet_id, k.version, e.balance, e.held) IS DISTINCT FROM (t.wallet, (t.body::json->>'version')::bigint,
                (t.body::json->>'balance')::numeric * 100, (t.body::json->>'held')::numeric * 100)
            """),
        ("refused, and kept", """
            SELECT t.path || ' ' || t.key FROM told t JOIN ledger.request_keys k ON k.digest = t.operation WHERE t.told = 2
            """),
        ("kept, and not done exactly once", """
            SELECT t.path || ' ' || t.key FROM told t JOIN ledger.request_keys k ON k.digest = t.operation
            LEFT JOIN ledger.entries e ON e.operation_id = t.operation AND e.kind <> 8
            GROUP BY t.operation HAVING count(e.version) <> CASE WHEN t.other IS NULL THEN 1 ELSE 2 END
                OR count(*) FILTER (WHERE (e.wallet_id, e.kind, e.amount, e.version)
                    = (t.wallet, t.kind, t.amount, coalesce(t.entry, e.version))) <> 1
                OR (t.other IS NOT NULL AND count(*) FILTER (WHERE (e.wallet_id, e.kind, e.amount)
                    = (t.other, CASE WHEN t.kind = 9 THEN 9 ELSE 4 END, -t.amount)) <> 1)
            """),
        ("not kept, and done, or more than once undone", """
            SELECT t.path || ' ' || t.key FROM told t JOIN ledger.entries e ON e.operation_id = t.operation
            WHERE NOT EXISTS (SELECT FROM ledger.request_keys k WHERE k.digest = t.operation)
            GROUP BY t.operation HAVING count(*) <> 2 OR count(DISTINCT e.wallet_id) <> 1 OR sum(e.amount) <> 0
                OR count(*) FILTER (WHERE e.kind = 13) <> 1
            """),
        ("undone, and it could be delivered; or delivered, and it could not", """
            SELECT l.transfer_id::text FROM ledger.transfer_legs l LEFT JOIN ledger.balances w ON w.id = l.to_wallet
            WHERE (l.state = 4) <> (coalesce(w.state, 2) = 0)
            """),
        ("done or kept, and asked by nobody", """
            SELECT e.wallet_id || ' ' || e.version FROM ledger.entries e
            WHERE e.kind NOT IN (8, 14) AND NOT EXISTS (SELECT FROM told t WHERE t.operation = e.operation_id)
            UNION ALL
            SELECT k.digest::text FROM ledger.request_keys k WHERE NOT EXISTS (SELECT FROM told t WHERE t.operation = k.digest)
            """),
        ("an entry that doesn't follow from the one before it, or leaves less than nothing", """
            SELECT e.wallet_id || ' ' || e.version FROM (
                SELECT *, lag(version) OVER w AS last, lag(balance) OVER w AS before FROM ledger.entries
                WINDOW w AS (PARTITION BY wallet_id ORDER BY version)) e
            JOIN ledger.wallets w ON w.id = e.wallet_id
            WHERE e.version <> coalesce(e.last, -1) + 1 OR e.balance <> coalesce(e.before, 0) + e.amount
                OR (w.kind = 0 AND (e.held < 0 OR e.balance < e.held))
            """),
        ("a wallet without entries, or entries without a wallet", """
            SELECT coalesce(w.id, e.wallet_id)::text FROM ledger.wallets w
            FULL JOIN (SELECT DISTINCT wallet_id FROM ledger.entries) e ON e.wallet_id = w.id WHERE w.id IS NULL OR e.wallet_id IS NULL
            """),
        ("a wallet that isn't as its last entry says", """
            SELECT b.id::text FROM ledger.balances b JOIN (
                SELECT DISTINCT ON (wallet_id) * FROM ledger.entries ORDER BY wallet_id, version DESC) e ON e.wallet_id = b.id
            WHERE (b.version, b.balance, b.held, b.state) <> (e.version, e.balance, e.held, e.state)
            """),
        ("a wallet that holds something else than its open holds", """
            SELECT w.id::text FROM ledger.balances w
            WHERE w.held <> (SELECT coalesce(sum(amount), 0) FROM ledger.holds h WHERE h.wallet_id = w.id AND h.state = 0)
            """),
        ("a hold that ended more than once", """
            SELECT hold_id::text FROM ledger.entries WHERE hold_id IS NOT NULL AND kind <> 5
            GROUP BY hold_id HAVING count(*) FILTER (WHERE kind <> 13) - count(*) FILTER (WHERE kind = 13) > 1
            """),
        ("an entry of which more was given back than it was", """
            SELECT e.wallet_id || ' ' || e.version FROM ledger.entries e
            JOIN ledger.entries r ON r.wallet_id = e.wallet_id AND r.refund_of = e.version
            GROUP BY e.wallet_id, e.version HAVING abs(sum(r.amount)) > abs(e.amount)
            """),
        ("a commit of an owner that had lost its shard", """
            SELECT shard || ' ' || number FROM (
                SELECT *, lag(epoch) OVER (PARTITION BY shard ORDER BY number) AS before FROM ledger.commits) c WHERE epoch < before
            """),
        ("a leg that hasn't ended", "SELECT transfer_id::text FROM ledger.transfer_legs WHERE state NOT IN (4, 5)"),
        ("money that isn't what came in less what went out", """
            SELECT currency || ' ' || sum(balance) FROM ledger.balances w WHERE kind = 0 GROUP BY currency
            HAVING sum(balance) <> (SELECT sum(amount) FROM told t JOIN ledger.request_keys k ON k.digest = t.operation
                JOIN ledger.wallets o ON o.id = t.wallet WHERE t.kind IN (1, 2) AND o.currency = w.currency)
            """),
    ];

    /// <returns>What is wrong, with examples.</returns>
    public static async Task<IReadOnlyList<string>> FaultsAsync(NpgsqlDataSource database, IReadOnlyCollection<Told> told)
    {
        await using var connection = await database.OpenConnectionAsync();
        await LoadAsync(connection, told);
        var faults = new List<string>();
        foreach (var (what, sql) in Checks)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await using var rows = await command.ExecuteReaderAsync();
            for (var n = 0; await rows.ReadAsync() && n < 5; n++)
            {
                faults.Add($"{what}: {rows.GetString(0)}");
            }
        }

        return faults;
    }

    /// <summary>Transfers that gave back what they had taken.</summary>
    public static async Task<long> UndoneAsync(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand("SELECT count(*) FROM ledger.transfers WHERE undone_at IS NOT NULL");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Whether money is still on its way between shards.</summary>
    public static async Task<bool> IsSettledAsync(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand(
            "SELECT NOT EXISTS (SELECT FROM ledger.transfer_legs WHERE state NOT IN (4, 5))");
        return (bool)(await command.ExecuteScalarAsync())!;
    }

    private static async Task LoadAsync(NpgsqlConnection connection, IReadOnlyCollection<Told> told)
    {
        await using (var make = new NpgsqlCommand(MakeTold, connection))
        {
            await make.ExecuteNonQueryAsync();
        }

        await using (var rows = await connection.BeginBinaryImportAsync("COPY told FROM STDIN (FORMAT binary)"))
        {
            foreach (var one in told)
            {
                await WriteAsync(rows, one);
            }

            await rows.CompleteAsync();
        }

        await using var analyze = new NpgsqlCommand("ANALYZE told; ANALYZE ledger.entries; ANALYZE ledger.request_keys", connection);
        await analyze.ExecuteNonQueryAsync();
    }

    private static async Task WriteAsync(NpgsqlBinaryImporter rows, Told told)
    {
        await rows.StartRowAsync();
        await rows.WriteAsync(told.Operation, NpgsqlDbType.Uuid);
        await rows.WriteAsync(told.Path, NpgsqlDbType.Text);
        await rows.WriteAsync(told.Key, NpgsqlDbType.Text);
        await rows.WriteAsync(told.Wallet, NpgsqlDbType.Uuid);
        await rows.WriteAsync(told.Kind, NpgsqlDbType.Smallint);
        await rows.WriteAsync((decimal)told.Amount, NpgsqlDbType.Numeric);
        await rows.WriteAsync(told.Other, NpgsqlDbType.Uuid);
        await rows.WriteAsync((short)told.As, NpgsqlDbType.Smallint);
        await rows.WriteAsync(told.As == ToldAs.Done ? told.Body : null, NpgsqlDbType.Text);
        await rows.WriteAsync(EntryOf(told), NpgsqlDbType.Bigint);
    }

    /// <summary>The entry that the answer names.</summary>
    private static long? EntryOf(Told told)
    {
        if (told.As != ToldAs.Done)
        {
            return null;
        }

        using var answer = JsonDocument.Parse(told.Body!);
        return answer.RootElement.TryGetProperty("entry_id", out var entry) ? long.Parse(entry.GetString()!) : null;
    }
}
