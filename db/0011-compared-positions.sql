-- Pushed records move a position on; how far a series has been compared with the provider's own list may lie behind. Null: as far as the
-- position.
ALTER TABLE ops.feed_positions
    ADD COLUMN compared_time_ns bigint,
    ADD COLUMN compared_digits  smallint,
    ADD COLUMN compared_id      text COLLATE "C",
    ADD CHECK (num_nulls(compared_time_ns, compared_digits, compared_id) IN (0, 3));
