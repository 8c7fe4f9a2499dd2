-- Wallets on a double-entry ledger. docs/ledger.md tells how it is written; what stands here holds whoever writes it.
CREATE SCHEMA ledger;

-- How many shards the wallets are spread over. A wallet's shard follows from its id and this number, so it never changes.
CREATE TABLE ledger.layout (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    shards   smallint NOT NULL CHECK (shards > 0)
);

-- Who owns a shard. Taking it raises the epoch under this row's lock; a commit holds the row FOR SHARE with the epoch that it was decided
-- under, so none of an earlier owner can land after a later one has taken the shard and loaded.
CREATE TABLE ledger.shards (
    shard    smallint PRIMARY KEY,
    epoch    bigint NOT NULL,
    owner    uuid NOT NULL,
    taken_at timestamptz NOT NULL DEFAULT now()
);

CREATE FUNCTION ledger.require_epoch(of_shard smallint, of_epoch bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM ledger.shards WHERE shard = of_shard AND epoch = of_epoch FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Shard % is not owned under epoch %.', of_shard, of_epoch USING ERRCODE = 'LE001';
    END IF;
END $$;

CREATE TABLE ledger.commits (
    shard   smallint NOT NULL,
    number  bigint NOT NULL,                        -- 1, 2, … for each shard
    epoch   bigint NOT NULL,
    time    timestamptz NOT NULL,
    entries integer NOT NULL,
    PRIMARY KEY (shard, number)
);

-- Wallets (kind 0) and, for each shard and currency, an account of the world outside (1: it is the negative of what came in) and one of
-- the money between shards (2). Each row says what its last entry says.
CREATE TABLE ledger.wallets (
    id        uuid PRIMARY KEY,
    version   bigint NOT NULL CHECK (version >= 0),
    balance   numeric(38,0) NOT NULL,               -- in minor units of the currency, as all amounts here
    held      numeric(38,0) NOT NULL CHECK (held >= 0),
    overdraft numeric(38,0) NOT NULL CHECK (overdraft >= 0),
    kind      smallint NOT NULL CHECK (kind IN (0, 1, 2)),
    state     smallint NOT NULL CHECK (state IN (0, 1, 2)),    -- open, frozen, closed
    decimals  smallint NOT NULL CHECK (decimals BETWEEN 0 AND 30),
    shard     smallint NOT NULL,
    expected  integer NOT NULL CHECK (expected >= 0),          -- credits that it has promised to take
    currency  text COLLATE "C" NOT NULL,
    tenant    text COLLATE "C" NOT NULL,
    hash      bytea NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT wallets_covered CHECK (kind <> 0 OR balance - held >= -overdraft),
    CONSTRAINT wallets_closed_empty CHECK (state <> 2 OR (balance = 0 AND held = 0 AND expected = 0))
) WITH (fillfactor = 50);

-- What happened to each wallet: immutable, hash-chained, with the running balance. A change that moves no money has the amount 0, so that
-- the last entry before a moment tells all of the wallet at that moment.
CREATE TABLE ledger.entries (
    wallet_id    uuid NOT NULL,
    version      bigint NOT NULL,                   -- 0, 1, … without a gap
    time         timestamptz NOT NULL,              -- never before the previous entry's
    commit_no    bigint NOT NULL,
    refund_of    bigint,                            -- version of the entry that this one gives back
    shard        smallint NOT NULL,
    kind         smallint NOT NULL,                 -- EntryKind
    state        smallint NOT NULL,                 -- of the wallet after it
    direct       boolean NOT NULL,                  -- its operation balances without the world and without transit
    amount       numeric(38,0) NOT NULL,
    balance      numeric(38,0) NOT NULL,
    held         numeric(38,0) NOT NULL,
    operation_id uuid NOT NULL,                     -- of the command; of a transfer, the same on all its entries
    hold_id      uuid,
    counterparty uuid,
    currency     text COLLATE "C" NOT NULL,
    reference    text,
    hash         bytea NOT NULL,                    -- SHA-256 over the previous entry's hash and this entry
    PRIMARY KEY (wallet_id, version)
);
CREATE INDEX entries_refunds ON ledger.entries (wallet_id, refund_of) WHERE refund_of IS NOT NULL;

-- All entries of a commit are inserted by one statement, before the wallets' rows are.
CREATE FUNCTION ledger.check_entries() RETURNS trigger LANGUAGE plpgsql AS $$
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
        LEFT JOIN ledger.wallets a ON e.last IS NULL AND a.id = e.wallet_id
        WHERE e.version <> coalesce(e.last, a.version, -1) + 1 OR e.balance <> coalesce(e.before, a.balance, 0) + e.amount LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'Entry % of % does not follow the one before it.', wrong.version, wrong.wallet_id USING ERRCODE = 'LE003';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER check_entries AFTER INSERT ON ledger.entries
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger.check_entries();

CREATE FUNCTION ledger.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Rows of %.% are never changed by %.', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP USING ERRCODE = 'LE004';
END $$;
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.entries
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.commits
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER refuse_change BEFORE DELETE OR TRUNCATE ON ledger.wallets
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

CREATE FUNCTION ledger.check_wallets() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong uuid;
BEGIN
    SELECT w.id INTO wrong FROM changed w LEFT JOIN ledger.entries e ON e.wallet_id = w.id AND e.version = w.version
        WHERE (e.balance = w.balance AND e.held = w.held AND e.hash = w.hash AND e.state = w.state) IS NOT TRUE LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'Wallet % does not say what its last entry says.', wrong USING ERRCODE = 'LE005';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER check_new_wallets AFTER INSERT ON ledger.wallets
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ledger.check_wallets();
CREATE TRIGGER check_wallets AFTER UPDATE ON ledger.wallets
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ledger.check_wallets();

-- The newest version of a wallet at a moment, by halving: its times never fall. Null before its first.
CREATE FUNCTION ledger.version_at(of_wallet uuid, moment timestamptz) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
    low bigint := -1;
    high bigint;
    middle bigint;
BEGIN
    SELECT version INTO high FROM ledger.wallets WHERE id = of_wallet;
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

CREATE TABLE ledger.holds (
    id         uuid PRIMARY KEY,
    wallet_id  uuid NOT NULL,
    amount     numeric(38,0) NOT NULL CHECK (amount > 0),
    captured   numeric(38,0) NOT NULL CHECK (captured BETWEEN 0 AND amount),
    state      smallint NOT NULL,                   -- HoldState
    opened_at  timestamptz NOT NULL,
    expires_at timestamptz
);
CREATE INDEX holds_by_wallet ON ledger.holds (wallet_id);
CREATE INDEX holds_to_expire ON ledger.holds (expires_at) WHERE state = 0 AND expires_at IS NOT NULL;

-- What was answered under a key, written with what the command did. The digest is of tenant, path and key: 16 bytes in the index instead
-- of a hundred, of which a busy day has millions.
CREATE TABLE ledger.request_keys (
    digest      uuid PRIMARY KEY,
    fingerprint uuid NOT NULL,                      -- of the request
    created_at  timestamptz NOT NULL,
    transfer_id uuid,                               -- the answer holds once this transfer has ended, done
    status      smallint NOT NULL,
    tenant      text NOT NULL,
    path        text NOT NULL,
    key         text NOT NULL,
    location    text,
    body        text NOT NULL
);
CREATE INDEX request_keys_by_age ON ledger.request_keys USING brin (created_at) WITH (pages_per_range = 16);

-- Transfers to wallets of other shards. The source has paid when the row is there; each leg is then the business of its wallet's shard.
CREATE TABLE ledger.transfers (
    id         uuid PRIMARY KEY,
    source     uuid NOT NULL,
    request    uuid NOT NULL,                       -- digest of its idempotency key
    hold_id    uuid,                                -- opened again if the transfer is undone
    refund_of  bigint,
    started_at timestamptz NOT NULL,
    undone_at  timestamptz
);
CREATE TABLE ledger.transfer_legs (
    transfer_id uuid NOT NULL,
    leg         smallint NOT NULL,
    to_wallet   uuid NOT NULL,
    state       smallint NOT NULL,                  -- LegState
    refusal     smallint,                           -- LedgerCode
    exchanged   boolean NOT NULL,
    debit       numeric(38,0) NOT NULL CHECK (debit > 0),
    credit      numeric(38,0) NOT NULL CHECK (credit > 0),
    currency    text COLLATE "C" NOT NULL,          -- of the credit
    PRIMARY KEY (transfer_id, leg)
);
CREATE INDEX transfer_legs_open ON ledger.transfer_legs (transfer_id) WHERE state NOT IN (4, 5);

CREATE FUNCTION ledger.check_legs() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong record;
BEGIN
    SELECT o.transfer_id, o.leg, o.state AS was, n.state AS is INTO wrong
        FROM before o FULL JOIN after n USING (transfer_id, leg)
        WHERE (o.to_wallet, o.debit, o.credit, o.currency) IS DISTINCT FROM (n.to_wallet, n.debit, n.credit, n.currency)
            OR (o.state, n.state) NOT IN ((0, 1), (0, 2), (0, 4), (1, 3), (1, 4), (0, 5), (2, 5), (3, 5)) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'Leg % of transfer % cannot go from state % to %.', wrong.leg, wrong.transfer_id, wrong.was, wrong.is
            USING ERRCODE = 'LE006';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER check_legs AFTER UPDATE ON ledger.transfer_legs
    REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION ledger.check_legs();
CREATE TRIGGER refuse_change BEFORE DELETE OR TRUNCATE ON ledger.transfer_legs
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
