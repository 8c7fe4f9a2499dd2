using AkkaCrypto.Storage.Postgres;
using Npgsql;

namespace AkkaCrypto.Actors.Ledger.Audit;

/// <summary>An entry as it stands in the database, which may be anything.</summary>
/// <param name="Entry">Null: it can't be read, for <paramref name="Fault"/>.</param>
internal sealed record EntryRow(Guid Wallet, long Version, int Shard, long Commit, Entry? Entry, string? Fault)
{
    public const string Columns = LedgerReader.EntryColumns + ", shard, commit_no";

    public static EntryRow Of(NpgsqlDataReader row)
    {
        var (entry, fault) = AuditRows.Read(row, LedgerReader.EntryOf);
        return new(row.GetGuid(0), row.GetInt64(1), row.GetInt16(17), row.GetInt64(18), entry, fault);
    }
}

/// <summary>A row of <c>ledger.wallets</c>, and what other tables say of it.</summary>
/// <param name="Blank">The wallet as it was opened. Null: it can't be read, for <paramref name="Fault"/>.</param>
/// <param name="OpenHolds">The sum of its open holds.</param>
/// <param name="Promised">How many legs of transfers it has promised to take.</param>
internal sealed record WalletRow(Guid Id, WalletState? Blank, int Shard, Int128 OpenHolds, long Promised, string? Fault)
{
    public const string Sql = $"""
        SELECT {LedgerLoad.TermsColumns}, shard, coalesce(h.sum, 0), coalesce(l.count, 0)
        FROM ledger.wallets w
        LEFT JOIN (SELECT wallet_id, sum(amount) AS sum FROM ledger.holds WHERE state = 0 GROUP BY wallet_id) h ON h.wallet_id = w.id
        LEFT JOIN (SELECT to_wallet, count(*) AS count FROM ledger.transfer_legs WHERE state = 1 GROUP BY to_wallet) l
            ON l.to_wallet = w.id
        ORDER BY id
        """;

    public static WalletRow Of(NpgsqlDataReader row)
    {
        var (blank, fault) = AuditRows.Read(row, LedgerLoad.BlankWallet);
        var (holds, holdsFault) = AuditRows.Read(row, static row => (object)row.Amount(7));
        return new(row.GetGuid(0), blank, row.GetInt16(6), (Int128)(holds ?? Int128.Zero), row.GetInt64(8), fault ?? holdsFault);
    }
}

internal static class AuditRows
{
    /// <summary>Columns can hold what no ledger writes there: not a number, a year past 9999.</summary>
    public static (T? Value, string? Fault) Read<T>(NpgsqlDataReader row, Func<NpgsqlDataReader, T> read)
        where T : class
    {
        try
        {
            return (read(row), null);
        }
        catch (Exception unreadable) when (unreadable is InvalidCastException or OverflowException or ArgumentException or FormatException)
        {
            return (null, unreadable.Message);
        }
    }
}
