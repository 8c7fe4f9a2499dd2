using AkkaCrypto.Contracts.Ledger;
using AkkaCrypto.Storage.Postgres;
using Npgsql;

namespace AkkaCrypto.Actors.Ledger;

public enum TransferProgress
{
    /// <summary>The source has paid; not all legs have ended.</summary>
    Pending,
    Done,

    /// <summary>The source has its money back.</summary>
    Undone,
}

/// <summary>A transfer as it is, be it within a shard or between shards.</summary>
/// <param name="Currency">Of what is paid, with its decimals.</param>
/// <param name="Legs">In the order of the request.</param>
public sealed record TransferRecord(
    Guid Id, TransferProgress State, Guid Source, string Currency, int Decimals, DateTimeOffset StartedAt, IReadOnlyList<LegRecord> Legs);

/// <param name="Debit">In minor units of what is paid.</param>
/// <param name="Credit">In minor units of <paramref name="Currency"/>, of <paramref name="Decimals"/>.</param>
public sealed record LegRecord(Guid To, Int128 Debit, Int128 Credit, string Currency, int Decimals);

/// <summary>
/// Finds transfers by their id. One between shards has rows of its own; one within a shard is told by its entries, in which the payments
/// to a wallet and what that wallet received are in the same order.
/// </summary>
internal static class TransferRecords
{
    /// <summary>A destination that was never there has no wallet, and so no decimals but the source's.</summary>
    private const string Between = """
        SELECT t.source, t.started_at, CASE WHEN t.undone_at IS NOT NULL THEN 2
                WHEN EXISTS (SELECT FROM ledger.transfer_legs o WHERE o.transfer_id = t.id AND o.state NOT IN (4, 5)) THEN 0 ELSE 1 END,
            s.currency, s.decimals, l.to_wallet, l.debit, l.credit, l.currency, coalesce(d.decimals, s.decimals)
        FROM ledger.transfers t
        JOIN ledger.wallets s ON s.id = t.source
        JOIN ledger.transfer_legs l ON l.transfer_id = t.id
        LEFT JOIN ledger.wallets d ON d.id = l.to_wallet
        WHERE t.id = $1 ORDER BY l.leg
        """;

    private const string Within = """
        SELECT p.wallet_id, p.time, 1, s.currency, s.decimals, p.counterparty, -p.amount, r.amount, d.currency, d.decimals
        FROM (SELECT *, row_number() OVER (PARTITION BY counterparty ORDER BY version) AS place
              FROM ledger.entries WHERE operation_id = $1 AND counterparty IS NOT NULL AND amount < 0) p
        JOIN (SELECT *, row_number() OVER (PARTITION BY wallet_id ORDER BY version) AS place
              FROM ledger.entries WHERE operation_id = $1 AND counterparty IS NOT NULL AND amount > 0) r
            ON r.wallet_id = p.counterparty AND r.place = p.place
        JOIN ledger.wallets s ON s.id = p.wallet_id
        JOIN ledger.wallets d ON d.id = p.counterparty
        ORDER BY p.version
        """;

    public static async Task<TransferRecord?> FindAsync(NpgsqlDataSource database, Guid transfer, CancellationToken cancellationToken) =>
        await ReadAsync(database, Between, transfer, cancellationToken) ?? await ReadAsync(database, Within, transfer, cancellationToken);

    private static async Task<TransferRecord?> ReadAsync(
        NpgsqlDataSource database, string sql, Guid transfer, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(sql);
        command.Parameters.AddValue(transfer);
        TransferRecord? found = null;
        var legs = new List<LegRecord>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
        {
            found ??= new(
                transfer, (TransferProgress)row.GetInt32(2), row.GetGuid(0), row.GetString(3), row.GetInt16(4), row.Time(1), legs);
            legs.Add(new(row.GetGuid(5), row.Amount(6), row.Amount(7), row.GetString(8), row.GetInt16(9)));
        }

        return found;
    }
}
