using Npgsql;

namespace AkkaCrypto.Actors.Ledger.Audit;

/// <summary>
/// What other tables say, against the entries: holds, refunds, transfers, money between shards. Each query answers where something is
/// wrong, what was expected and what was found; none answers a row of a sound ledger.
/// </summary>
internal sealed class TableAudit(Findings findings, LedgerReport report)
{
    /// <summary>A hold's row is what its entries have made of it: placed by the first, and ended, or held again, by the last. What is held
    /// again may be less; nothing is as if it had been voided. When it ends its first entry tells, in microseconds since 1970.</summary>
    private const string Holds = """
        WITH told AS (
            SELECT e.hold_id, e.wallet_id, sum(e.held - p.held) AS open,
                (array_agg(e.held - p.held ORDER BY e.version DESC) FILTER (WHERE e.kind IN (5, 13) AND e.held > p.held))[1] AS amount,
                (array_agg(e.kind ORDER BY e.version DESC))[1] AS last, (array_agg(-e.amount ORDER BY e.version DESC))[1] AS paid,
                min(e.time) AS time, max(e.hold_ends) AS ends
            FROM ledger.entries e JOIN ledger.entries p ON p.wallet_id = e.wallet_id AND p.version = e.version - 1
            WHERE e.hold_id IS NOT NULL GROUP BY e.hold_id, e.wallet_id),
        said AS (
            SELECT hold_id, wallet_id, amount, CASE last WHEN 6 THEN paid ELSE 0 END AS captured,
                CASE WHEN last = 6 THEN 1 WHEN last = 7 OR (last = 13 AND open = 0) THEN 2 WHEN last = 8 THEN 3 ELSE 0 END AS state,
                open, time, ends
            FROM told),
        held AS (
            SELECT *, CASE WHEN expires_at IS NULL THEN 9223372036854775807
                WHEN isfinite(expires_at) THEN (extract(epoch FROM expires_at) * 1000000)::bigint ELSE -1 END AS ends
            FROM ledger.holds)
        SELECT format('hold %s of wallet %s', coalesce(s.hold_id, h.id), coalesce(s.wallet_id, h.wallet_id)),
            CASE WHEN s.hold_id IS NULL THEN 'entries of it'
                ELSE format('amount %s, captured %s, state %s, opened by %s, until %s', s.amount, s.captured, s.state, s.time, s.ends) END,
            CASE WHEN h.id IS NULL THEN 'no row of it'
                ELSE format('amount %s, captured %s, state %s, opened %s until %s; open in the entries: %s', h.amount, h.captured, h.state,
                    h.opened_at, h.ends, s.open) END
        FROM said s FULL JOIN held h ON h.id = s.hold_id AND h.wallet_id = s.wallet_id
        WHERE (s.amount, s.captured, s.state) IS DISTINCT FROM (h.amount, h.captured, h.state)
            OR s.open <> CASE s.state WHEN 0 THEN s.amount ELSE 0 END OR h.opened_at > s.time OR h.expires_at <= h.opened_at
            OR h.ends <> s.ends
        """;

    private const string Refunds = """
        SELECT format('entry %s of wallet %s', r.refund_of, r.wallet_id),
            CASE WHEN e.kind IN (1, 2, 4, 6) THEN format('refunds of %s at most', -e.amount) ELSE 'an entry that can be refunded' END,
            CASE WHEN e.kind IN (1, 2, 4, 6) THEN r.sum::text ELSE coalesce(format('kind %s', e.kind), 'none') END
        FROM (SELECT wallet_id, refund_of, sum(amount) AS sum FROM ledger.entries WHERE refund_of IS NOT NULL GROUP BY wallet_id, refund_of) r
        LEFT JOIN ledger.entries e ON e.wallet_id = r.wallet_id AND e.version = r.refund_of
        WHERE (e.kind IN (1, 2, 4, 6)) IS NOT TRUE OR abs(r.sum) > abs(e.amount) OR r.sum * e.amount > 0
        """;

    /// <summary>
    /// The source has an entry for each leg, and one more where the transfer was undone; the destination one where the leg was delivered.
    /// An undone transfer's key is free, so other payments may stand under its id.
    /// </summary>
    private const string TransferEntries = """
        WITH wanted AS (
            SELECT t.id, t.source AS wallet, l.to_wallet AS other, s.currency, -l.debit AS amount, t.hold_id, t.refund_of, t.undone_at
            FROM ledger.transfers t JOIN ledger.transfer_legs l ON l.transfer_id = t.id LEFT JOIN ledger.wallets s ON s.id = t.source
            UNION ALL
            SELECT t.id, t.source, l.to_wallet, s.currency, l.debit, t.hold_id, t.refund_of, t.undone_at
            FROM ledger.transfers t JOIN ledger.transfer_legs l ON l.transfer_id = t.id LEFT JOIN ledger.wallets s ON s.id = t.source
            WHERE t.undone_at IS NOT NULL
            UNION ALL
            SELECT t.id, l.to_wallet, t.source, l.currency, l.credit, NULL, NULL, t.undone_at
            FROM ledger.transfers t JOIN ledger.transfer_legs l ON l.transfer_id = t.id WHERE l.state = 4),
        found AS (
            SELECT t.id, e.wallet_id, e.counterparty, e.currency, e.amount, e.hold_id, e.refund_of, t.undone_at
            FROM ledger.transfers t JOIN ledger.entries e ON e.operation_id = t.id
            WHERE e.counterparty IS NOT NULL AND NOT e.direct)
        SELECT format('transfer %s: entries of wallet %s with %s of %s %s, hold %s, refund of %s', id, wallet, other, amount, currency,
                coalesce(hold_id::text, 'none'), coalesce(refund_of::text, 'none')), sum(wanted)::text, sum(found)::text
        FROM (SELECT *, 1 AS wanted, 0 AS found FROM wanted UNION ALL SELECT *, 0, 1 FROM found) b
        GROUP BY id, wallet, other, amount, currency, hold_id, refund_of, undone_at
        HAVING sum(wanted) > sum(found) OR (sum(wanted) < sum(found) AND undone_at IS NULL)
        """;

    /// <summary>One refused leg undoes all, one delivered leg lets all be delivered.</summary>
    private const string TransferStates = """
        SELECT format('transfer %s', coalesce(t.id, l.transfer_id)),
            'legs without a gap of a transfer that is under its own key, and all delivered, all undone or on one of the two ways',
            format('request %s, undone %s, legs %s in states %s', coalesce(t.request::text, 'none'), coalesce(t.undone_at::text, 'never'),
                coalesce(l.legs::text, 'none'), coalesce(l.states::text, 'none'))
        FROM ledger.transfers t
        FULL JOIN (
            SELECT transfer_id, array_agg(leg ORDER BY leg) AS legs, array_agg(state ORDER BY leg) AS states, count(*) AS count,
                min(leg) AS first, max(leg) AS last, bool_and(state = 5) AS all_undone, bool_or(state = 5) AS any_undone,
                bool_or(state = 4) AS any_delivered, bool_or(state IN (2, 3)) AS any_refused,
                bool_and(state BETWEEN 0 AND 5) AS are_known,
                bool_and((refusal IS NOT NULL) = (state = 2) OR state = 5) AS are_explained
            FROM ledger.transfer_legs GROUP BY transfer_id) l ON l.transfer_id = t.id
        WHERE (t.request = t.id AND l.first = 0 AND l.last = l.count - 1 AND l.are_known AND l.are_explained
            AND (t.undone_at IS NOT NULL) = l.all_undone AND l.any_undone = l.all_undone
            AND NOT (l.any_delivered AND l.any_refused)) IS NOT TRUE
        """;

    private const string LegAmounts = """
        SELECT format('leg %s of transfer %s', l.leg, l.transfer_id),
            format('from %s, exchanged if and only if currencies differ, else credit = debit', t.source),
            format('from %s, %s %s for %s %s, exchanged: %s', l.source, l.debit, s.currency, l.credit, l.currency, l.exchanged)
        FROM ledger.transfer_legs l JOIN ledger.transfers t ON t.id = l.transfer_id JOIN ledger.wallets s ON s.id = t.source
        WHERE l.exchanged <> (l.currency <> s.currency) OR (NOT l.exchanged AND l.debit <> l.credit) OR l.source <> t.source
        """;

    /// <summary>What went to another shard, or came from one, must have a transfer.</summary>
    private const string WithoutTransfer = """
        SELECT format('entry %s of wallet %s', e.version, e.wallet_id), format('transfer %s', e.operation_id), 'none'
        FROM ledger.entries e LEFT JOIN ledger.wallets o ON o.id = e.counterparty
        WHERE e.counterparty IS NOT NULL AND NOT e.direct AND o.shard IS DISTINCT FROM e.shard
            AND NOT EXISTS (SELECT FROM ledger.transfers t WHERE t.id = e.operation_id)
        """;

    /// <summary>A shard's transit holds what its wallets have sent, less what they have received and what came back.</summary>
    private const string Transit = """
        SELECT format('money in transit of shard %s in %s', coalesce(l.shard, w.shard), coalesce(l.currency, w.currency)),
            coalesce(l.sum, 0)::text || ' by the legs', coalesce(w.balance, 0)::text
        FROM (
            SELECT shard, currency, sum(amount) AS sum FROM (
                SELECT s.shard, l.currency, l.credit AS amount FROM ledger.transfer_legs l JOIN ledger.transfers t ON t.id = l.transfer_id
                JOIN ledger.wallets s ON s.id = t.source WHERE t.undone_at IS NULL
                UNION ALL
                SELECT d.shard, l.currency, -l.credit FROM ledger.transfer_legs l JOIN ledger.wallets d ON d.id = l.to_wallet
                WHERE l.state = 4) moved
            GROUP BY shard, currency) l
        FULL JOIN (SELECT shard, currency, sum(balance) AS balance FROM ledger.balances WHERE kind = 2 GROUP BY shard, currency) w
            ON w.shard = l.shard AND w.currency = l.currency
        WHERE coalesce(l.sum, 0) <> coalesce(w.balance, 0)
        """;

    private const string Totals = """
        SELECT format('all balances in %s', currency), '0', sum(balance)::text FROM ledger.balances GROUP BY currency HAVING sum(balance) <> 0
        """;

    private const string Counts = """
        SELECT (SELECT count(*) FROM ledger.holds), (SELECT count(*) FROM ledger.transfers),
            (SELECT count(DISTINCT transfer_id) FROM ledger.transfer_legs WHERE state NOT IN (4, 5))
        """;

    private static readonly (string Check, string Sql)[] Queries =
    [
        ("sum", Totals), ("hold", Holds), ("refund", Refunds), ("transfer", TransferStates), ("transfer", LegAmounts),
        ("transfer", TransferEntries), ("transfer", WithoutTransfer), ("transit", Transit),
    ];

    public static int Steps => Queries.Length;

    public async Task RunAsync(NpgsqlConnection connection, Action<long> done, CancellationToken cancellationToken)
    {
        await using (var counts = new NpgsqlCommand(Counts, connection) { CommandTimeout = 0 })
        await using (var row = await counts.ExecuteReaderAsync(cancellationToken))
        {
            await row.ReadAsync(cancellationToken);
            (report.Holds, report.Transfers, report.Underway) = (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2));
        }

        foreach (var (check, sql) in Queries)
        {
            await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
            await using var row = await command.ExecuteReaderAsync(cancellationToken);
            while (!findings.IsFull && await row.ReadAsync(cancellationToken))
            {
                findings.Add(check, row.GetString(0), row.GetString(1), row.GetString(2));
            }

            done(1);
        }
    }
}
