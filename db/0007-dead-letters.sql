-- What a letter needs to be taken again: what its payload is, what its request knew, and what became of the attempts.
ALTER TABLE ops.dead_letters
    ADD COLUMN kind          text NOT NULL DEFAULT 'reply' CHECK (kind IN ('reply', 'frame', 'record')),
    ADD COLUMN context       jsonb,                    -- what the request knew; null for a record, which says all of itself
    ADD COLUMN payload_bytes integer GENERATED ALWAYS AS (octet_length(payload)) STORED,
    ADD COLUMN state         text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'replayed')),
    ADD COLUMN replays       integer NOT NULL DEFAULT 0,
    ADD COLUMN replayed_at   timestamptz,              -- the last attempt, and below what came of it
    ADD COLUMN replay_code   text,                     -- why it failed; null when it didn't
    ADD COLUMN replay_reason text,
    ADD COLUMN replay_counts jsonb;

-- Letters of single records came from a batch, which did not know its requests.
UPDATE ops.dead_letters SET kind = 'record' WHERE origin = 'batch';

-- The oldest replayed letters make room for new ones.
CREATE INDEX dead_letters_replayed ON ops.dead_letters (dead_letter_id) WHERE state = 'replayed';
