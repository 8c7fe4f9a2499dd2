using System.Numerics;
using System.Runtime.CompilerServices;
using AkkaCrypto.Actors.Ledger.Audit;
using AkkaCrypto.Contracts.Ledger;
using AkkaCrypto.Storage.Postgres;
using Npgsql;

namespace AkkaCrypto.Actors.Ledger;

/// <summary>A wallet as it is or was.</summary>
public sealed record WalletView(
    Guid Id, string Tenant, string Currency, int Decimals, Int128 Balance, Int128 Held, Int128 Overdraft, long Version, WalletStatus Status)
{
    /// <summary>The same JSON as the answer that opened it.</summary>
    public string Json() => WalletAnswer.WalletJson(Id, Currency, Decimals, Balance, Held, Overdraft, Version, Status);
}

/// <summary>The ledger in one snapshot, in minor units; the three sum to zero. Many balances together may pass 38 digits.</summary>
public sealed record LedgerTotals(BigInteger Balances, BigInteger InTransit, BigInteger External);

/// <summary>Where a transfer between shards, or one within a shard, is.</summary>
/// <param name="IsEnded">Whether all of it was done or undone.</param>
/// <param name="IsUndone">It was undone.</param>
public sealed record TransferView(Guid Id, Guid Source, bool IsEnded, bool IsUndone);

/// <summary>Reads what is committed. It asks no shard.</summary>
public sealed class LedgerReader(NpgsqlDataSource database)
{
    /// <summary>In the order of <see cref="EntryOf"/>.</summary>
    internal const string EntryColumns = """
        wallet_id, version, kind, state, direct, amount, balance, held, currency, operation_id, hold_id, counterparty, refund_of, reference,
        time, hash, hold_ends
        """;

    /// <summary>Null: there is no such wallet, or there was none then.</summary>
    /// <param name="wallet">Its id.</param>
    /// <param name="asOf">After all that had happened by then; null is now.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public async Task<WalletView?> WalletAsync(Guid wallet, DateTimeOffset? asOf, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(asOf is null
            ? """
              SELECT id, tenant, currency, decimals, balance, held, overdraft, version, state FROM ledger.balances WHERE id = $1 AND kind = 0
              """
            : """
              SELECT w.id, w.tenant, w.currency, w.decimals, e.balance, e.held, w.overdraft, e.version, e.state
              FROM ledger.wallets w JOIN ledger.entries e ON e.wallet_id = w.id AND e.version = ledger.version_at(w.id, $2)
              WHERE w.id = $1 AND w.kind = 0
              """);
        command.Parameters.AddValue(wallet);
        if (asOf is { } moment)
        {
            command.Parameters.AddValue(moment.UtcDateTime);
        }

        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken)
            ? new(row.GetGuid(0), row.GetString(1), row.GetString(2), row.GetInt16(3), row.Amount(4), row.Amount(5), row.Amount(6),
                row.GetInt64(7), (WalletStatus)row.GetInt16(8))
            : null;
    }

    /// <summary>Entries in order, from the version on; none past the newest.</summary>
    public async Task<IReadOnlyList<Entry>> EntriesAsync(Guid wallet, long from, int limit, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            $"SELECT {EntryColumns} FROM ledger.entries WHERE wallet_id = $1 AND version >= $2 ORDER BY version LIMIT $3");
        command.Parameters.AddValue(wallet);
        command.Parameters.AddValue(from);
        command.Parameters.AddValue(limit);
        var entries = new List<Entry>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
        {
            entries.Add(EntryOf(row));
        }

        return entries;
    }

    /// <summary>Streams the entries of a time, <paramref name="from"/> inclusive and <paramref name="to"/> exclusive, in order.</summary>
    public async IAsyncEnumerable<Entry> StatementAsync(
        Guid wallet, DateTimeOffset from, DateTimeOffset to, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand($"""
            SELECT {EntryColumns} FROM ledger.entries
            WHERE wallet_id = $1 AND version > coalesce(ledger.version_at($1, $2 - interval '1 microsecond'), -1)
                AND version <= coalesce(ledger.version_at($1, $3 - interval '1 microsecond'), -1)
            ORDER BY version
            """);
        command.Parameters.AddValue(wallet);
        command.Parameters.AddValue(from.UtcDateTime);
        command.Parameters.AddValue(to.UtcDateTime);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
        {
            yield return EntryOf(row);
        }
    }

    /// <summary>The proof of an entry.</summary>
    /// <returns>No receipt of an entry that is there: its commit is from before commits were sealed.</returns>
    public async Task<(bool IsThere, Receipt? Receipt)> ReceiptAsync(Guid wallet, long version, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand($"""
            SELECT e.*, p.hash, c.shard, c.number, c.epoch, c.time, c.entries, c.leaves, c.root, c.previous_head, c.head,
                c.key_id, c.signature, k.public_key, w.kind, w.tenant, w.currency, w.decimals, w.overdraft
            FROM (SELECT {EntryColumns}, shard, commit_no FROM ledger.entries WHERE wallet_id = $1 AND version = $2) e
            JOIN ledger.commits c ON c.shard = e.shard AND c.number = e.commit_no
            JOIN ledger.wallets w ON w.id = $1
            LEFT JOIN ledger.signing_keys k ON k.id = c.key_id
            LEFT JOIN ledger.entries p ON p.wallet_id = $1 AND p.version = $2 - 1
            """);
        command.Parameters.AddValue(wallet);
        command.Parameters.AddValue(version);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) ? (true, ReceiptOf(row)) : (false, null);
    }

    /// <summary>The sums of a currency in one snapshot.</summary>
    public async Task<LedgerTotals> TotalsAsync(string currency, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("""
            SELECT coalesce(sum(balance) FILTER (WHERE kind = 0), 0), coalesce(sum(balance) FILTER (WHERE kind = 2), 0),
                coalesce(sum(balance) FILTER (WHERE kind = 1), 0)
            FROM ledger.balances WHERE currency = $1
            """);
        command.Parameters.AddValue(currency);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        return new(row.GetFieldValue<BigInteger>(0), row.GetFieldValue<BigInteger>(1), row.GetFieldValue<BigInteger>(2));
    }

    /// <summary>Null: there is no such transfer.</summary>
    public async Task<TransferView?> TransferAsync(Guid transfer, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("""
            SELECT t.source, NOT EXISTS (SELECT FROM ledger.transfer_legs l WHERE l.transfer_id = t.id AND l.state NOT IN (4, 5)),
                t.undone_at IS NOT NULL
            FROM ledger.transfers t WHERE t.id = $1
            """);
        command.Parameters.AddValue(transfer);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) ? new(transfer, row.GetGuid(0), row.GetBoolean(1), row.GetBoolean(2)) : null;
    }

    /// <summary>What it pays to whom, and how far it is; null: there is no such transfer.</summary>
    public Task<TransferRecord?> TransferRecordAsync(Guid transfer, CancellationToken cancellationToken) =>
        TransferRecords.FindAsync(database, transfer, cancellationToken);

    /// <summary>The wallet at an entry's other side; null: there is none, or no such entry.</summary>
    internal async Task<Guid?> CounterpartyAsync(Guid wallet, long version, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            "SELECT counterparty FROM ledger.entries WHERE wallet_id = $1 AND version = $2 AND kind = 4");
        command.Parameters.AddValue(wallet);
        command.Parameters.AddValue(version);
        return await command.ExecuteScalarAsync(cancellationToken) as Guid?;
    }

    internal async Task<LegProgress[]> ProgressAsync(Guid transfer, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            "SELECT to_wallet, state, refusal FROM ledger.transfer_legs WHERE transfer_id = $1 ORDER BY leg");
        command.Parameters.AddValue(transfer);
        var legs = new List<LegProgress>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
        {
            legs.Add(new(row.GetGuid(0), (LegStatus)row.GetInt16(1), (LedgerCode?)row.OrNull<short>(2)));
        }

        return [.. legs];
    }

    internal async Task<UndoTransfer> UndoAsync(Guid transfer, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("SELECT source, request, hold_id, refund_of FROM ledger.transfers WHERE id = $1");
        command.Parameters.AddValue(transfer);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken)
            ? new(row.GetGuid(0), transfer, row.GetGuid(1), row.OrNull<Guid>(2), row.OrNull<long>(3))
            : throw new InvalidOperationException($"There is no transfer {transfer}.");
    }

    internal async Task<IReadOnlyList<Guid>> OpenTransfersAsync(int limit, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            "SELECT DISTINCT transfer_id FROM ledger.transfer_legs WHERE state NOT IN (4, 5) LIMIT $1");
        command.Parameters.AddValue(limit);
        var open = new List<Guid>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
        {
            open.Add(row.GetGuid(0));
        }

        return open;
    }

    internal async Task<IReadOnlyList<ExpireHold>> HoldsToExpireAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            "SELECT wallet_id, id FROM ledger.holds WHERE state = 0 AND expires_at <= $1 ORDER BY expires_at LIMIT $2");
        command.Parameters.AddValue(now.UtcDateTime);
        command.Parameters.AddValue(limit);
        var due = new List<ExpireHold>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
        {
            due.Add(new(row.GetGuid(0), row.GetGuid(1)));
        }

        return due;
    }

    private static Receipt? ReceiptOf(NpgsqlDataReader row)
    {
        const int Previous = 19;
        const int Commit = 20;
        const int Seal = 25;
        const int PublicKey = 31;
        if (CommitRow.SealOf(row, Seal) is not { } seal)
        {
            return null;
        }

        var entry = EntryOf(row);
        var index = seal.Leaves.Chunk(MerkleTree.HashBytes).TakeWhile(leaf => !leaf.AsSpan().SequenceEqual(entry.Hash)).Count();
        return new(
            entry, row.IsDBNull(Previous) ? StartOf(row, entry) : row.GetFieldValue<byte[]>(Previous),
            CommitRow.HeaderOf(row, Commit), index, MerkleTree.Path(seal.Leaves, index), seal.Root, seal.PreviousHead, seal.Head,
            row.GetFieldValue<byte[]>(PublicKey), seal.Signature);
    }

    /// <summary>What a wallet's first entry comes after: nothing, if it was opened before migration 0020.</summary>
    private static byte[] StartOf(NpgsqlDataReader row, Entry first) => first.IsAfter([])
        ? []
        : WalletState.Blank(
            first.Wallet, (AccountKind)row.GetInt16(32), row.GetString(33), row.GetString(34), row.GetInt16(35), row.Amount(36)).Hash;

    /// <summary>The entry of a row that begins with <see cref="EntryColumns"/>.</summary>
    internal static Entry EntryOf(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetInt64(1), (EntryKind)row.GetInt16(2), (WalletStatus)row.GetInt16(3),
        row.GetBoolean(4) ? Contra.Direct : Contra.World, row.Amount(5), row.Amount(6), row.Amount(7), row.GetString(8), row.GetGuid(9),
        row.OrNull<Guid>(10), row.OrNull<Guid>(11), row.OrNull<long>(12), row.TextOrNull(13), row.Time(14), row.GetFieldValue<byte[]>(15))
    {
        HoldEnds = row.OrNull<long>(16),
    };
}
