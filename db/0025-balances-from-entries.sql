-- A wallet is what its last entry says, and that stands nowhere else: its row keeps what it was opened with, and is never changed. So a
-- commit appends only, no two tables can disagree, and no dead rows are left to be vacuumed. docs/ledger.md tells what refuses what.
DROP TRIGGER check_new_wallets ON ledger.wallets;
DROP TRIGGER check_wallets ON ledger.wallets;
DROP TRIGGER refuse_change ON ledger.wallets;
DROP FUNCTION ledger.check_wallets;

-- What it has promised to take (expected) is told by the legs.
ALTER TABLE ledger.wallets
    DROP COLUMN version, DROP COLUMN balance, DROP COLUMN held, DROP COLUMN state, DROP COLUMN expected, DROP COLUMN hash,
    DROP COLUMN changed_at;
ALTER TABLE ledger.wallets RESET (fillfactor);
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.wallets
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

-- Wallets and accounts as of their last entry. One that has no entry isn't there.
CREATE VIEW ledger.balances AS
SELECT w.id, w.kind, w.tenant, w.currency, w.decimals, w.overdraft, w.shard, e.version, e.state, e.balance, e.held, e.hash,
    e.time AS changed_at
FROM ledger.wallets w
CROSS JOIN LATERAL (
    SELECT version, state, balance, held, hash, time FROM ledger.entries WHERE wallet_id = w.id ORDER BY version DESC LIMIT 1) e;

ALTER TABLE ledger.entries
    ADD CONSTRAINT entries_known_state CHECK (state IN (0, 1, 2)),      -- open, frozen, closed
    ADD CONSTRAINT entries_held CHECK (held >= 0),
    ADD CONSTRAINT entries_closed_empty CHECK (state <> 2 OR (balance = 0 AND held = 0));

-- All entries of a commit are inserted by one statement, after the wallets that it opens and the legs that it changes. What is asked of
-- another row is asked only where it may matter: the entry before only for a wallet's first in the commit, the wallet only where its
-- overdraft is used, the legs only where a wallet is closed and not opened again by what comes back.
CREATE OR REPLACE FUNCTION ledger.check_entries() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong record;
BEGIN
    SELECT currency, sum(amount) AS sum INTO wrong FROM added WHERE amount <> 0
        GROUP BY shard, commit_no, currency, CASE WHEN direct THEN operation_id END HAVING sum(amount) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'Entries in % do not balance: they sum to %.', wrong.currency, wrong.sum USING ERRCODE = 'LE002';
    END IF;

    SELECT c.* INTO wrong
        FROM (
            SELECT wallet_id, version,
                CASE
                    WHEN last IS NOT NULL THEN version = last + 1 AND balance = before + amount
                    WHEN version = 0 THEN balance = amount AND EXISTS (SELECT FROM ledger.wallets w WHERE w.id = e.wallet_id)
                    ELSE EXISTS (SELECT FROM ledger.entries p
                        WHERE p.wallet_id = e.wallet_id AND p.version = e.version - 1 AND p.balance = e.balance - e.amount)
                END AS follows,
                balance >= held OR EXISTS (SELECT FROM ledger.wallets w
                    WHERE w.id = e.wallet_id AND (w.kind <> 0 OR e.balance - e.held >= -w.overdraft)) AS is_covered,
                state <> 2 OR NOT EXISTS (SELECT FROM ledger.transfer_legs l WHERE l.to_wallet = e.wallet_id AND l.state = 1)
                    OR EXISTS (SELECT FROM added a WHERE a.wallet_id = e.wallet_id AND a.version > e.version) AS keeps_word
            FROM (SELECT wallet_id, version, amount, balance, held, state, lag(version) OVER w AS last, lag(balance) OVER w AS before
                  FROM added WINDOW w AS (PARTITION BY wallet_id ORDER BY version)) e) c
        WHERE NOT (follows AND is_covered AND keeps_word) LIMIT 1;
    IF NOT FOUND THEN
        RETURN NULL;
    ELSIF NOT wrong.follows THEN
        RAISE EXCEPTION 'Entry % of % does not follow the one before it.', wrong.version, wrong.wallet_id USING ERRCODE = 'LE003';
    ELSIF NOT wrong.is_covered THEN
        RAISE EXCEPTION 'Entry % of % leaves less than may be there.', wrong.version, wrong.wallet_id USING ERRCODE = 'LE005';
    ELSE
        RAISE EXCEPTION 'Entry % of % closes it, and it has promised to take more.', wrong.version, wrong.wallet_id
            USING ERRCODE = 'LE008';
    END IF;
END $$;

-- The newest version of a wallet at a moment, by halving: its times never fall. Null before its first.
CREATE OR REPLACE FUNCTION ledger.version_at(of_wallet uuid, moment timestamptz) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
    low bigint := -1;
    high bigint;
    middle bigint;
BEGIN
    SELECT max(version) INTO high FROM ledger.entries WHERE wallet_id = of_wallet;
    WHILE low < high LOOP
        middle := (low + high + 1) / 2;
        IF (SELECT time <= moment FROM ledger.entries WHERE wallet_id = of_wallet AND version = middle) THEN
            low := middle;
        ELSE
            high := middle - 1;
        END IF;
    END LOOP;
    RETURN CASE WHEN low >= 0 THEN low END;
END $$;
