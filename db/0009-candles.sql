-- Candles made from stored trades. Recomputed, never incremented: 1m from trades, each higher level from the one below. Another value
-- appends a revision; the highest is served. A higher candle whose time is not over is a row without values: it stands for what the level
-- below it says, so an unfinished day costs one row and not one for each second of it.
CREATE TABLE market.candles (
    exchange_id      smallint NOT NULL,
    currency_pair_no integer NOT NULL,
    interval_minutes smallint NOT NULL CHECK (interval_minutes IN (1, 5, 15, 60, 240, 1440)),
    open_minute      integer NOT NULL,              -- minutes since 1970 UTC, a multiple of the interval
    revision         integer NOT NULL,              -- 0, 1, 2, …
    known_at         timestamptz NOT NULL,          -- since when this system knows it
    close_time_ns    bigint,                        -- time of the last trade in it
    open             numeric,                       -- null, with all values: read the level below
    high             numeric,
    low              numeric,
    close            numeric,
    volume           numeric,                       -- exact, however many digits that takes
    PRIMARY KEY (exchange_id, currency_pair_no, interval_minutes, open_minute, revision)
);

-- The higher candles whose last row has no values, by the end of their time: when that is reached they are computed.
CREATE TABLE market.unfinished_candles (
    close_minute     integer NOT NULL,
    exchange_id      smallint NOT NULL,
    currency_pair_no integer NOT NULL,
    interval_minutes smallint NOT NULL,
    open_minute      integer NOT NULL,
    PRIMARY KEY (close_minute, exchange_id, currency_pair_no, interval_minutes)
);

-- Runs of minutes (both ends inclusive) into which a transaction wrote trades; written by that transaction, taken away by the one that
-- recomputes them. Each transaction adds rows of its own, so writers never wait for each other or for the recomputing, and a touch that
-- comes while its minute is being recomputed stays for the next time. No index: it is read whole and nearly empty.
CREATE TABLE market.touched_minutes (
    exchange_id      smallint NOT NULL,
    currency_pair_no integer NOT NULL,
    from_minute      integer NOT NULL,
    to_minute        integer NOT NULL
) WITH (autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0, autovacuum_analyze_threshold = 1000000);

-- Trades that were stored before there were candles.
INSERT INTO market.touched_minutes
SELECT DISTINCT exchange_id, currency_pair_no, minute, minute
FROM market.trades, LATERAL (SELECT floor(time_ns / 60000000000.0)::integer AS minute) AS of;

-- Candles as providers give them, kept apart from those made of trades. Providers correct them: another value appends a revision.
CREATE TABLE market.provider_candles (
    exchange_id      smallint NOT NULL,
    currency_pair_no integer NOT NULL,
    interval_minutes smallint NOT NULL CHECK (interval_minutes IN (1, 5, 15, 60, 240, 1440)),
    open_minute      integer NOT NULL,
    revision         integer NOT NULL,
    known_at         timestamptz NOT NULL,
    open             numeric NOT NULL,
    high             numeric NOT NULL,
    low              numeric NOT NULL,
    close            numeric NOT NULL,
    volume           numeric,
    PRIMARY KEY (exchange_id, currency_pair_no, interval_minutes, open_minute, revision)
);

-- Latest values: the newest by the provider's own time wins; of tickers without one, the newest arrival.
CREATE TABLE market.tickers (
    exchange_id      smallint NOT NULL,
    currency_pair_no integer NOT NULL,
    last             numeric,
    bid              numeric,
    ask              numeric,
    high             numeric,
    low              numeric,
    volume           numeric,                       -- 24 hours, in the target currency
    time_ns          bigint,                        -- null: the provider gives none
    time_digits      smallint NOT NULL,
    received_at      timestamptz NOT NULL,
    PRIMARY KEY (exchange_id, currency_pair_no)
);
