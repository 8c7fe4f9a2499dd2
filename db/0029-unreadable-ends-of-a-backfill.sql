-- Whether an element next to either end of what a backfill has shown so far could not be read: then the page that follows does not show
-- what lies between the two.
ALTER TABLE ops.backfills
    ADD COLUMN shown_open_before boolean NOT NULL DEFAULT false,
    ADD COLUMN shown_open_after boolean NOT NULL DEFAULT false;
