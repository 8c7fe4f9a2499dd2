-- A wallet keeps room for what it has sent to other shards and may get back, so its open legs are found by it. The index is the one of open
-- legs that there was, with another column before it.
ALTER TABLE ledger.transfer_legs ADD COLUMN source uuid;
ALTER TABLE ledger.transfer_legs DISABLE TRIGGER check_legs;
UPDATE ledger.transfer_legs l SET source = t.source FROM ledger.transfers t WHERE t.id = l.transfer_id;
ALTER TABLE ledger.transfer_legs ENABLE TRIGGER check_legs;
ALTER TABLE ledger.transfer_legs ALTER COLUMN source SET NOT NULL;

DROP INDEX ledger.transfer_legs_open;
CREATE INDEX transfer_legs_open ON ledger.transfer_legs (source, transfer_id) WHERE state NOT IN (4, 5);

-- And for what it has promised to take.
CREATE INDEX transfer_legs_promised ON ledger.transfer_legs (to_wallet) WHERE state = 1;

CREATE OR REPLACE FUNCTION ledger.check_legs() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong record;
BEGIN
    SELECT o.transfer_id, o.leg, o.state AS was, n.state AS is INTO wrong
        FROM before o FULL JOIN after n USING (transfer_id, leg)
        WHERE (o.source, o.to_wallet, o.debit, o.credit, o.currency) IS DISTINCT FROM (n.source, n.to_wallet, n.debit, n.credit, n.currency)
            OR (o.state, n.state) NOT IN ((0, 1), (0, 2), (0, 4), (1, 3), (1, 4), (0, 5), (2, 5), (3, 5)) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'Leg % of transfer % cannot go from state % to %.', wrong.leg, wrong.transfer_id, wrong.was, wrong.is
            USING ERRCODE = 'LE006';
    END IF;
    RETURN NULL;
END $$;
