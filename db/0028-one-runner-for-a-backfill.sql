-- Who runs a backfill. A run holds an advisory lock of its session, which a killed one loses with its connection, and raises the epoch; a
-- page of an earlier epoch is not taken, also where the lock's session alone was lost.
ALTER TABLE ops.backfills
    ADD COLUMN epoch bigint NOT NULL DEFAULT 0,         -- raised by each run when it begins
    ADD COLUMN runner text,                             -- of that epoch, for people: it may have ended
    ADD COLUMN taken_at timestamptz;                    -- when it began
