-- Two commits of a shard may be under way, each over a connection of its own. The second waits here until the first has ended, and is
-- refused if that hasn't landed: it was decided against the states that the first was to leave. So the lock on the shard's row is one that
-- only one commit holds, where FOR SHARE was enough for the epoch alone.
CREATE FUNCTION ledger.require_turn(of_shard smallint, of_epoch bigint, of_number bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM ledger.shards WHERE shard = of_shard AND epoch = of_epoch FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Shard % is not owned under epoch %.', of_shard, of_epoch USING ERRCODE = 'LE001';
    END IF;
    IF of_number > 1 AND NOT EXISTS (SELECT FROM ledger.commits WHERE shard = of_shard AND number = of_number - 1) THEN
        RAISE EXCEPTION 'Commit % of shard % comes before the one that it follows.', of_number, of_shard USING ERRCODE = 'LE007';
    END IF;
END $$;
DROP FUNCTION ledger.require_epoch;
