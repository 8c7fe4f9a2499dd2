-- How far each series has come; moved in the same transaction as the rows, by compare-and-set on version.
CREATE TABLE ops.feed_positions (
    provider    text COLLATE "C" NOT NULL,
    dataset     text COLLATE "C" NOT NULL,
    series      text COLLATE "C" NOT NULL,
    time_ns     bigint NOT NULL,                    -- provider's time of the newest committed record
    time_digits smallint NOT NULL,                  -- digits of a second that the provider gave
    record_id   text COLLATE "C" NOT NULL,          -- its id, where records have one, else ''
    version     bigint NOT NULL,
    updated_at  timestamptz NOT NULL,
    PRIMARY KEY (provider, dataset, series)
);

-- What is known to be missing: everything after (from_time_ns, from_id) and before (to_time_ns, to_id), both of which are stored.
CREATE TABLE ops.gaps (
    gap_id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    provider     text COLLATE "C" NOT NULL,
    dataset      text COLLATE "C" NOT NULL,
    series       text COLLATE "C" NOT NULL,
    from_time_ns bigint NOT NULL,
    from_digits  smallint NOT NULL,
    from_id      text COLLATE "C" NOT NULL,
    to_time_ns   bigint NOT NULL,
    to_digits    smallint NOT NULL,
    to_id        text COLLATE "C" NOT NULL,
    reason       text NOT NULL,
    detected_at  timestamptz NOT NULL,
    filled_at    timestamptz,
    CHECK (from_time_ns <= to_time_ns),
    UNIQUE (provider, dataset, series, from_time_ns, from_id, to_time_ns, to_id)
);

-- What could not be taken, whole. The same payload refused for the same reason again counts up instead of filling the disk.
CREATE TABLE ops.dead_letters (
    dead_letter_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    provider       text COLLATE "C" NOT NULL,
    dataset        text COLLATE "C" NOT NULL,
    series         text COLLATE "C" NOT NULL,
    origin         text NOT NULL,                   -- request that brought it, without secrets
    reason_code    text NOT NULL,
    reason         text NOT NULL,
    payload        bytea NOT NULL,
    payload_hash   bytea NOT NULL,                  -- SHA-256
    first_seen_at  timestamptz NOT NULL,
    last_seen_at   timestamptz NOT NULL,
    times          bigint NOT NULL DEFAULT 1,
    UNIQUE (provider, dataset, series, reason_code, payload_hash)
);
