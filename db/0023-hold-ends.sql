-- When a hold ends is told by the entry that placed it, and so hashed and signed with it: in microseconds since 1970, the largest bigint for
-- never. Null on all other entries, and on those of holds from before this migration, whose end no entry tells.
ALTER TABLE ledger.entries ADD COLUMN hold_ends bigint;
