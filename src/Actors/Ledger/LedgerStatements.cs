using AkkaCrypto.Actors.Ledger.Audit;
using AkkaCrypto.Actors.Runtime;
using AkkaCrypto.Storage.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace AkkaCrypto.Actors.Ledger;

/// <summary>
/// One commit as statements. Their order matters: epoch and turn first, then the keys (which alone may meet what is there, and then nothing
/// was written in vain), the entries last, for they are checked against the wallets that are opened and the legs as the commit leaves them;
/// a wallet's one after the other, for then the check need not look most of them up. A commit that is sent ahead of its turn need not wait
/// for it with its keys: no other has one of them. Those that it frees may be the commit's before it.
/// Columns come as arrays of one length, each by an <c>unnest</c> in the list of what is selected: as a source of rows it would store every
/// column by itself first.
/// </summary>
internal sealed class LedgerStatements(int shard, long number, Commit<LedgerKey, LedgerState, LedgerEvent> commit)
{
    /// <summary>
    /// Advisory locks, one of each shard: whoever takes a shard waits at it for commits that were sent ahead and aren't at their turn yet,
    /// as it waits at the shard's row for the one whose turn it is.
    /// </summary>
    public const int AheadLocks = 0x6c656467;

    /// <summary>Most commits have neither holds nor refunds nor references, and need not pay for columns that they leave empty.</summary>
    private static readonly string PlainEntries = InsertEntries("", "");
    private static readonly string AllEntries = InsertEntries(
        ", refund_of, hold_id, reference, hold_ends", ", unnest($16), unnest($17), unnest($18), unnest($19)");

    private static readonly string PlainRequests = InsertRequests("", "");
    private static readonly string RequestsWithTransfers = InsertRequests(", transfer_id", ", unnest($6)");

    private readonly Entry[] entries = CommitSeal.Ordered(
        commit.Events.Where(happening => happening.Event.Entry is not null).Select(happening => happening.Event.Entry!));

    /// <param name="signer">Signs it.</param>
    /// <param name="previousHead">Of the shard's commit before this one.</param>
    public CommitSeal Seal(LedgerSigner signer, byte[] previousHead) => CommitSeal.Of(
        signer, new(shard, number, commit.Epoch, commit.Time, entries.Length), previousHead, entries);

    /// <param name="isAhead">Whether the shard's commit before it is still under way.</param>
    public void AddTo(CommitConnection connection, CommitSeal seal, bool isAhead)
    {
        var keysFirst = isAhead && !commit.Events.Any(IsFreed);
        if (keysFirst)
        {
            var ahead = connection.Add("SELECT pg_advisory_xact_lock_shared($1, $2)");
            ahead.AddValue(AheadLocks);
            ahead.AddValue(shard);
            AddRequests(connection);
        }

        var turn = connection.Add("SELECT ledger.require_turn($1, $2, $3)");
        turn.AddValue((short)shard);
        turn.AddValue(commit.Epoch);
        turn.AddValue(number);
        AddCommit(connection, seal);
        if (!keysFirst)
        {
            FreeRequests(connection);
            AddRequests(connection);
        }

        AddWallets(connection);
        AddHolds(connection);
        AddTransfers(connection);
        AddEntries(connection);
    }

    private void AddCommit(CommitConnection connection, CommitSeal seal)
    {
        var parameters = connection.Add("""
            INSERT INTO ledger.commits
                (shard, number, epoch, time, entries, leaves, root, previous_head, head, key_id, signature)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            """);
        parameters.AddValue((short)shard);
        parameters.AddValue(number);
        parameters.AddValue(commit.Epoch);
        parameters.AddValue(commit.Time.UtcDateTime);
        parameters.AddValue(entries.Length);
        parameters.AddValue(seal.Leaves);
        parameters.AddValue(seal.Root);
        parameters.AddValue(seal.PreviousHead);
        parameters.AddValue(seal.Head);
        parameters.AddValue(seal.Key);
        parameters.AddValue(seal.Signature);
    }

    private void AddRequests(CommitConnection connection)
    {
        var requests = Changed<KeyState>(LedgerKeyKind.Request);
        if (requests.Length == 0)
        {
            return;
        }

        var hasTransfers = !Array.TrueForAll(requests, key => key.Transfer is null);
        var parameters = connection.Add(hasTransfers ? RequestsWithTransfers : PlainRequests);
        parameters.AddColumn(NpgsqlDbType.Uuid, Array.ConvertAll(requests, key => key.Digest));
        parameters.AddColumn(NpgsqlDbType.Uuid, Array.ConvertAll(requests, key => key.Fingerprint));
        parameters.AddColumn(NpgsqlDbType.TimestampTz, Array.ConvertAll(requests, key => key.CreatedAt.UtcDateTime));
        parameters.AddColumn(NpgsqlDbType.Uuid, Array.ConvertAll(requests, key => key.Answer.Wallet));
        parameters.AddColumn(NpgsqlDbType.Bigint, Array.ConvertAll(requests, key => key.Answer.Version));
        if (hasTransfers)
        {
            parameters.AddColumn(NpgsqlDbType.Uuid, Array.ConvertAll(requests, key => key.Transfer));
        }
    }

    private static string InsertRequests(string columns, string values) => $"""
        INSERT INTO ledger.request_keys (digest, fingerprint, created_at, wallet_id, version{columns})
        SELECT unnest($1), unnest($2), unnest($3), unnest($4), unnest($5){values}
        """;

    /// <summary>Before the keys that are stored: one may be freed and used again within a commit.</summary>
    private void FreeRequests(CommitConnection connection)
    {
        var freed = commit.Events.Where(IsFreed).Select(happening => happening.Key.Id).ToArray();
        if (freed.Length > 0)
        {
            connection.Add("DELETE FROM ledger.request_keys WHERE digest = ANY($1)").AddColumn(NpgsqlDbType.Uuid, freed);
        }
    }

    private static bool IsFreed(Happening<LedgerKey, LedgerEvent> happening) =>
        happening.Key.Kind == LedgerKeyKind.Request && happening.Event.After is null;

    private void AddEntries(CommitConnection connection)
    {
        if (entries.Length == 0)
        {
            return;
        }

        var areNarrow = Array.TrueForAll(entries, entry =>
            LedgerColumns.IsNarrow(entry.Amount) && LedgerColumns.IsNarrow(entry.Balance) && LedgerColumns.IsNarrow(entry.Held));
        var arePlain = Array.TrueForAll(entries, entry => entry is { RefundOf: null, Hold: null, Reference: null, HoldEnds: null });
        var parameters = connection.Add(arePlain ? PlainEntries : AllEntries, areNarrow);
        parameters.AddColumn(NpgsqlDbType.Uuid, Array.ConvertAll(entries, entry => entry.Wallet));
        parameters.AddColumn(NpgsqlDbType.Bigint, Array.ConvertAll(entries, entry => entry.Version));
        parameters.AddColumn(NpgsqlDbType.TimestampTz, Array.ConvertAll(entries, entry => entry.Time.UtcDateTime));
        parameters.AddValue(number);
        parameters.AddValue((short)shard);
        parameters.AddColumn(NpgsqlDbType.Smallint, Array.ConvertAll(entries, entry => (short)entry.Kind));
        parameters.AddColumn(NpgsqlDbType.Smallint, Array.ConvertAll(entries, entry => (short)entry.Status));
        parameters.AddColumn(NpgsqlDbType.Boolean, Array.ConvertAll(entries, entry => entry.Contra == Contra.Direct));
        parameters.AddAmounts(Array.ConvertAll(entries, entry => entry.Amount));
        parameters.AddAmounts(Array.ConvertAll(entries, entry => entry.Balance));
        parameters.AddAmounts(Array.ConvertAll(entries, entry => entry.Held));
        parameters.AddColumn(NpgsqlDbType.Uuid, Array.ConvertAll(entries, entry => entry.Operation));
        parameters.AddColumn(NpgsqlDbType.Uuid, Array.ConvertAll(entries, entry => entry.Counterparty));
        parameters.AddColumn(NpgsqlDbType.Text, Array.ConvertAll(entries, entry => entry.Currency));
        parameters.AddColumn(NpgsqlDbType.Bytea, Array.ConvertAll(entries, entry => entry.Hash));
        if (!arePlain)
        {
            parameters.AddColumn(NpgsqlDbType.Bigint, Array.ConvertAll(entries, entry => entry.RefundOf));
            parameters.AddColumn(NpgsqlDbType.Uuid, Array.ConvertAll(entries, entry => entry.Hold));
            parameters.AddColumn(NpgsqlDbType.Text, Array.ConvertAll(entries, entry => entry.Reference!));
            parameters.AddColumn(NpgsqlDbType.Bigint, Array.ConvertAll(entries, entry => entry.HoldEnds));
        }
    }

    private static string InsertEntries(string columns, string values) => $"""
        INSERT INTO ledger.entries
            (wallet_id, version, time, commit_no, shard, kind, state, direct, amount, balance, held, operation_id, counterparty, currency,
             hash{columns})
        SELECT unnest($1), unnest($2), unnest($3), $4, $5, unnest($6), unnest($7), unnest($8), unnest($9), unnest($10), unnest($11),
            unnest($12), unnest($13), unnest($14), unnest($15){values}
        """;

    /// <summary>Those that were opened: what happens to a wallet later is in its entries alone.</summary>
    private void AddWallets(CommitConnection connection)
    {
        var opened = entries.Where(entry => entry.Version == 0).Select(entry => entry.Wallet).ToHashSet();
        if (opened.Count == 0)
        {
            return;
        }

        var added = Changed<WalletState>(LedgerKeyKind.Wallet).Where(wallet => opened.Contains(wallet.Id)).ToArray();
        var insert = connection.Add(
            """
            INSERT INTO ledger.wallets (id, overdraft, kind, decimals, shard, currency, tenant)
            SELECT unnest($1), unnest($2), unnest($3), unnest($4), $5, unnest($6), unnest($7)
            """,
            Array.TrueForAll(added, wallet => LedgerColumns.IsNarrow(wallet.Overdraft)));
        insert.AddColumn(NpgsqlDbType.Uuid, Array.ConvertAll(added, wallet => wallet.Id));
        insert.AddAmounts(Array.ConvertAll(added, wallet => wallet.Overdraft));
        insert.AddColumn(NpgsqlDbType.Smallint, Array.ConvertAll(added, wallet => (short)wallet.Kind));
        insert.AddColumn(NpgsqlDbType.Smallint, Array.ConvertAll(added, wallet => (short)wallet.Decimals));
        insert.AddValue((short)shard);
        insert.AddColumn(NpgsqlDbType.Text, Array.ConvertAll(added, wallet => wallet.Currency));
        insert.AddColumn(NpgsqlDbType.Text, Array.ConvertAll(added, wallet => wallet.Tenant));
    }

    private void AddHolds(CommitConnection connection)
    {
        var holds = Changed<HoldState>(LedgerKeyKind.Hold);
        if (holds.Length == 0)
        {
            return;
        }

        var areNarrow = Array.TrueForAll(holds, hold => LedgerColumns.IsNarrow(hold.Amount));
        var parameters = connection.Add("""
            INSERT INTO ledger.holds (id, wallet_id, amount, captured, state, opened_at, expires_at)
            SELECT unnest($1), unnest($2), unnest($3), unnest($4), unnest($5), unnest($6), unnest($7)
            ON CONFLICT (id) DO UPDATE SET amount = excluded.amount, captured = excluded.captured, state = excluded.state
            """, areNarrow);
        parameters.AddColumn(NpgsqlDbType.Uuid, Array.ConvertAll(holds, hold => hold.Id));
        parameters.AddColumn(NpgsqlDbType.Uuid, Array.ConvertAll(holds, hold => hold.Wallet));
        parameters.AddAmounts(Array.ConvertAll(holds, hold => hold.Amount));
        parameters.AddAmounts(Array.ConvertAll(holds, hold => hold.Captured));
        parameters.AddColumn(NpgsqlDbType.Smallint, Array.ConvertAll(holds, hold => (short)hold.Status));
        parameters.AddColumn(NpgsqlDbType.TimestampTz, Array.ConvertAll(holds, hold => hold.OpenedAt.UtcDateTime));
        parameters.AddColumn(NpgsqlDbType.TimestampTz, Array.ConvertAll(holds, hold => hold.ExpiresAt?.UtcDateTime));
    }

    private void AddTransfers(CommitConnection connection)
    {
        TransferStatements.AddStarted(connection, Changed<TransferState>(LedgerKeyKind.Transfer));
        TransferStatements.AddUndone(connection, Changed<TransferState>(LedgerKeyKind.Undo));
        TransferStatements.AddLegs(connection, Changed<LegState>(LedgerKeyKind.Leg));
    }

    private T[] Changed<T>(LedgerKeyKind kind)
        where T : LedgerState =>
        [.. commit.Changed.Where(change => change.Key.Kind == kind && change.Value is not null).Select(change => (T)change.Value!)];
}
