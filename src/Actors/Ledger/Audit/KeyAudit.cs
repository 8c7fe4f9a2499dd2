using System.Globalization;
using AkkaCrypto.Contracts.Ledger;
using AkkaCrypto.Storage.Postgres;
using Npgsql;

namespace AkkaCrypto.Actors.Ledger.Audit;

/// <summary>Every kept answer is the one that follows from the entry that it tells of, to the byte.</summary>
internal sealed class KeyAudit(Findings findings, LedgerReport report)
{
    private const int Created = 201;

    /// <summary>
    /// Which entry an answer tells of stands in its own text; that it is the right one is seen by comparing it whole. Ids and versions are
    /// compared as text: no text is none, and patterns would take the server ten times as long.
    /// </summary>
    private const string Keys = """
        SELECT k.digest, k.tenant, k.path, k.key, k.transfer_id, k.status, k.location, k.body, t.id IS NOT NULL AND t.undone_at IS NULL,
            w.id, w.decimals, coalesce(w.overdraft, 0), w.currency, e.version, coalesce(e.balance, 0), coalesce(e.held, 0), e.state,
            e.operation_id, e.counterparty
        FROM ledger.request_keys k
        LEFT JOIN ledger.transfers t ON t.id = k.transfer_id
        LEFT JOIN ledger.wallets w ON '/wallets/' || w.id || '/' = CASE WHEN k.path = '/wallets' THEN '/wallets/' || k.digest || '/'
            ELSE left(k.path, 46) END
        LEFT JOIN ledger.entries e ON e.wallet_id = w.id
            AND e.version::text = split_part(split_part(split_part(k.body, '"version":', 2), ',', 1), '}', 1)
        """;

    public async Task RunAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Keys, connection) { CommandTimeout = 0 };
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken) && !findings.IsFull)
        {
            report.Keys++;
            Check(row);
        }
    }

    private void Check(NpgsqlDataReader row)
    {
        var (digest, path) = (row.GetGuid(0), row.GetString(2));
        var place = $"idempotency key {digest}";
        if (Digests.Of(row.GetString(1), path, row.GetString(3)) is var own && own != digest)
        {
            findings.Add("key", place, $"the digest {own} of its tenant, path and key", $"{digest}");
        }

        if (row.OrNull<Guid>(4) is { } transfer && (transfer != digest || !row.GetBoolean(8)))
        {
            findings.Add("key", place, $"transfer {digest}, there and not undone", $"{transfer}");
        }

        // Keys of other paths are of callers within the process, whose answers tell of a wallet that only the caller knows.
        if (path == "/wallets" || path.StartsWith("/wallets/", StringComparison.Ordinal))
        {
            CheckAnswer(row, digest, path, place);
        }
    }

    private void CheckAnswer(NpgsqlDataReader row, Guid digest, string path, string place)
    {
        var found = new StoredAnswer(row.GetInt16(5), row.TextOrNull(6), row.GetString(7));
        if (row.IsDBNull(9) || row.IsDBNull(13))
        {
            findings.Add("key", place, "an answer of a wallet and a version of it that are there", Text(found));
            return;
        }

        var (values, fault) = AuditRows.Read(row, WalletThen);
        if (values is not { } wallet || !Enum.IsDefined(wallet.Status))
        {
            findings.Add("key", place, "an entry that can be read", fault ?? "an unknown state");
            return;
        }

        var isOwn = row.GetGuid(17) == digest;
        var answer = path == "/wallets" ? Answers.Wallet(wallet)
            : isOwn && !row.IsDBNull(18) ? Answers.Transfer(digest, wallet)
            : Answers.Mutation(digest, wallet);
        if (answer != found || found.Status != Created)
        {
            findings.Add("key", place, Text(answer), Text(found));
        }
        else if (!isOwn && path != "/wallets" && !MayChangeNothing(path))
        {
            findings.Add("key", place, $"entry {wallet.Version} of wallet {wallet.Id} made by it", $"by {row.GetGuid(17)}");
        }
    }

    private static WalletState WalletThen(NpgsqlDataReader row) => new(
        row.GetGuid(9), AccountKind.Wallet, row.GetString(1), row.GetString(12), row.GetInt16(10), row.Amount(11),
        (WalletStatus)row.GetInt16(16), row.GetInt64(13), row.Amount(14), row.Amount(15), 0, [], default);

    private static bool MayChangeNothing(string path) =>
        path.EndsWith("/freeze", StringComparison.Ordinal) || path.EndsWith("/unfreeze", StringComparison.Ordinal);

    private static string Text(StoredAnswer answer) =>
        string.Create(CultureInfo.InvariantCulture, $"{answer.Status} {answer.Location} {answer.Body}");
}
