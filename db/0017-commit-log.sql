-- What was committed, in one order for all nodes: the log behind /stream/trades and /stream/prices.
--
-- A batch of trades says in its own transaction what it wrote: one row for each run of minutes (both ends inclusive) of a pair. Its trades
-- are those of the pair in these minutes whose xmin is the row's xid, so the log repeats none of them. Rows get their position afterwards,
-- by one node at a time under a lock: a position is given to what has been committed, and a later round only gives higher ones, so a
-- reader that has seen a position will never see a lower one appear.
CREATE SEQUENCE market.commit_positions;

-- Written by the batches; no index, for it is read whole and nearly empty.
CREATE TABLE market.unplaced_commits (
    xid              xid8 NOT NULL,
    exchange_id      smallint NOT NULL,
    currency_pair_no integer NOT NULL,
    from_minute      integer NOT NULL,
    to_minute        integer NOT NULL
) WITH (autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0, autovacuum_analyze_threshold = 1000000);

CREATE TABLE market.commit_log (
    position         bigint NOT NULL,               -- one for each transaction and pair
    run              integer NOT NULL,
    xid              xid8 NOT NULL,
    exchange_id      smallint NOT NULL,
    currency_pair_no integer NOT NULL,
    from_minute      integer NOT NULL,
    to_minute        integer NOT NULL,
    placed_at        timestamptz NOT NULL,
    PRIMARY KEY (position, run)
);
CREATE INDEX commit_log_by_pair ON market.commit_log (currency_pair_no, position);

-- The newest position of a pair that is no longer in the log.
CREATE TABLE market.commit_log_ends (
    currency_pair_no integer PRIMARY KEY,
    position         bigint NOT NULL
);

-- Which table the xids of the log are of. Restored from a backup, trades stand under other xids: then the log begins anew.
CREATE TABLE market.commit_log_origin (
    system_identifier bigint NOT NULL,
    trades_table      oid NOT NULL
);
INSERT INTO market.commit_log_origin
SELECT system_identifier, 'market.trades'::regclass::oid FROM pg_control_system();

-- Prices are latest values: of each the newest is in the log, with the position at which it became that.
CREATE TABLE market.unplaced_prices (
    asset    text COLLATE "C" NOT NULL,
    currency text COLLATE "C" NOT NULL
) WITH (autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0, autovacuum_analyze_threshold = 1000000);
INSERT INTO market.unplaced_prices SELECT asset, currency FROM market.simple_prices;

CREATE TABLE market.price_log (
    asset       text COLLATE "C" NOT NULL,
    currency    text COLLATE "C" NOT NULL,
    position    bigint NOT NULL,
    price       numeric,
    market_cap  numeric,
    volume_24h  numeric,
    change_24h  numeric,
    time_ns     bigint NOT NULL,
    time_digits smallint NOT NULL,
    PRIMARY KEY (asset, currency)
);
CREATE INDEX price_log_by_position ON market.price_log (position);
