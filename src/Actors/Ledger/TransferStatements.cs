using AkkaCrypto.Contracts.Ledger;
using AkkaCrypto.Storage.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace AkkaCrypto.Actors.Ledger;

/// <summary>The rows of transfers between shards.</summary>
internal static class TransferStatements
{
    public static void AddStarted(CommitConnection connection, TransferState[] transfers)
    {
        if (transfers.Length == 0)
        {
            return;
        }

        var rows = connection.Add("""
            INSERT INTO ledger.transfers (id, source, request, hold_id, refund_of, started_at)
            SELECT unnest($1), unnest($2), unnest($3), unnest($4), unnest($5), unnest($6)
            """);
        rows.AddColumn(NpgsqlDbType.Uuid, Array.ConvertAll(transfers, transfer => transfer.Id));
        rows.AddColumn(NpgsqlDbType.Uuid, Array.ConvertAll(transfers, transfer => transfer.Source));
        rows.AddColumn(NpgsqlDbType.Uuid, Array.ConvertAll(transfers, transfer => transfer.Request));
        rows.AddColumn(NpgsqlDbType.Uuid, Array.ConvertAll(transfers, transfer => transfer.Hold));
        rows.AddColumn(NpgsqlDbType.Bigint, Array.ConvertAll(transfers, transfer => transfer.RefundOf));
        rows.AddColumn(NpgsqlDbType.TimestampTz, Array.ConvertAll(transfers, transfer => transfer.StartedAt.UtcDateTime));

        var all = transfers.SelectMany(transfer => transfer.Legs.Select((leg, number) => (Transfer: transfer, Leg: leg, Number: number)))
            .ToArray();
        var areNarrow = Array.TrueForAll(all, row => LedgerColumns.IsNarrow(row.Leg.Debit) && LedgerColumns.IsNarrow(row.Leg.Credit));
        var legs = connection.Add("""
            INSERT INTO ledger.transfer_legs (transfer_id, leg, to_wallet, state, exchanged, debit, credit, currency, source)
            SELECT unnest($1), unnest($2), unnest($3), 0, unnest($4), unnest($5), unnest($6), unnest($7), unnest($8)
            """, areNarrow);
        legs.AddColumn(NpgsqlDbType.Uuid, Array.ConvertAll(all, row => row.Transfer.Id));
        legs.AddColumn(NpgsqlDbType.Smallint, Array.ConvertAll(all, row => (short)row.Number));
        legs.AddColumn(NpgsqlDbType.Uuid, Array.ConvertAll(all, row => row.Leg.To));
        legs.AddColumn(NpgsqlDbType.Boolean, Array.ConvertAll(all, row => row.Transfer.IsExchange(row.Leg)));
        legs.AddAmounts(Array.ConvertAll(all, row => row.Leg.Debit));
        legs.AddAmounts(Array.ConvertAll(all, row => row.Leg.Credit));
        legs.AddColumn(NpgsqlDbType.Text, Array.ConvertAll(all, row => row.Leg.Currency));
        legs.AddColumn(NpgsqlDbType.Uuid, Array.ConvertAll(all, row => row.Transfer.Source));
    }

    public static void AddUndone(CommitConnection connection, TransferState[] transfers)
    {
        if (transfers.Length == 0)
        {
            return;
        }

        var ids = Array.ConvertAll(transfers, transfer => transfer.Id);
        var rows = connection.Add("UPDATE ledger.transfers SET undone_at = $2 WHERE id = ANY($1)");
        rows.AddColumn(NpgsqlDbType.Uuid, ids);
        rows.AddValue(transfers[0].UndoneAt!.Value.UtcDateTime);
        connection.Add("UPDATE ledger.transfer_legs SET state = 5 WHERE transfer_id = ANY($1)").AddColumn(NpgsqlDbType.Uuid, ids);
    }

    public static void AddLegs(CommitConnection connection, LegState[] changed)
    {
        if (changed.Length == 0)
        {
            return;
        }

        var rows = connection.Add("""
            UPDATE ledger.transfer_legs l SET state = c.state, refusal = c.refusal
            FROM (SELECT unnest($1), unnest($2), unnest($3), unnest($4)) AS c (id, leg, state, refusal) WHERE l.transfer_id = c.id AND l.leg = c.leg
            """);
        rows.AddColumn(NpgsqlDbType.Uuid, Array.ConvertAll(changed, leg => leg.Transfer));
        rows.AddColumn(NpgsqlDbType.Smallint, Array.ConvertAll(changed, leg => (short)leg.Number));
        rows.AddColumn(NpgsqlDbType.Smallint, Array.ConvertAll(changed, leg => (short)leg.Status));
        rows.AddColumn(NpgsqlDbType.Smallint, Array.ConvertAll(changed, leg => (short?)leg.Refusal));
    }
}
