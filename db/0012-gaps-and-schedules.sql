-- The life of a gap: open → repairing → filled, or unfillable. Gaps of a series that are not filled never overlap: what is registered
-- again is cut to what is new, and what turns out to be stored is cut out, so a gap shrinks, splits or is filled.
ALTER TABLE ops.gaps
    DROP CONSTRAINT gaps_provider_dataset_series_from_time_ns_from_id_to_time_n_key,
    ADD COLUMN state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'repairing', 'filled', 'unfillable')),
    ADD COLUMN attempts integer NOT NULL DEFAULT 0,     -- since it last shrank
    ADD COLUMN last_attempt_at timestamptz,
    ADD COLUMN next_attempt_at timestamptz,             -- null: at once
    ADD COLUMN last_error text,                         -- of the last attempt; for an unfillable gap the reason
    ADD COLUMN owner text,                              -- who repairs it
    ADD COLUMN leased_until timestamptz,                -- past it the repair may be taken over
    ADD COLUMN found_from_ns bigint,                    -- the bounds that it was registered with, in every piece of it
    ADD COLUMN found_to_ns bigint;
UPDATE ops.gaps SET found_from_ns = from_time_ns, found_to_ns = to_time_ns, state = CASE WHEN filled_at IS NULL THEN 'open' ELSE 'filled' END;
ALTER TABLE ops.gaps
    ALTER COLUMN found_from_ns SET NOT NULL,
    ALTER COLUMN found_to_ns SET NOT NULL,
    ADD CONSTRAINT gaps_filled_when CHECK ((state = 'filled') = (filled_at IS NOT NULL));
CREATE INDEX gaps_of_series ON ops.gaps (provider, dataset, series, found_from_ns);
CREATE INDEX gaps_unfilled ON ops.gaps (from_time_ns) WHERE filled_at IS NULL;

-- How far each backfill has come; moved in the same transaction as the rows of a page, by compare-and-set on pages.
CREATE TABLE ops.backfills (
    backfill_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    provider        text COLLATE "C" NOT NULL,
    dataset         text COLLATE "C" NOT NULL,
    series          text COLLATE "C" NOT NULL,
    from_time       timestamptz NOT NULL,               -- inclusive
    to_time         timestamptz NOT NULL,               -- exclusive
    pages           integer NOT NULL DEFAULT 0,         -- committed
    next_first_path text,                               -- the request that comes next; null before the first page and after the last
    next_path       text,
    next_weight     integer,
    shown_from_ns   bigint,                             -- what the pages so far show, whole, both inclusive
    shown_from_digits smallint,
    shown_from_id   text COLLATE "C",
    shown_to_ns     bigint,
    shown_to_digits smallint,
    shown_to_id     text COLLATE "C",
    records         bigint NOT NULL DEFAULT 0,          -- of all pages; which of them were new the pages' own counts said
    started_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    finished_at     timestamptz,                        -- the range is walked
    CHECK (from_time < to_time),
    UNIQUE (provider, dataset, series, from_time, to_time)
);

-- One row a schedule: up to when its times are dealt with, and who runs it.
CREATE TABLE ops.schedules (
    schedule      text COLLATE "C" PRIMARY KEY,
    cron          text NOT NULL,                        -- that handled_until was counted by
    time_zone     text NOT NULL,
    handled_until timestamptz NOT NULL,
    owner         text,
    leased_until  timestamptz                           -- past it a run may be taken over
);

CREATE TABLE ops.schedule_runs (
    run_id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    schedule      text COLLATE "C" NOT NULL,
    scheduled_for timestamptz NOT NULL,                 -- the last of the times that it makes up for
    since         timestamptz NOT NULL,                 -- data from here on is asked for
    missed        integer NOT NULL,                     -- times before scheduled_for that nobody ran
    started_at    timestamptz NOT NULL,
    finished_at   timestamptz,
    state         text NOT NULL CHECK (state IN ('running', 'done', 'failed')),
    series_total  integer NOT NULL,
    series_done   text[] NOT NULL DEFAULT '{}',         -- asked and stored, or failed; a run that is taken over leaves them out
    series_failed integer NOT NULL DEFAULT 0,
    attempted     bigint NOT NULL DEFAULT 0,
    inserted      bigint NOT NULL DEFAULT 0,
    error         text,
    UNIQUE (schedule, scheduled_for)
);
CREATE UNIQUE INDEX schedule_runs_one_at_a_time ON ops.schedule_runs (schedule) WHERE state = 'running';
