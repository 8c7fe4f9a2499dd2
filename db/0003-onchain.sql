-- Revisable series of on-chain metrics: another value under the same key appends a revision; the highest is served.
CREATE TABLE onchain.points (
    asset       text COLLATE "C" NOT NULL,
    metric      text COLLATE "C" NOT NULL,
    source      text COLLATE "C" NOT NULL,
    interval    text COLLATE "C" NOT NULL,          -- day, hour, block
    time        timestamptz NOT NULL,               -- start of the interval
    revision    integer NOT NULL,
    time_digits smallint NOT NULL,
    value       numeric,                            -- null: the provider has no data for it
    known_at    timestamptz NOT NULL,
    PRIMARY KEY (asset, metric, source, interval, time, revision)
);
