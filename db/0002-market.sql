-- Exchanges and pairs get small numbers once, so that the big tables stay narrow. A number is never given back.
CREATE TABLE market.exchanges (
    exchange_id smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text NOT NULL UNIQUE CHECK (name <> '')
);

CREATE TABLE market.currency_pairs (
    currency_pair_no integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    exchange_id      smallint NOT NULL REFERENCES market.exchanges,
    pair             text NOT NULL CHECK (pair LIKE '_%-_%'),
    UNIQUE (exchange_id, pair)
);

-- Events: the first write of a key wins. No foreign keys here: a check per row would cost more than the row, and numbers come only
-- from the two tables above, which are never deleted from.
CREATE TABLE market.trades (
    time_ns          bigint NOT NULL,               -- provider's time, nanoseconds since 1970 UTC
    received_at      timestamptz NOT NULL,          -- this system's time
    currency_pair_no integer NOT NULL,
    exchange_id      smallint NOT NULL,
    taker_side       smallint CHECK (taker_side IN (1, 2)),  -- 1 buy, 2 sell, null unknown
    time_digits      smallint NOT NULL,             -- digits of a second that the provider gave
    trade_id         text COLLATE "C" NOT NULL,
    price            numeric NOT NULL CHECK (price > 0),
    quantity         numeric NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (exchange_id, currency_pair_no, trade_id)
);
CREATE INDEX trades_by_time ON market.trades (exchange_id, currency_pair_no, time_ns, trade_id);

CREATE TABLE market.order_book_snapshots (
    snapshot_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    exchange_id      smallint NOT NULL,
    currency_pair_no integer NOT NULL,
    server_time_ms   bigint NOT NULL,
    sequence_id      bigint NOT NULL DEFAULT 0,     -- 0: the provider numbers nothing
    time_ns          bigint NOT NULL,
    time_digits      smallint NOT NULL,
    received_at      timestamptz NOT NULL,
    content_hash     bytea NOT NULL,                -- SHA-256 of the levels, to tell a repeat from a contradiction
    UNIQUE (exchange_id, currency_pair_no, server_time_ms, sequence_id)
);

CREATE TABLE market.order_book_levels (
    snapshot_id bigint NOT NULL REFERENCES market.order_book_snapshots ON DELETE CASCADE,
    side        smallint NOT NULL CHECK (side IN (1, 2)),  -- 1 bid, 2 ask
    level_index smallint NOT NULL,                  -- 0 is the best
    price       numeric NOT NULL CHECK (price > 0),
    quantity    numeric NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (snapshot_id, side, level_index)
);

-- Latest values: the newest by the provider's own time wins, a late one never goes back.
CREATE TABLE market.simple_prices (
    asset       text COLLATE "C" NOT NULL,
    currency    text COLLATE "C" NOT NULL,
    price       numeric,
    market_cap  numeric,
    volume_24h  numeric,
    change_24h  numeric,                            -- percent
    time_ns     bigint NOT NULL,
    time_digits smallint NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (asset, currency)
);

-- Revisable series: another value under the same bucket appends a revision; the highest is served.
CREATE TABLE market.chart_points (
    asset            text COLLATE "C" NOT NULL,
    currency         text COLLATE "C" NOT NULL,
    interval         text COLLATE "C" NOT NULL,     -- daily, hourly
    bucket_start     timestamptz NOT NULL,
    revision         integer NOT NULL,              -- 0, 1, 2, …
    provider_time_ns bigint NOT NULL,               -- the provider's own, off-grid time
    time_digits      smallint NOT NULL,
    price            numeric,
    market_cap       numeric,
    volume           numeric,
    known_at         timestamptz NOT NULL,          -- since when this system knows it
    PRIMARY KEY (asset, currency, interval, bucket_start, revision)
);
