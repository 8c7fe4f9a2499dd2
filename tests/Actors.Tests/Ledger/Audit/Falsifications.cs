namespace AkkaCrypto.Actors.Tests.Ledger.Audit;

/// <summary>Ways to change a ledger behind its back, each with the check that must find it.</summary>
public static class Falsifications
{
    public static readonly TheoryData<string, string> All = new()
    {
        { "chain", "UPDATE ledger.entries SET amount = amount + 1, balance = balance + 1 WHERE version = 2 AND kind = 2" },
        { "version", "DELETE FROM ledger.entries WHERE version = 1 AND kind = 1" },
        { "wallet", "DELETE FROM ledger.wallets w USING ledger.balances b WHERE b.id = w.id AND b.kind = 0 AND b.state = 1" },
        { "wallet", "DELETE FROM ledger.entries WHERE wallet_id = (SELECT id FROM ledger.balances WHERE state = 2)" },
        {
            "commit",
            "DELETE FROM ledger.entries e USING ledger.balances b WHERE b.id = e.wallet_id AND b.version = e.version AND b.version > 5"
        },
        {
            "wallet",
            "INSERT INTO ledger.wallets (id, overdraft, kind, decimals, shard, currency, tenant) "
            + "VALUES (gen_random_uuid(), 0, 0, 2, 0, 'USD', 'nobody')"
        },
        {
            "version",
            "INSERT INTO ledger.entries SELECT wallet_id, version + 1000, time, commit_no, refund_of, shard, "
            + "kind, state, direct, amount, balance, held, operation_id, hold_id, counterparty, currency, "
            + "reference, hash FROM ledger.entries WHERE kind = 3 LIMIT 1"
        },
        {
            "chain",
            "UPDATE ledger.entries SET version = 3 - version WHERE version IN (1, 2) AND wallet_id = (SELECT "
            + "wallet_id FROM ledger.entries WHERE kind = 2 AND version = 2 LIMIT 1)"
        },
        { "entry", "UPDATE ledger.entries SET time = '20000-01-01Z' WHERE kind = 4" },
        { "entry", "UPDATE ledger.entries SET amount = 'NaN' WHERE kind = 4" },
        { "kind", "UPDATE ledger.entries SET kind = kind + 256 WHERE version = 0" },
        { "commit", "DELETE FROM ledger.commits c WHERE number = (SELECT max(commit_no) FROM ledger.entries e WHERE e.shard = c.shard)" },
        { "commit", "UPDATE ledger.commits SET entries = entries + 1 WHERE number = 3" },
        { "commit", "UPDATE ledger.commits SET number = 100000 WHERE number = 2" },
        { "seal", "UPDATE ledger.commits SET root = sha256(root) WHERE number = 2" },
        { "seal", "UPDATE ledger.commits SET leaves = sha256(leaves) WHERE number = 2" },
        { "seal", "UPDATE ledger.commits SET previous_head = sha256(previous_head) WHERE number = 2" },
        { "seal", "UPDATE ledger.commits SET head = sha256(head) WHERE number = 2" },
        { "seal", "UPDATE ledger.commits SET time = time + interval '1 microsecond' WHERE number = 2" },
        { "seal", "UPDATE ledger.commits SET epoch = epoch + 1 WHERE number > 2" },
        {
            "seal",
            "UPDATE ledger.commits SET leaves = NULL, root = NULL, previous_head = NULL, head = NULL, key_id = NULL, signature = NULL "
            + "WHERE number = 2"
        },
        {
            "seal",
            "UPDATE ledger.commits SET leaves = NULL, root = NULL, previous_head = NULL, head = NULL, key_id = NULL, signature = NULL "
            + "WHERE number = 1"
        },
        {
            "seal",
            "WITH gone AS (DELETE FROM ledger.commits WHERE number = 1 RETURNING shard), moved AS (UPDATE ledger.entries e "
            + "SET commit_no = commit_no - 1 FROM gone WHERE e.shard = gone.shard AND commit_no > 1) "
            + "UPDATE ledger.commits c SET number = number - 1 FROM gone WHERE c.shard = gone.shard AND number > 1"
        },
        { "signature", "UPDATE ledger.commits SET signature = sha256(signature) WHERE number = 2" },
        { "signature", "UPDATE ledger.commits SET signature = set_byte(signature, 20, get_byte(signature, 20) # 1) WHERE number = 2" },
        { "signature", "UPDATE ledger.commits SET key_id = gen_random_uuid() WHERE number = 2" },
        { "key", "UPDATE ledger.signing_keys SET public_key = sha256(public_key)" },
        { "key", "UPDATE ledger.signing_keys SET id = gen_random_uuid()" },
        { "commit", "UPDATE ledger.commits SET time = '20000-01-01Z' WHERE number = 2" },
        { "epoch", "UPDATE ledger.commits SET epoch = 7 WHERE number = 2" },
        { "chain", "UPDATE ledger.wallets SET tenant = 'thief' WHERE kind = 0" },
        { "chain", "UPDATE ledger.wallets SET decimals = decimals - 1 WHERE kind = 0" },
        { "chain", "UPDATE ledger.wallets SET overdraft = overdraft + 1 WHERE kind = 0" },
        { "chain", "UPDATE ledger.wallets SET currency = 'EUR' WHERE kind = 0" },
        { "chain", "UPDATE ledger.wallets SET kind = 2 WHERE kind = 1" },
        { "wallet", "UPDATE ledger.wallets SET shard = shard + 1 WHERE kind = 2 AND shard = 0" },
        { "chain", "UPDATE ledger.wallets SET overdraft = 199 WHERE overdraft = 300" },
        { "wallet", "UPDATE ledger.holds SET amount = amount + 1 WHERE state = 0" },
        { "hold", "UPDATE ledger.holds SET amount = amount + 1 WHERE state = 2" },
        { "hold", "UPDATE ledger.holds SET captured = captured - 1 WHERE state = 1" },
        { "hold", "UPDATE ledger.holds SET state = 2 WHERE state = 3" },
        { "hold", "UPDATE ledger.holds SET opened_at = now() + interval '100 years' WHERE state = 3" },
        { "hold", "UPDATE ledger.holds SET expires_at = expires_at + interval '1 microsecond' WHERE expires_at IS NOT NULL" },
        { "hold", "UPDATE ledger.holds SET expires_at = NULL WHERE expires_at IS NOT NULL" },
        { "hold", "UPDATE ledger.holds SET expires_at = 'infinity' WHERE expires_at IS NOT NULL" },
        { "hold", "UPDATE ledger.holds SET expires_at = now() + interval '100 years' WHERE expires_at IS NULL AND state = 0" },
        {
            "chain",
            "WITH moved AS (UPDATE ledger.holds SET expires_at = NULL WHERE expires_at IS NOT NULL RETURNING id) "
            + "UPDATE ledger.entries SET hold_ends = NULL FROM moved WHERE hold_id = id AND kind = 5"
        },
        { "hold", "DELETE FROM ledger.holds WHERE state = 1" },
        { "hold", "INSERT INTO ledger.holds VALUES (gen_random_uuid(), gen_random_uuid(), 1, 0, 2, now())" },
        { "refund", "UPDATE ledger.entries SET refund_of = 0 WHERE refund_of = 1" },
        { "transit", "UPDATE ledger.transfer_legs SET state = 4, refusal = NULL WHERE state = 0" },
        { "wallet", "UPDATE ledger.transfer_legs SET to_wallet = (SELECT id FROM ledger.balances WHERE state = 2) WHERE state = 1" },
        { "transfer", "UPDATE ledger.transfer_legs SET state = 2 WHERE state = 0" },
        { "transfer", "UPDATE ledger.transfer_legs SET state = 5 WHERE state = 4" },
        { "transfer", "UPDATE ledger.transfer_legs SET state = 9 WHERE state = 0" },
        { "transit", "UPDATE ledger.transfer_legs SET credit = credit + 1 WHERE state = 0" },
        { "transfer", "UPDATE ledger.transfer_legs SET debit = debit + 1 WHERE state = 4" },
        { "transfer", "UPDATE ledger.transfer_legs SET credit = credit + 1 WHERE state = 5" },
        { "transfer", "UPDATE ledger.transfer_legs SET to_wallet = gen_random_uuid() WHERE state = 0" },
        { "transfer", "UPDATE ledger.transfer_legs SET source = gen_random_uuid() WHERE state = 4" },
        { "transfer", "UPDATE ledger.transfer_legs SET exchanged = NOT exchanged WHERE state = 4" },
        { "transfer", "UPDATE ledger.transfer_legs SET currency = 'KRW' WHERE state = 0" },
        { "transfer", "DELETE FROM ledger.transfer_legs WHERE leg = 1" },
        {
            "transfer",
            "WITH gone AS (DELETE FROM ledger.transfers WHERE undone_at IS NOT NULL RETURNING id) DELETE FROM "
            + "ledger.transfer_legs USING gone WHERE transfer_id = id"
        },
        { "transfer", "UPDATE ledger.transfers SET undone_at = NULL WHERE undone_at IS NOT NULL" },
        { "transfer", "UPDATE ledger.transfers SET source = gen_random_uuid()" },
        { "transfer", "UPDATE ledger.transfers SET request = gen_random_uuid()" },
        { "transfer", "UPDATE ledger.transfers SET hold_id = gen_random_uuid() WHERE hold_id IS NOT NULL" },
        { "key", "UPDATE ledger.request_keys SET version = version + 1 WHERE digest <> wallet_id" },
        { "key", "UPDATE ledger.request_keys SET version = version - 1 WHERE version > 1 AND digest <> wallet_id" },
        {
            "key",
            "UPDATE ledger.request_keys k SET wallet_id = e.wallet_id, version = e.version FROM ledger.entries e "
            + "WHERE e.operation_id = k.digest AND e.wallet_id <> k.wallet_id"
        },
        { "key", "UPDATE ledger.request_keys SET version = version + 1000 WHERE digest = wallet_id" },
        { "key", "UPDATE ledger.request_keys SET wallet_id = gen_random_uuid()" },
        {
            "key",
            "UPDATE ledger.request_keys k SET wallet_id = o.id, version = 0 FROM ledger.wallets o WHERE o.kind = 0 AND o.id <> k.wallet_id "
            + "AND k.version > 0"
        },
        { "key", "UPDATE ledger.request_keys k SET wallet_id = o.id, version = 0 FROM ledger.wallets o WHERE o.kind = 1" },
        { "key", "UPDATE ledger.request_keys SET transfer_id = digest WHERE transfer_id IS NULL" },
        { "key", "UPDATE ledger.request_keys SET transfer_id = gen_random_uuid() WHERE transfer_id IS NOT NULL" },
    };
}
