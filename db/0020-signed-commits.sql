-- Each commit of a shard is sealed: a Merkle root over its entries, chained to the shard's commit before it, and signed. docs/ledger.md
-- tells the form. Commits from before this migration stay unsealed; none that comes after a sealed one of its shard may be.
ALTER TABLE ledger.commits
    ADD COLUMN leaves        bytea,                 -- hashes of its entries in the order of wallet_id and version, 32 bytes each
    ADD COLUMN root          bytea,                 -- Merkle root over them
    ADD COLUMN previous_head bytea,                 -- of the shard's commit before it; 32 zero bytes at the first that is sealed
    ADD COLUMN head          bytea,                 -- SHA-256 over this row and previous_head
    ADD COLUMN key_id        uuid,                  -- of ledger.signing_keys
    ADD COLUMN signature     bytea,                 -- of head: ECDSA, DER
    ADD CONSTRAINT commits_sealed_whole CHECK (num_nulls(leaves, root, previous_head, head, key_id, signature) IN (0, 6));

-- A receipt is made from one row of commits, so no index leads from a commit to its entries. Hashes can't be compressed.
ALTER TABLE ledger.commits ALTER COLUMN leaves SET STORAGE EXTERNAL;

-- The public keys that commits were ever signed with. The private ones stand outside the database.
CREATE TABLE ledger.signing_keys (
    id         uuid PRIMARY KEY,                    -- the first 16 bytes of SHA-256 over public_key
    public_key bytea NOT NULL,                      -- SubjectPublicKeyInfo, DER
    added_at   timestamptz NOT NULL DEFAULT now()
);
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.signing_keys
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
