-- The row of a wallet is asked only for the first of its entries in a commit: each of the others follows the one before it in the same
-- commit. In a join the row was read for every entry, which for a busy wallet is a tenth of the work of its commit.
CREATE OR REPLACE FUNCTION ledger.check_entries() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong record;
BEGIN
    SELECT currency, sum(amount) AS sum INTO wrong FROM added WHERE amount <> 0
        GROUP BY shard, commit_no, currency, CASE WHEN direct THEN operation_id END HAVING sum(amount) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'Entries in % do not balance: they sum to %.', wrong.currency, wrong.sum USING ERRCODE = 'LE002';
    END IF;

    SELECT e.wallet_id, e.version INTO wrong
        FROM (SELECT wallet_id, version, amount, balance, lag(version) OVER w AS last, lag(balance) OVER w AS before
              FROM added WINDOW w AS (PARTITION BY wallet_id ORDER BY version)) e
        WHERE CASE
            WHEN e.last IS NOT NULL THEN e.version <> e.last + 1 OR e.balance <> e.before + e.amount
            WHEN e.version = 0 THEN e.balance <> e.amount OR EXISTS (SELECT FROM ledger.wallets a WHERE a.id = e.wallet_id)
            ELSE NOT EXISTS (SELECT FROM ledger.wallets a
                WHERE a.id = e.wallet_id AND a.version = e.version - 1 AND a.balance = e.balance - e.amount)
        END LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'Entry % of % does not follow the one before it.', wrong.version, wrong.wallet_id USING ERRCODE = 'LE003';
    END IF;
    RETURN NULL;
END $$;
