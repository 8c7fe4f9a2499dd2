using AkkaCrypto.Contracts.Ledger;
using AkkaCrypto.Storage.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace AkkaCrypto.Actors.Ledger;

/// <summary>Reads entities from their rows: one message, with a query for each kind that is asked for.</summary>
internal sealed class LedgerLoad(NpgsqlDataSource database, StartedLegs started, TimeProvider time)
{
    /// <summary>In the order of <see cref="BlankWallet"/>.</summary>
    internal const string TermsColumns = "id, kind, tenant, currency, decimals, overdraft";

    /// <summary>The last column is <see cref="WalletState.Utmost"/>; one digit more than there may be says that there is no room.</summary>
    private const string Wallets = $"""
        SELECT {TermsColumns}, state, version, balance, held, hash, changed_at, promised.count, least(1e38::numeric, balance + promised.sum
            + (SELECT coalesce(sum(l.debit), 0) FROM ledger.transfer_legs l WHERE l.source = balances.id AND l.state NOT IN (4, 5)))
        FROM ledger.balances CROSS JOIN LATERAL (
            SELECT count(*)::integer AS count, coalesce(sum(l.credit), 0) AS sum
            FROM ledger.transfer_legs l WHERE l.to_wallet = balances.id AND l.state = 1) promised
        WHERE id = ANY($1)
        """;

    /// <summary>The entry of a key that is there is there, unless somebody has deleted it past the ledger: both are committed at once.
    /// </summary>
    private const string Requests = """
        SELECT k.digest, k.fingerprint, k.transfer_id, k.created_at, k.wallet_id, w.currency, w.decimals, e.balance, e.held, w.overdraft,
            k.version, e.state, e.operation_id, e.counterparty IS NOT NULL
        FROM ledger.request_keys k
        LEFT JOIN ledger.wallets w ON w.id = k.wallet_id
        LEFT JOIN ledger.entries e ON e.wallet_id = k.wallet_id AND e.version = k.version
        WHERE k.digest = ANY($1)
        """;

    private const string Holds =
        "SELECT id, wallet_id, amount, captured, state, opened_at, expires_at FROM ledger.holds WHERE id = ANY($1)";

    private const string Entries = """
        SELECT e.wallet_id, e.version, e.kind, e.direct, e.amount, e.counterparty,
            (SELECT abs(coalesce(sum(r.amount), 0)) FROM ledger.entries r WHERE r.wallet_id = e.wallet_id AND r.refund_of = e.version),
            EXISTS (SELECT FROM ledger.transfer_legs l
                WHERE l.transfer_id = e.operation_id AND l.to_wallet = e.wallet_id AND NOT l.exchanged)
        FROM unnest($1, $2) AS k (id, version) JOIN ledger.entries e ON e.wallet_id = k.id AND e.version = k.version
        """;

    private const string Legs = """
        SELECT l.transfer_id, l.leg, t.source, l.to_wallet, l.debit, l.credit, l.currency, t.refund_of IS NOT NULL, l.state, l.refusal
        FROM unnest($1, $2) AS k (id, leg) JOIN ledger.transfer_legs l ON l.transfer_id = k.id AND l.leg = k.leg
        JOIN ledger.transfers t ON t.id = l.transfer_id
        """;

    private const string Transfers = """
        SELECT t.id, t.source, t.request, t.hold_id, t.refund_of, w.currency, t.started_at, t.undone_at, l.to_wallet, l.debit, l.credit,
            l.currency
        FROM ledger.transfers t JOIN ledger.wallets w ON w.id = t.source JOIN ledger.transfer_legs l ON l.transfer_id = t.id
        WHERE t.id = ANY($1) ORDER BY t.id, l.leg
        """;

    /// <param name="keys">May name a kind that isn't asked for.</param>
    /// <param name="looksForRequests">False: idempotency keys, and transfers that have their id, are taken for unused without looking. The
    /// commit finds out.</param>
    /// <param name="found">Called for each that is there.</param>
    public async Task RunAsync(
        IReadOnlyList<LedgerKey> keys, bool looksForRequests, Action<LedgerKey, LedgerState> found, CancellationToken cancellationToken)
    {
        var queries = Unknown(keys, looksForRequests, found).GroupBy(key => key.Kind)
            .Select(group => (Kind: group.Key, Keys: group.ToArray())).ToArray();
        if (queries.Length == 0)
        {
            return;
        }

        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = connection.CreateBatch();
        foreach (var (kind, asked) in queries)
        {
            batch.BatchCommands.Add(Query(kind, asked));
        }

        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        foreach (var (kind, _) in queries)
        {
            await ReadAsync(reader, kind, found, cancellationToken);
            await reader.NextResultAsync(cancellationToken);
        }
    }

    private List<LedgerKey> Unknown(IReadOnlyList<LedgerKey> keys, bool looksForRequests, Action<LedgerKey, LedgerState> found)
    {
        bool FindsOut(LedgerKey key) => !looksForRequests && (key.Kind is LedgerKeyKind.Request or LedgerKeyKind.Transfer);

        // What a request makes has the id of its key. Where that is asked for too, only the key tells whether this request made it.
        var made = keys.Where(key => key.Kind is not (LedgerKeyKind.Request or LedgerKeyKind.Transfer)).Select(key => key.Id).ToHashSet();
        var unknown = new List<LedgerKey>();
        foreach (var key in keys)
        {
            if (key.Kind == LedgerKeyKind.Leg && started.TryTake(key, out var leg))
            {
                found(key, leg);
            }
            else if (!FindsOut(key) || made.Contains(key.Id))
            {
                unknown.Add(key);
            }
        }

        return unknown;
    }

    private static NpgsqlBatchCommand Query(LedgerKeyKind kind, LedgerKey[] keys)
    {
        var query = new NpgsqlBatchCommand(kind switch
        {
            LedgerKeyKind.Wallet => Wallets,
            LedgerKeyKind.Request => Requests,
            LedgerKeyKind.Hold => Holds,
            LedgerKeyKind.Entry => Entries,
            LedgerKeyKind.Leg => Legs,
            LedgerKeyKind.Transfer or LedgerKeyKind.Undo => Transfers,
        });
        query.Parameters.AddColumn(NpgsqlDbType.Uuid, Array.ConvertAll(keys, key => key.Id));
        switch (kind)
        {
            case LedgerKeyKind.Entry:
                query.Parameters.AddColumn(NpgsqlDbType.Bigint, Array.ConvertAll(keys, key => key.Number));
                break;
            case LedgerKeyKind.Leg:
                query.Parameters.AddColumn(NpgsqlDbType.Smallint, Array.ConvertAll(keys, key => (short)key.Number));
                break;
        }

        return query;
    }

    private async Task ReadAsync(
        NpgsqlDataReader reader, LedgerKeyKind kind, Action<LedgerKey, LedgerState> found, CancellationToken cancellationToken)
    {
        if (kind is LedgerKeyKind.Transfer or LedgerKeyKind.Undo)
        {
            await ReadTransfersAsync(reader, kind, found, cancellationToken);
            return;
        }

        while (await reader.ReadAsync(cancellationToken))
        {
            switch (kind)
            {
                case LedgerKeyKind.Wallet:
                    var wallet = Wallet(reader, time.GetUtcNow());
                    found(LedgerKey.Wallet(wallet.Id), wallet);
                    break;
                case LedgerKeyKind.Request:
                    var request = Request(reader);
                    found(LedgerKey.Request(request.Digest), request);
                    break;
                case LedgerKeyKind.Hold:
                    var hold = Hold(reader);
                    found(LedgerKey.Hold(hold.Id), hold);
                    break;
                case LedgerKeyKind.Entry:
                    found(LedgerKey.Entry(reader.GetGuid(0), reader.GetInt64(1)), EntryOf(reader));
                    break;
                case LedgerKeyKind.Leg:
                    var leg = Leg(reader);
                    found(LedgerKey.Leg(leg.Transfer, leg.Number), leg);
                    break;
            }
        }
    }

    /// <summary>The wallet of a row that begins with <see cref="TermsColumns"/>, as it was opened.</summary>
    internal static WalletState BlankWallet(NpgsqlDataReader row) => WalletState.Blank(
        row.GetGuid(0), (AccountKind)row.GetInt16(1), row.GetString(2), row.GetString(3), row.GetInt16(4), row.Amount(5));

    private static WalletState Wallet(NpgsqlDataReader row, DateTimeOffset now) => BlankWallet(row) with
    {
        Status = (WalletStatus)row.GetInt16(6), Version = row.GetInt64(7), Balance = row.Amount(8), Held = row.Amount(9),
        Hash = row.GetFieldValue<byte[]>(10), ChangedAt = row.Time(11), Expected = row.GetInt32(12), Utmost = row.Amount(13),
        CountedAt = now,
    };

    private static KeyState Request(NpgsqlDataReader row)
    {
        var (digest, wallet) = (row.GetGuid(0), row.GetGuid(4));
        if (row.IsDBNull(12))
        {
            throw new InvalidDataException($"Key {digest} is answered by entry {row.GetInt64(10)} of wallet {wallet}, which is not there. "
                + "Somebody has changed the ledger past the service: akkacrypto verify-ledger tells what is missing.");
        }

        var answer = new WalletAnswer(
            WalletAnswer.DeedOf(digest, wallet, row.GetGuid(12), row.GetBoolean(13)), digest, wallet, row.GetString(5), row.GetInt16(6),
            row.Amount(7), row.Amount(8), row.Amount(9), row.GetInt64(10), (WalletStatus)row.GetInt16(11));
        return new(digest, row.GetGuid(1), answer, row.OrNull<Guid>(2), row.Time(3));
    }

    private static HoldState Hold(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetGuid(1), row.Amount(2), row.Amount(3), (HoldStatus)row.GetInt16(4), row.Time(5),
        row.IsDBNull(6) ? null : row.Time(6));

    /// <summary>A leg that came from another shard isn't direct, whether or not it was an exchange: its own row tells.</summary>
    private static EntryState EntryOf(NpgsqlDataReader row) => new(
        (EntryKind)row.GetInt16(2), IsExchange: !row.GetBoolean(3) && !row.GetBoolean(7), row.Amount(4), row.OrNull<Guid>(5),
        row.Amount(6));

    private static LegState Leg(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetInt16(1), row.GetGuid(2), new TransferLeg(row.GetGuid(3), row.Amount(4), row.Amount(5), row.GetString(6)),
        row.GetBoolean(7) ? EntryKind.Refund : EntryKind.TransferIn, (LegStatus)row.GetInt16(8), (LedgerCode?)row.OrNull<short>(9));

    private static async Task ReadTransfersAsync(
        NpgsqlDataReader row, LedgerKeyKind kind, Action<LedgerKey, LedgerState> found, CancellationToken cancellationToken)
    {
        var legs = new List<TransferLeg>();
        TransferState? transfer = null;
        while (await row.ReadAsync(cancellationToken))
        {
            if (transfer?.Id != row.GetGuid(0))
            {
                legs = [];
                transfer = new TransferState(
                    row.GetGuid(0), row.GetGuid(1), row.GetGuid(2), row.OrNull<Guid>(3), row.OrNull<long>(4), legs, row.GetString(5),
                    row.Time(6), row.IsDBNull(7) ? null : row.Time(7));
                found(new(kind, transfer.Id, Number: 0), transfer);
            }

            legs.Add(new TransferLeg(row.GetGuid(8), row.Amount(9), row.Amount(10), row.GetString(11)));
        }
    }
}
